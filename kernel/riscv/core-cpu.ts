/**
 * What the CPUs share: a core, the counts, and how a run begins and ends. `loop` is what makes them different.
 */
import type { AddressSpace } from "../memory/address-space.ts";
import { Core, type CpuExit, FAULT } from "./core.ts";
import type { Cpu } from "./cpu.ts";
import type { HartState } from "./hart.ts";

export abstract class CoreCpu implements Cpu {
  executed = 0;
  protected readonly core = new Core();

  get retired(): number {
    return this.core.retired;
  }

  set retired(count: number) {
    this.core.retired = count;
  }

  get timeSource(): () => bigint {
    return this.core.timeSource;
  }

  set timeSource(source: () => bigint) {
    this.core.timeSource = source;
  }

  run(state: HartState, mm: AddressSpace, budget: number): CpuExit {
    const c = this.core;
    c.executed = 0;
    this.enter(c, state, mm);
    let exit: CpuExit;
    try {
      exit = this.loop(c, budget);
    } catch (thrown) {
      if (thrown !== FAULT) throw thrown;
      exit = c.exit;
    }
    this.leave(c, state);
    state.pc = c.pc;
    if (exit.kind === "ecall") state.breakReservation();
    this.executed = c.executed;
    c.retired += c.executed;
    return exit;
  }

  /** Attaches the core. */
  protected abstract enter(c: Core, state: HartState, mm: AddressSpace): void;

  /** Runs until the budget is spent or something happens; leaves `c.pc` at the instruction to go on with. */
  protected abstract loop(c: Core, budget: number): CpuExit;

  /** The hart gets its registers back. */
  protected abstract leave(c: Core, state: HartState): void;
}
