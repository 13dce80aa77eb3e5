/**
 * The composition root: a script and a target become a session and an exit status.
 *
 * Called in the session's thread (`session-worker.ts`), by `main.ts` where a session needs no thread, and by standalone
 * scripts. This is where to start reading: `translate.ts` is passes 1 to 3, `targets.ts` chooses what is traced,
 * `run-session.ts` runs. Nothing here needs the compiler.
 */

import type { Console } from "../kernel/files/console.ts";
import type { ReadInput } from "../live/idle.ts";
import type { Target } from "../target/target.ts";
import { clockPlace } from "./clock-place.ts";
import { runHostCommand } from "./host-command.ts";
import type { ModelOptions } from "./model-place.ts";
import type { Options } from "./options.ts";
import { consoleOver, HostOutput, type Rotation } from "./output.ts";
import type { Place } from "./place.ts";
import { type CompiledScript, runCompiled, type SessionOptions } from "./run-session.ts";
import { StopFlag } from "./stop-flag.ts";

export interface RunOptions extends SessionOptions, ModelOptions, Pick<Options, "target"> {
  /** Programs may be others than those that the module was compiled for. */
  readonly checksPrograms?: boolean;
  readonly output?: string;
  readonly rotation?: Rotation;
  readonly buffer?: number;
  /** --monitor: gets what would be written to the terminal, which is not the session's then. */
  readonly show?: (bytes: Uint8Array) => void;
}

/** Runs a script against the clock; `openInput` for scripts that read standard input. */
export function runOnClock(
  options: RunOptions,
  module: CompiledScript,
  stop: StopFlag = new StopFlag(),
  openInput?: () => ReadInput,
): number {
  const target = clockPlace(stop, openInput).start();
  const output = new HostOutput(options.output, options.rotation, options.show, options.buffer);
  try {
    return runTo(output, options, target, module, stop);
  } finally {
    output.flush();
  }
}

/** How the place of a script is made of its options: `choosePlace`, or one that knows fewer targets. */
export type MakePlace<O extends RunOptions> = (options: O, console: Console, stop: StopFlag) => Place;

/** Runs a script beside programs; `translate` gives its module. The exit status is that of the program of -c. */
export async function runBeside<O extends RunOptions>(
  options: O,
  stop: StopFlag,
  makePlace: MakePlace<O>,
  translate: (place: Place) => Promise<CompiledScript | undefined>,
): Promise<number> {
  const { openHostConsole } = await import("./host-console.ts");
  const output = new HostOutput(options.output, options.rotation, options.show, options.buffer);
  try {
    const host = openHostConsole(stop);
    const console: Console = options.show ? { ...host, read: () => "eof", isTty: () => false } : host;
    const place = makePlace(options, consoleOver(console, output), stop);
    const module = await translate(place);
    if (!module) return 1;
    const { processSupport, checkingProcessSupport } = await import("./process-support.ts");
    const processes = options.checksPrograms ? checkingProcessSupport : processSupport;
    return runTo(output, { ...options, processes }, await place.start(), module, stop);
  } finally {
    output.flush();
  }
}

function runTo(
  output: HostOutput,
  options: RunOptions,
  target: Target,
  module: CompiledScript,
  stop: StopFlag,
): number {
  const started = performance.now();
  stop.startPolling();
  const withHost = {
    ...options,
    hostNs: () => Math.round(performance.now() * 1e6),
    runCommand: (command: string) => {
      output.flush();
      runHostCommand(command);
    },
    switchFile: () => output.switchFile(),
  };
  const status = runCompiled(withHost, target, module, output, () => {
    if (stop.takeNextFile()) output.switchFile();
    if (options.command === undefined) output.flush();
    else output.flushSoon();
    return stop.raised || output.abandoned;
  });
  if (options.verbose > 0) {
    output.write(2, `Pass 5: ran for ${(performance.now() - started).toFixed(0)} ms.\n`);
    const missing = [...(target.missingCalls?.() ?? [])].map(([name, count]) => `${name} ${count}`);
    if (missing.length > 0) output.write(2, `System calls that the model does not have: ${missing.join(", ")}.\n`);
  }
  output.close();
  return status;
}
