/**
 * Gives a run up that has no end: JavaScript that never yields holds its thread, so no timer of a test runner comes.
 *
 * Called by `probe`. V8 ends what runs when the time of `node:vm` is over, wherever it is; the run is lost with it.
 */
import { createContext, runInContext } from "node:vm";

/** What `run` gives; or what `giveUp` makes of it after so many seconds, thrown. */
export function withinSeconds<T>(seconds: number, run: () => T, giveUp: () => Error): T {
  const result: { value?: T } = {};
  const context = createContext({ run: () => void (result.value = run()) });
  try {
    runInContext("run()", context, { timeout: Math.max(1, seconds * 1000), displayErrors: false });
  } catch (error) {
    throw isTimeout(error) ? giveUp() : error;
  }
  return result.value as T;
}

function isTimeout(error: unknown): boolean {
  // An error of another realm.
  return (
    typeof error === "object" && error !== null && "code" in error && error.code === "ERR_SCRIPT_EXECUTION_TIMEOUT"
  );
}
