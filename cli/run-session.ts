/**
 * Pass 5: a verified module and a target become a session and an exit status.
 *
 * Called by `run.ts`, by a standalone script (`standalone/`) and by tests, in whatever thread may block. Nothing here
 * knows the compiler.
 */
import type { BuiltinTable } from "../abi/builtins.ts";
import { fromText } from "../base/bytestring.ts";
import { loadModule } from "../runtime/load.ts";
import type { MonitorHandle } from "../runtime/monitor.ts";
import type { Sink } from "../runtime/output.ts";
import { runSession, type SessionResult } from "../runtime/session.ts";
import { nativeBuiltins } from "../tapsets/index.ts";
import type { Target } from "../target/target.ts";
import { readGlobals } from "./globals.ts";
import type { Options } from "./options.ts";
import { positionsOf } from "./position.ts";
import type { ProcessSupport } from "./process-support.ts";

/** What a session needs of a compilation: plain data, which can be stored and sent to a thread. */
export interface CompiledScript {
  readonly code: string;
  readonly map: string;
}

export interface SessionOptions
  extends Pick<
    Options,
    | "globals"
    | "pid"
    | "moduleName"
    | "warnings"
    | "timeoutSeconds"
    | "handling"
    | "format"
    | "hidesGlobals"
    | "verbose"
  > {
  /** A clock for -t that goes on while handlers run; without, the target's. */
  readonly hostNs?: () => number;
  /** What system() of -g scripts does: runs a command here, and does not wait for it. */
  readonly runCommand?: (command: string) => void;
  /** switch_file(): what the script prints from now on goes to another file. */
  readonly switchFile?: () => void;
  /** --monitor: called between hits. */
  readonly monitor?: (session: MonitorHandle) => void;
  /** The script is over; its program may go on. */
  readonly ended?: () => void;
  /** What the session needs where there are processes. */
  readonly processes?: ProcessSupport;
}

/** Runs the session to its end and gives the exit status: that of the program, 1 for an error of the script. */
export function runCompiled(
  options: SessionOptions,
  target: Target,
  module: CompiledScript,
  sink: Sink,
  interrupted: () => boolean,
): number {
  const loaded = loadModule(module.code);
  const { timeoutSeconds = Number.POSITIVE_INFINITY } = options;
  const result = runSession({
    module: loaded,
    target,
    sink,
    builtins: builtinsFor(options),
    ...options.processes,
    positionOf: positionsOf(module.map),
    interrupted,
    deadline: target.monotonicNs() + timeoutSeconds * 1e9,
    ...(options.hostNs && { hostNs: options.hostNs }),
    ...(options.monitor && { monitor: options.monitor }),
    ...(options.ended && { ended: options.ended }),
    options: {
      ...(options.pid !== undefined && { targetPid: options.pid }),
      globals: readGlobals(options.globals, loaded.manifest),
      hideWarnings: options.warnings === "hide",
      repeatWarnings: options.verbose > 1,
      hideGlobals: options.hidesGlobals,
      format: options.format,
      ...(options.moduleName !== undefined && { moduleName: options.moduleName }),
      ...options.handling,
    },
  });
  if (isStuck(result)) sink.write(2, fromText(`utap: ${result.run.stuck}\n`));
  return exitStatus(result);
}

function builtinsFor({ runCommand, switchFile }: SessionOptions): BuiltinTable {
  return {
    ...nativeBuiltins,
    ...(runCommand && { system: (_c, command: string) => void runCommand(command) }),
    ...(switchFile && { switch_file: () => void switchFile() }),
  };
}

/** What the program left behind may wait for ever; the program itself may not. */
function isStuck({ run }: SessionResult): boolean {
  return run.stuck !== undefined && run.exitCode === undefined && run.signal === undefined;
}

/** A shell's way of telling: 128 and the signal for a program that a signal ended. */
function exitStatus(session: SessionResult): number {
  const { failed, run } = session;
  if (failed || isStuck(session)) return 1;
  return run.signal !== undefined ? 128 + run.signal : (run.exitCode ?? 0);
}
