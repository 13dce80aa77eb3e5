/**
 * Where a run-time error happened, as text: the token, the calls on the way there and the probe.
 *
 *     near operator '/' at a.stp:1:20 (called from a.stp:3:9, a.stp:4:2 5 times) in probe begin
 *
 * Read from the stack trace of the error: each frame of the module leads through the source map to a place in the
 * script. Frames without one (a dispatcher of overloads, glue around embedded code) are left out.
 */
import { limits } from "../base/limits.ts";
import { MODULE_LINE_OFFSET, MODULE_URL } from "./load.ts";

/** A place in the script, with the token there as a message names it: `operator '/'`, `identifier 'x'`. */
export interface ScriptPosition {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly token?: string;
}

/** Line and column (both from 1) of the module's text → place in the script; made from the source map by `cli/`. */
export type PositionOf = (line: number, column: number) => ScriptPosition | undefined;

/** ` near operator '/' at a.stp:1:20 (called from …)`, or the empty string when no place is known. */
export function formatPlace(error: unknown, positionOf: PositionOf): string {
  const positions = frames(error).flatMap(({ line, column }) => positionOf(line, column) ?? []);
  const [position, ...callers] = positions;
  if (!position) return "";
  const near = position.token === undefined ? "" : ` near ${position.token}`;
  return `${near} at ${place(position)}${formatCallers(callers.map(place))}`;
}

/** Runs `body` with stack traces that are long enough for a chain of calls; V8 keeps ten frames otherwise. */
export function withLongTraces<T>(body: () => T): T {
  const engine = Error as { stackTraceLimit?: number };
  const before = engine.stackTraceLimit;
  engine.stackTraceLimit = limits.maxTraceFrames;
  try {
    return body();
  } finally {
    if (before !== undefined) engine.stackTraceLimit = before;
  }
}

/** The frames of the module, innermost first. */
function frames(error: unknown): readonly { readonly line: number; readonly column: number }[] {
  const stack = error instanceof Error ? (error.stack ?? "") : "";
  return [...stack.matchAll(FRAMES)].map(([, line, column]) => ({
    line: Number(line) - MODULE_LINE_OFFSET,
    column: Number(column),
  }));
}

const FRAMES = new RegExp(`${MODULE_URL.replace(".", "\\.")}:(\\d+):(\\d+)`, "g");

function place({ file, line, column }: ScriptPosition): string {
  return `${file}:${line}:${column}`;
}

/** Recursion through one call is one item with a count. */
function formatCallers(callers: readonly string[]): string {
  const items: { readonly at: string; times: number }[] = [];
  for (const at of callers) {
    const last = items.at(-1);
    if (last?.at === at) last.times++;
    else items.push({ at, times: 1 });
  }
  if (items.length === 0) return "";
  const shown = items
    .slice(0, limits.maxShownCallers)
    .map(({ at, times }) => (times > 1 ? `${at} ${times} times` : at));
  const more = items.length > shown.length ? ", ..." : "";
  return ` (called from ${shown.join(", ")}${more})`;
}
