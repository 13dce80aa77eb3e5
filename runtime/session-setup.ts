/**
 * What a session is made of and what it leaves: given by `cli/`, read by `session.ts`.
 */
import type { BuiltinTable } from "../abi/builtins.ts";
import type { CompiledModule, Value } from "../abi/module.ts";
import type { RunResult, Target } from "../target/target.ts";
import type { MakeBacktraces } from "./backtrace/backtraces.ts";
import type { MakeBinder } from "./binder.ts";
import type { PositionOf } from "./error-place.ts";
import type { MonitorHandle } from "./monitor.ts";
import type { OutputFormat, Sink } from "./output.ts";

/** How the handlers of a session are treated. */
export interface HandlingOptions {
  /** --suppress-handler-errors: errors that a script could catch end their handler and nothing else, without a word. */
  readonly suppressHandlerErrors?: boolean;
  /** --suppress-time-limits: neither MAXACTION nor overload. */
  readonly suppressTimeLimits?: boolean;
  /** --skip-badvars: what cannot be read of the target is 0. */
  readonly skipBadvars?: boolean;
  /** -t: says at the end how long handlers took, and why hits were skipped. */
  readonly timing?: boolean;
}

export interface SessionOptions extends HandlingOptions {
  /** pid of -x; the target's program when absent. */
  readonly targetPid?: number;
  /** -G: first values of scalar globals. */
  readonly globals?: { readonly [name: string]: Value };
  /** -w: no warnings. */
  readonly hideWarnings?: boolean;
  /** -vv: a warning as often as it is given. */
  readonly repeatWarnings?: boolean;
  /** -f; text when absent. */
  readonly format?: OutputFormat;
  /** -m: the folder of procfs probes; `utap` when absent. */
  readonly moduleName?: string;
  /** --no-global-var-display */
  readonly hideGlobals?: boolean;
}

export interface SessionSetup {
  readonly module: CompiledModule;
  readonly target: Target;
  readonly sink: Sink;
  readonly builtins: BuiltinTable;
  /** Needed when the script has process or uprobe probes. */
  readonly attach?: MakeBinder;
  /** Needed where handlers may run in processes. */
  readonly makeBacktraces?: MakeBacktraces;
  readonly positionOf?: PositionOf;
  /** The user asked to stop (Ctrl-C). */
  readonly interrupted?: () => boolean;
  /** -T: when to end, on the target's monotonic clock. */
  readonly deadline?: number;
  /** A clock that goes on while handlers run, ns; the target's own when absent. */
  readonly hostNs?: () => number;
  /** --monitor: called between hits, often; it may look at the session and change how it goes on. */
  readonly monitor?: (session: MonitorHandle) => void;
  /** The script is over and all of its output written; the program may go on. */
  readonly ended?: () => void;
  readonly options?: SessionOptions;
}

export interface SessionResult {
  readonly errors: number;
  readonly skipped: number;
  /** More errors or skipped hits than tolerated, or overload: the exit status of utap is 1. */
  readonly failed: boolean;
  /** How the program ended. */
  readonly run: RunResult;
}
