/**
 * Source texts and places in them.
 *
 * Every token, AST node and diagnostic carries a `Loc`: a half-open range of one `Source`. Lines and columns
 * are computed only when a place is printed. Lines and columns count from 1, columns in bytes of the
 * latin-1 view (see `base/bytestring.ts`), as the language's reference translator counts them.
 */

/** One text that scripts come from: a file, `-e` text (named `<input>`), a tapset file, a macro body. */
export interface Source {
  readonly name: string;
  readonly text: string;
  /** Offset of the first character of each line; `lineStarts[0] === 0`. */
  readonly lineStarts: readonly number[];
  /** Who wrote it: a tapset file may do what a user script may not, and warns about less. */
  readonly role: "user" | "tapset";
}

/** A half-open range `[start, end)` of a source text. */
export interface Loc {
  readonly source: Source;
  readonly start: number;
  readonly end: number;
}

export interface LineColumn {
  readonly line: number;
  readonly column: number;
}

export function makeSource(name: string, text: string, role: Source["role"] = "user"): Source {
  const lineStarts = [0];
  for (let i = text.indexOf("\n"); i >= 0; i = text.indexOf("\n", i + 1)) lineStarts.push(i + 1);
  return { name, text, lineStarts, role };
}

/** The line and column of an offset; offsets past the end give the place just after the last character. */
export function lineColumn(source: Source, offset: number): LineColumn {
  const at = Math.max(0, Math.min(offset, source.text.length));
  let low = 0;
  let high = source.lineStarts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((source.lineStarts[middle] ?? 0) <= at) low = middle;
    else high = middle - 1;
  }
  return { line: low + 1, column: at - (source.lineStarts[low] ?? 0) + 1 };
}

/** The text of a line (from 1) without its newline; the empty string for a line that is not there. */
export function lineText(source: Source, line: number): string {
  const start = source.lineStarts[line - 1];
  if (start === undefined) return "";
  const end = source.lineStarts[line];
  return source.text.slice(start, end === undefined ? source.text.length : end - 1);
}

/** `file:line:col` of the start of a place. */
export function formatLoc(loc: Loc): string {
  const { line, column } = lineColumn(loc.source, loc.start);
  return `${loc.source.name}:${line}:${column}`;
}

/** The smallest place that holds both, which must be of one source; else the first. */
export function spanLoc(first: Loc, last: Loc): Loc {
  if (first.source !== last.source) return first;
  return { source: first.source, start: Math.min(first.start, last.start), end: Math.max(first.end, last.end) };
}
