/**
 * Diagnostics: what is wrong with a script, a binary or a command line, as values.
 *
 * Passes collect them in a `Diagnostics` and go on; only the command line prints them (`cli/report.ts`).
 * A diagnostic says what, where, and, in `hints`, what to do.
 */
import type { DiagnosticCode } from "./catalogue.ts";
import { formatLoc, type Loc, lineColumn, lineText } from "./source.ts";

export type Severity = "error" | "warning";

export interface Diagnostic {
  readonly code: DiagnosticCode;
  readonly severity: Severity;
  readonly message: string;
  /** Absent for what has no place in a script: a command line, a binary (its message names section and offset). */
  readonly loc?: Loc;
  /** The second site of a conflict, e.g. where a type was first inferred. */
  readonly related?: readonly { readonly message: string; readonly loc: Loc }[];
  /** What the user can do; each a sentence. */
  readonly hints?: readonly string[];
}

export interface DiagnosticDetails {
  readonly hints?: readonly string[];
  readonly related?: readonly { readonly message: string; readonly loc: Loc }[];
}

/** The message of a `sem-unsupported` diagnostic. */
export function notThereYet(feature: string): string {
  return `${feature}: this version does not have it yet`;
}

/** An ordered collection; the same message at the same place is kept once. */
export class Diagnostics {
  readonly #items: Diagnostic[] = [];
  readonly #seen = new Set<string>();

  add(diagnostic: Diagnostic): void {
    const place = diagnostic.loc ? formatLoc(diagnostic.loc) : "";
    const key = `${diagnostic.severity} ${place} ${diagnostic.message}`;
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    this.#items.push(diagnostic);
  }

  error(code: DiagnosticCode, message: string, loc?: Loc, details: DiagnosticDetails = {}): void {
    this.add({ code, severity: "error", message, ...(loc && { loc }), ...details });
  }

  /** A feature of the language that this version does not have; `feature` is its name. */
  unsupported(feature: string, loc?: Loc, details: DiagnosticDetails = {}): void {
    this.error("sem-unsupported", notThereYet(feature), loc, details);
  }

  warn(code: DiagnosticCode, message: string, loc?: Loc, details: DiagnosticDetails = {}): void {
    this.add({ code, severity: "warning", message, ...(loc && { loc }), ...details });
  }

  get items(): readonly Diagnostic[] {
    return this.#items;
  }

  get hasErrors(): boolean {
    return this.#items.some((item) => item.severity === "error");
  }
}

/** Stops a computation that cannot go on, with diagnostics for the user; caught in `cli/`. */
export class DiagnosticError extends Error {
  override readonly name = "DiagnosticError";
  readonly diagnostics: readonly Diagnostic[];

  constructor(diagnostics: readonly Diagnostic[]) {
    super(diagnostics.map((item) => item.message).join("; "));
    this.diagnostics = diagnostics;
  }
}

/** Colours for the parts of a printed diagnostic; the identity on each where the terminal has none. */
export interface Palette {
  readonly error: (text: string) => string;
  readonly warning: (text: string) => string;
  readonly place: (text: string) => string;
  readonly caret: (text: string) => string;
}

const plain = (text: string): string => text;
export const noColours: Palette = { error: plain, warning: plain, place: plain, caret: plain };

/**
 * One diagnostic as text, ending in a newline:
 *
 *     error[sem-unresolved]: unresolved function 'foo' at a.stp:1:15
 *       probe begin { foo() }
 *                     ^^^
 *       hint: …
 */
export function renderDiagnostic(diagnostic: Diagnostic, palette: Palette = noColours): string {
  const paint = palette[diagnostic.severity];
  const place = diagnostic.loc ? ` at ${palette.place(formatLoc(diagnostic.loc))}` : "";
  let text = `${paint(`${diagnostic.severity}[${diagnostic.code}]`)}: ${diagnostic.message}${place}\n`;
  if (diagnostic.loc) text += renderExcerpt(diagnostic.loc, palette);
  for (const related of diagnostic.related ?? []) {
    text += `  ${related.message} at ${palette.place(formatLoc(related.loc))}\n${renderExcerpt(related.loc, palette)}`;
  }
  for (const hint of diagnostic.hints ?? []) text += `  hint: ${hint}\n`;
  return text;
}

/** The longest part of a source line that is shown; a longer line is cut around the caret. */
const EXCERPT_WIDTH = 160;

function renderExcerpt(loc: Loc, palette: Palette): string {
  const { line, column } = lineColumn(loc.source, loc.start);
  const whole = lineText(loc.source, line);
  if (whole.trim() === "" && loc.start >= loc.source.text.length) return "";
  const from = column > EXCERPT_WIDTH - 20 ? column - 60 : 0;
  const shown = whole.slice(from, from + EXCERPT_WIDTH).replace(/[^\t\x20-\x7e\x80-\xff]/g, "?");
  const before = shown.slice(0, column - 1 - from).replace(/[^\t]/g, " ");
  const width = Math.max(1, Math.min(loc.end - loc.start, shown.length - (column - 1 - from)));
  return `  ${shown}\n  ${before}${palette.caret("^".repeat(width))}\n`;
}
