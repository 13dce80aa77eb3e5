/**
 * Run-time errors of scripts: their kinds, and what `catch` may see of them; `error-place.ts` tells where they happened.
 *
 * A `ScriptError` can be caught by the script; an `Uncatchable` ends the handler whatever the script says. Both are
 * thrown through compiled code and end in `Session`. Anything else that comes out of a handler is a bug of ours.
 */
/** An error of the script at run time: division by 0, a fault, `error("…")`. */
export class ScriptError extends Error {
  override readonly name = "ScriptError";
}

/**
 * Ends the handler: `error` is reported and counted, `abort` is what `abort()` asked for, `stop` is the end of a
 * handler that was still busy when the session had to end.
 */
export class Uncatchable extends Error {
  override readonly name = "Uncatchable";
  readonly kind: "error" | "abort" | "stop";

  constructor(kind: "error" | "abort" | "stop", message: string) {
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

/** MAXACTION ran out. */
export function endOfActions(): never {
  throw new Uncatchable("error", "MAXACTION exceeded");
}

export const NESTING = "MAXNESTING exceeded";

/** V8 and SpiderMonkey say it in their own ways; other RangeErrors are not meant. */
export function isStackOverflow(error: unknown): error is RangeError {
  return error instanceof Error && /call stack|too much recursion/i.test(error.message) && isEngineError(error);
}

function isEngineError(error: Error): boolean {
  return error instanceof RangeError || error.name === "InternalError";
}
