/**
 * The composition root: a script and a target become a session and an exit status.
 *
 * Called in the session's thread (`session-worker.ts`), by `main.ts` where a session needs no thread, and by standalone
 * scripts. This is where to start reading: `translate.ts` is passes 1 to 3, `targets.ts` chooses what is traced,
 * `run-session.ts` runs. Nothing here needs the compiler.
 */

import type { Console } from "../kernel/files/console.ts";
import { createIdleTarget, type ReadInput } from "../live/idle.ts";
import { riscv64 } from "../target/arch-riscv64.ts";
import type { Target } from "../target/target.ts";
import { runHostCommand } from "./host-command.ts";
import { consoleOver, HostOutput, type Rotation } from "./output.ts";
import { type CompiledScript, runCompiled, type SessionOptions } from "./run-session.ts";
import { StopFlag } from "./stop-flag.ts";
import type { ChosenTarget, TargetOptions } from "./targets.ts";

export interface RunOptions extends SessionOptions, TargetOptions {
  readonly output?: string;
  readonly rotation?: Rotation;
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
  const target = createIdleTarget({ arch: riscv64, wakeUp: stop.word, ...(openInput && { openInput }) });
  const output = new HostOutput(options.output, options.rotation, options.show);
  try {
    return runTo(output, options, target, module, stop);
  } finally {
    output.flush();
  }
}

/** Runs a script in the kernel model; `translate` gives its module. The exit status is that of the program of -c. */
export async function runInModel(
  options: RunOptions,
  stop: StopFlag,
  translate: (chosen: ChosenTarget) => Promise<CompiledScript | undefined>,
): Promise<number> {
  const { chooseTarget } = await import("./targets.ts");
  const { openHostConsole } = await import("./host-console.ts");
  const output = new HostOutput(options.output, options.rotation, options.show);
  try {
    const host = openHostConsole(stop);
    const console: Console = options.show ? { ...host, read: () => "eof", isTty: () => false } : host;
    const chosen = chooseTarget(options, consoleOver(console, output), stop);
    const module = await translate(chosen);
    return module ? runTo(output, options, chosen.target, module, stop) : 1;
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
  if (options.verbose > 0) output.write(2, `Pass 5: ran for ${(performance.now() - started).toFixed(0)} ms.\n`);
  output.close();
  return status;
}
