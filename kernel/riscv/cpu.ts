/**
 * A CPU: runs a hart in an address space, for an exact number of instructions.
 *
 * The scheduler calls `run` with a budget; the CPU never retires more, and the state is the same however a run is cut
 * into slices. Every exit but "budget" leaves pc at the instruction that caused it, with no effect of that
 * instruction; the kernel adds 4 after an ecall. There are two, equal to the bit after every instruction: the
 * reference, and one in WebAssembly that is some seven times faster once it runs, and slower to start.
 */
import type { AddressSpace } from "../memory/address-space.ts";
import { webAssembly } from "../memory/webassembly.ts";
import type { CpuExit } from "./core.ts";
import type { HartState } from "./hart.ts";
import { ReferenceCpu } from "./reference-cpu.ts";
import { StartingCpu } from "./starting-cpu.ts";
import { WasmCpu } from "./wasm/cpu.ts";

export type { CpuExit } from "./core.ts";
export { HartState } from "./hart.ts";

export interface Cpu {
  /** Instructions retired by the last run. */
  readonly executed: number;
  /** Instructions retired by all runs: what `rdcycle` and `rdinstret` read. */
  retired: number;
  /** What `rdtime` reads. */
  timeSource: () => bigint;
  run(state: HartState, mm: AddressSpace, budget: number): CpuExit;
}

export type CpuKind = "reference" | "wasm";

/** Without a kind what is fastest for short programs and long ones; the reference where there is no WebAssembly. */
export function makeCpu(kind?: CpuKind): Cpu {
  if (!webAssembly || kind === "reference") return new ReferenceCpu();
  return kind === "wasm" ? new WasmCpu() : new StartingCpu(new ReferenceCpu(), () => new WasmCpu());
}
