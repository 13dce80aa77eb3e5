/**
 * Run-time errors of scripts: their kinds, what `catch` may see of them, and where they happened.
 *
 * A `ScriptError` can be caught by the script; an `Uncatchable` ends the handler whatever the script says. Both are
 * thrown through compiled code and end in `Session`. Anything else that comes out of a handler is a bug of ours.
 */
import { MODULE_LINE_OFFSET, MODULE_URL } from "./load.ts";

/** An error of the script at run time: division by 0, a fault, `error("…")`. */
export class ScriptError extends Error {
  override readonly name = "ScriptError";
}

/** Ends the handler: `error` is reported and counted, `abort` is what `abort()` asked for. */
export class Uncatchable extends Error {
  override readonly name = "Uncatchable";
  readonly kind: "error" | "abort";

  constructor(kind: "error" | "abort", message: string) {
    super(message);
    this.kind = kind;
  }
}

/** `RuntimeApi.caught`: the message for the catch variable; rethrows what a script may not catch. */
export function caught(error: unknown): string {
  if (error instanceof ScriptError) return error.message;
  if (isStackOverflow(error)) return NESTING;
  throw error;
}

/** The text of an error that a handler died of; undefined when it is a bug of ours. */
export function scriptMessage(error: unknown): string | undefined {
  if (error instanceof ScriptError || error instanceof Uncatchable) return error.message;
  return isStackOverflow(error) ? NESTING : undefined;
}

export const NESTING = "MAXNESTING exceeded";

/** V8 and SpiderMonkey say it in their own ways; other RangeErrors are not meant. */
export function isStackOverflow(error: unknown): error is RangeError {
  return error instanceof Error && /call stack|too much recursion/i.test(error.message) && isEngineError(error);
}

function isEngineError(error: Error): boolean {
  return error instanceof RangeError || error.name === "InternalError";
}

/** A place in the script, with the token there as a message names it: `operator '/'`, `identifier 'x'`. */
export interface ScriptPosition {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly token?: string;
}

/** Line and column (both from 1) of the module's text → place in the script; made from the source map by `cli/`. */
export type PositionOf = (line: number, column: number) => ScriptPosition | undefined;

const FRAME = new RegExp(`${MODULE_URL.replace(".", "\\.")}:(\\d+):(\\d+)`);

/** Where in the module an error was thrown: its innermost frame there. */
export function locate(error: unknown): { readonly line: number; readonly column: number } | undefined {
  const frame = error instanceof Error ? FRAME.exec(error.stack ?? "") : null;
  if (!frame) return undefined;
  return { line: Number(frame[1]) - MODULE_LINE_OFFSET, column: Number(frame[2]) };
}

/** The error as if what calls the innermost function of the module had thrown it. */
export function fromCaller(error: ScriptError): ScriptError {
  error.stack = (error.stack ?? "").replace(FRAME, "");
  return error;
}

/** ` near operator '/' at a.stp:1:20`, or the empty string when the place is not known. */
export function formatPlace(error: unknown, positionOf: PositionOf): string {
  const place = locate(error);
  const position = place && positionOf(place.line, place.column);
  if (!position) return "";
  const near = position.token === undefined ? "" : ` near ${position.token}`;
  return `${near} at ${position.file}:${position.line}:${position.column}`;
}
