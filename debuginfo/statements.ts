/**
 * The places that `.statement("FUNCTION@FILE:LINES")` names: where the code of a line of a function begins.
 *
 * `:N` is a line of the file, `+N` counts from the line of the function's declaration; `*`, `N-M` and lists of them name
 * several. Without lines it is where the function begins. Called by `symbols.ts`.
 */
import type { SymbolFailure } from "../abi/symbol-source.ts";
import { fail } from "./access.ts";
import type { FunctionInfo, Functions } from "./functions.ts";

export interface Statement {
  readonly function: FunctionInfo;
  readonly line: number;
  readonly address: bigint;
}

interface Lines {
  readonly relative: boolean;
  /** Both ends included. */
  readonly ranges: readonly (readonly [number, number])[];
}

const form = /^([^@]*)(?:@(.*?)(?:([:+])(\*|\d+(?:-\d+)?(?:,\d+(?:-\d+)?)*))?)?$/;

/** `nearest`: a line without code stands for the next one that has some. */
export function findStatements(
  all: Functions,
  pattern: string,
  nearest: boolean,
): readonly Statement[] | SymbolFailure {
  const [, name = "", file, sign, text] = form.exec(pattern) ?? [];
  const named = { name, ...(file !== undefined && { file }) };
  const functions = [...all.match(named), ...all.matchInlined(named)];
  if (functions.length === 0) return fail(`no function matches '${pattern}'`);
  if (text === undefined) {
    return functions.map((f) => ({ function: f, line: f.line, address: f.entry }));
  }
  const lines: Lines = { relative: sign === "+", ranges: readRanges(text) };
  const coded = functions.map((f) => ({ f, lines: all.linesOf(f) }));
  const found = coded.flatMap(({ f, lines: known }) =>
    [...known].filter(([line]) => holds(lines, f, line)).map(([line, address]) => ({ function: f, line, address })),
  );
  if (found.length > 0) return found.sort((a, b) => (a.address < b.address ? -1 : 1));
  const { after, before } = neighbours(coded, lines);
  if (nearest && after !== undefined) {
    return coded.flatMap(({ f, lines: known }) => {
      const address = known.get(after);
      return address === undefined ? [] : [{ function: f, line: after, address }];
    });
  }
  const known = [before, after].filter((line) => line !== undefined).map(String);
  return { ...fail(`no code for '${pattern}'`), ...(known.length > 0 && { alternatives: known }) };
}

function readRanges(text: string): Lines["ranges"] {
  if (text === "*") return [[0, Number.POSITIVE_INFINITY]];
  return text.split(",").map((part) => {
    const [from = 0, to = from] = part.split("-").map(Number);
    return [from, to];
  });
}

function holds({ relative, ranges }: Lines, f: FunctionInfo, line: number): boolean {
  const at = relative && Number.isFinite(ranges[0]?.[1]) ? line - f.line : line;
  return ranges.some(([from, to]) => at >= from && at <= to);
}

interface Coded {
  readonly f: FunctionInfo;
  readonly lines: ReadonlyMap<number, bigint>;
}

/** The lines with code that are next to the first line that was asked for. */
function neighbours(coded: readonly Coded[], { relative, ranges }: Lines): { after?: number; before?: number } {
  let after: number | undefined;
  let before: number | undefined;
  for (const { f, lines } of coded) {
    const wanted = (ranges[0]?.[0] ?? 0) + (relative ? f.line : 0);
    for (const line of lines.keys()) {
      if (line > wanted && (after === undefined || line < after)) after = line;
      if (line < wanted && (before === undefined || line > before)) before = line;
    }
  }
  return { ...(after !== undefined && { after }), ...(before !== undefined && { before }) };
}
