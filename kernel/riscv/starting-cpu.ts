/**
 * A CPU that is another one after a while: short programs never pay for the generation of the faster one.
 *
 * Both leave the same state after any number of instructions, so the change shows nowhere but in the time it takes.
 */
import type { AddressSpace } from "../memory/address-space.ts";
import type { CpuExit } from "./core.ts";
import type { Cpu } from "./cpu.ts";
import type { HartState } from "./hart.ts";

/** Instructions that take the reference about as long as the other takes to start. */
const ENOUGH = 300_000;

export class StartingCpu implements Cpu {
  #cpu: Cpu;
  #makeNext: (() => Cpu) | undefined;

  constructor(first: Cpu, makeNext: () => Cpu) {
    this.#cpu = first;
    this.#makeNext = makeNext;
  }

  get executed(): number {
    return this.#cpu.executed;
  }

  get retired(): number {
    return this.#cpu.retired;
  }

  set retired(count: number) {
    this.#cpu.retired = count;
  }

  get timeSource(): () => bigint {
    return this.#cpu.timeSource;
  }

  set timeSource(source: () => bigint) {
    this.#cpu.timeSource = source;
  }

  run(state: HartState, mm: AddressSpace, budget: number): CpuExit {
    if (this.#makeNext && this.#cpu.retired >= ENOUGH) {
      const next = this.#makeNext();
      next.timeSource = this.#cpu.timeSource;
      next.retired = this.#cpu.retired;
      this.#cpu = next;
      this.#makeNext = undefined;
    }
    return this.#cpu.run(state, mm, budget);
  }
}
