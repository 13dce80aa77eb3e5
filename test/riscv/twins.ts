/**
 * Two machines that must be one: the same program on the reference CPU and on the one in WebAssembly, in lock-step.
 *
 * What one is asked, the other is asked: to run a number of instructions, to change a register or the memory. After
 * each run everything that a program or a tracer can see is compared. The reference forgets its TLB before each run,
 * so an entry that should have been dropped shows as a difference.
 */
import { AddressSpace } from "../../kernel/memory/address-space.ts";
import { Frames, PAGE_SIZE } from "../../kernel/memory/frames.ts";
import { type CpuExit, HartState, makeCpu } from "../../kernel/riscv/cpu.ts";
import { cpuKinds, type Machine } from "./machine.ts";

export class Twins {
  readonly #machines: readonly Machine[];
  #children: readonly AddressSpace[] = [];
  /** Instructions that ran on both. */
  executed = 0;

  constructor(make: (kind: (typeof cpuKinds)[number]) => Machine = emptyMachine) {
    this.#machines = cpuKinds.map(make);
  }

  /** Does the same to both; the answer of the reference. */
  change<T>(change: (machine: Machine) => T): T {
    const [first] = this.#machines.map(change);
    return first as T;
  }

  get state(): HartState {
    return this.#machines[0]!.state;
  }

  /** Runs both; what differs then is in the error. */
  run(budget: number): CpuExit {
    this.#machines[0]!.mm.tlb.flush();
    const from = this.state.pc;
    const exits = this.#machines.map(({ cpu, state, mm }) => cpu.run(state, mm, budget));
    const [reference = "", other] = this.#machines.map((machine, i) => describe(machine, exits[i]!));
    if (reference !== other)
      throw new Error(difference(from, budget, reference.split("\n"), (other ?? "").split("\n")));
    this.executed += this.#machines[0]!.cpu.executed;
    return exits[0]!;
  }

  /** Copies both memories; the copies of the time before must still be alike, whatever the originals did since. */
  fork(): void {
    this.compareMemory();
    for (const child of this.#children) child.release();
    this.#children = this.#machines.map(({ mm }) => mm.fork());
  }

  /** Compares all memory. */
  compareMemory(): void {
    compare(this.#machines.map(({ mm }) => mm));
    if (this.#children.length > 0) compare(this.#children);
  }
}

export function emptyMachine(kind: (typeof cpuKinds)[number]): Machine {
  return { cpu: makeCpu(kind), state: new HartState(), mm: new AddressSpace(new Frames()) };
}

function compare([reference, other]: readonly AddressSpace[]): void {
  for (const { start, end } of reference!.areas()) {
    for (let at = start; at < end; at += PAGE_SIZE) {
      const [a, b] = [reference!.read(at, PAGE_SIZE), other!.read(at, PAGE_SIZE)];
      if (!(a instanceof Uint8Array && b instanceof Uint8Array)) continue;
      if (Buffer.compare(a, b) !== 0) throw new Error(`memory differs in the page of 0x${at.toString(16)}`);
    }
  }
}

function describe({ state, cpu }: Machine, exit: CpuExit): string {
  const { x, f, pc, fcsr, reservation, reservationSize } = state;
  const registers = [
    ...Array.from(x, (value, i) => `x${i} ${hex(value)}`),
    ...Array.from(f, (v, i) => `f${i} ${hex(v)}`),
  ];
  return [
    `exit ${JSON.stringify(exit)}`,
    `executed ${cpu.executed} of ${cpu.retired}`,
    `pc ${pc.toString(16)}`,
    `fcsr ${fcsr.toString(16)}`,
    `reservation ${reservation < 0 ? "none" : `${reservation} of ${reservationSize}`}`,
    ...registers,
  ].join("\n");
}

function hex(value: bigint): string {
  return BigInt.asUintN(64, value).toString(16);
}

function difference(from: number, budget: number, reference: readonly string[], other: readonly string[]): string {
  const lines = reference.flatMap((line, i) => (line === other[i] ? [] : [`  ${line}, but ${other[i]}`]));
  return `${budget} instructions from 0x${from.toString(16)}:\n${lines.join("\n")}`;
}
