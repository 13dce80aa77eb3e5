/**
 * A CPU: runs a hart in an address space, for an exact number of instructions.
 *
 * The scheduler calls `run` with a budget; the CPU never retires more, and the state is the same however a run is cut
 * into slices. Every exit but "budget" leaves pc at the instruction that caused it, with no effect of that
 * instruction; the kernel adds 4 after an ecall. There are two, equal to the bit after every instruction: the
 * reference, and one in WebAssembly that is some thirty times faster.
 */
import type { AddressSpace } from "../memory/address-space.ts";
import { webAssembly } from "../memory/webassembly.ts";
import type { CpuExit } from "./core.ts";
import type { HartState } from "./hart.ts";
import { ReferenceCpu } from "./reference-cpu.ts";
import { WasmCpu } from "./wasm/cpu.ts";

export type { CpuExit } from "./core.ts";
export { HartState } from "./hart.ts";

export interface Cpu {
  /** Instructions retired by the last run. */
  readonly executed: number;
  /** What `rdtime` reads. */
  timeSource: () => bigint;
  run(state: HartState, mm: AddressSpace, budget: number): CpuExit;
}

export type CpuKind = "reference" | "wasm";

/** The reference CPU where there is no WebAssembly. */
export function makeCpu(kind: CpuKind = "wasm"): Cpu {
  return kind === "wasm" && webAssembly ? new WasmCpu() : new ReferenceCpu();
}
