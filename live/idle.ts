/**
 * A target without a program: the real clock, and nothing to trace.
 *
 * What a script runs on that has neither -c nor -x: begin, end and timer probes. The thread sleeps between timers
 * in `Atomics.wait` on `wakeUp`, which whoever owns the signals notifies; so it must be a thread that may block.
 */
import { randomInt } from "node:crypto";
import type { Arch } from "../target/arch.ts";
import type { Target, TargetHooks } from "../target/target.ts";

/** Longest sleep, ms: a lost wake-up is noticed after that. */
const MAX_SLEEP = 1000;

export interface IdleOptions {
  readonly arch: Arch;
  /** One word of shared memory; it changes and is notified when the session is asked to end. */
  readonly wakeUp: Int32Array<SharedArrayBuffer>;
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
    run(hooks: TargetHooks) {
      while (hooks.poll() === "run") {
        const wait = (hooks.nextTimer() - monotonicNs()) / 1e6;
        if (wait <= 0) hooks.timer(undefined);
        else Atomics.wait(options.wakeUp, 0, 0, Math.min(wait, MAX_SLEEP));
      }
      return {};
    },
  };
}
