/**
 * A target without a program: the real clock, and nothing to trace.
 *
 * What a script runs on that has neither -c nor -x: begin, end, timer and input probes. The thread sleeps between timers
 * in `Atomics.wait` on `wakeUp`, which whoever owns the signals notifies; so it must be a thread that may block.
 * Standard input is looked at often, and only if a probe wants it.
 */
import { randomInt } from "node:crypto";
import type { Arch } from "../target/arch.ts";
import type { RunResult, Target, TargetHooks } from "../target/target.ts";

/** Longest sleep, ms: a lost wake-up is noticed after that. */
const MAX_SLEEP = 1000;
/** Longest sleep while input may come, ms. */
const INPUT_SLEEP = 10;

/** What is there of standard input; "wait" when nothing is, yet. */
export type ReadInput = () => Uint8Array | "wait" | "eof";

export interface IdleOptions {
  readonly arch: Arch;
  /** One word of shared memory; it changes and is notified when the session is asked to end. */
  readonly wakeUp: Int32Array<SharedArrayBuffer>;
  /** Opens standard input; called when a probe wants it. */
  readonly openInput?: () => ReadInput;
}

export function createIdleTarget(options: IdleOptions): Target {
  const started = process.hrtime.bigint();
  const monotonicNs = (): number => Number(process.hrtime.bigint() - started);
  return {
    name: "idle",
    can: {
      sync: true,
      writeMemory: false,
      singleStep: false,
      breakpoints: false,
      watchpoints: false,
      wholeSystem: false,
      deterministic: false,
    },
    arch: options.arch,
    files: { resolve: () => undefined, read: () => undefined, list: () => undefined },
    monotonicNs,
    realtimeNs: () => BigInt(Math.round((performance.timeOrigin + performance.now()) * 1e6)),
    random: (n) => randomInt(Math.max(1, Math.min(n, 2 ** 47))),
    tasks: () => [],
    main: undefined,
    run: (hooks) => runIdle(hooks, options, monotonicNs),
  };
}

function runIdle(hooks: TargetHooks, { wakeUp, openInput }: IdleOptions, now: () => number): RunResult {
  let read = hooks.input && openInput?.();
  while (hooks.poll() === "run") {
    const bytes = read?.() ?? "eof";
    if (bytes === "eof") read = undefined;
    else if (bytes !== "wait") hooks.input?.(bytes);
    const due = (hooks.nextTimer() - now()) / 1e6;
    if (due <= 0) hooks.timer(undefined);
    else if (typeof bytes === "string") Atomics.wait(wakeUp, 0, 0, Math.min(due, read ? INPUT_SLEEP : MAX_SLEEP));
  }
  return {};
}
