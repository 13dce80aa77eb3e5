/**
 * What a session needs where there are processes: breakpoints, process events and backtraces.
 *
 * Given to `run-session.ts` for scripts that run beside programs; a script on the clock does without, so neither its
 * start nor its standalone runtime pays for it.
 */
import { type MakeBacktraces, makeBacktraces } from "../runtime/backtrace/backtraces.ts";
import type { MakeBinder } from "../runtime/binder.ts";
import { makeProcessBinder } from "../runtime/process-binder.ts";
import { onlyKnownPrograms } from "./program-check.ts";

export interface ProcessSupport {
  readonly attach: MakeBinder;
  readonly makeBacktraces: MakeBacktraces;
}

export const processSupport: ProcessSupport = { attach: makeProcessBinder, makeBacktraces };

/** For modules that are older than the programs may be; see `program-check.ts`. */
export const checkingProcessSupport: ProcessSupport = {
  ...processSupport,
  attach: onlyKnownPrograms(makeProcessBinder),
};
