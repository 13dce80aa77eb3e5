/**
 * A target without processes and with a clock that jumps from timer to timer: what sessions are tested on.
 */
import type { Arch } from "../../target/arch.ts";
import type { RunResult, Target, TargetHooks } from "../../target/target.ts";

export class FakeTarget implements Target {
  readonly name = "fake";
  readonly can = {
    sync: true,
    writeMemory: false,
    singleStep: false,
    breakpoints: false,
    watchpoints: false,
    wholeSystem: false,
    deterministic: true,
  };
  readonly files = { resolve: () => undefined, read: () => undefined, list: () => undefined };
  readonly main = undefined;
  readonly #lifetime: number;
  #now = 0;

  /** The "program" ends after `lifetime` ns. */
  constructor(lifetime = Number.POSITIVE_INFINITY) {
    this.#lifetime = lifetime;
  }

  get arch(): Arch {
    throw new Error("the fake target has no processor");
  }

  monotonicNs(): number {
    return this.#now;
  }

  realtimeNs(): bigint {
    return 1_700_000_000_000_000_000n + BigInt(this.#now);
  }

  random(n: number): number {
    return n - 1;
  }

  tasks(): [] {
    return [];
  }

  run(hooks: TargetHooks): RunResult {
    while (hooks.poll() === "run") {
      const next = hooks.nextTimer();
      if (next > this.#lifetime) return { exitCode: 7 };
      this.#now = next;
      hooks.timer(undefined);
    }
    return {};
  }
}
