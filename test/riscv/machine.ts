/**
 * The smallest machine that runs a freestanding riscv64 program: an ELF loader, write(2) and exit(2).
 *
 * For tests of the CPU alone; the kernel has its own.
 */
import { AddressSpace } from "../../kernel/memory/address-space.ts";
import { Frames, PAGE_SIZE } from "../../kernel/memory/frames.ts";
import { type Cpu, type CpuExit, type CpuKind, HartState, makeCpu } from "../../kernel/riscv/cpu.ts";

export interface Machine {
  readonly state: HartState;
  readonly mm: AddressSpace;
  readonly cpu: Cpu;
}

export interface Outcome {
  readonly output: Uint8Array;
  /** The exit status, or the exit that the program did not survive. */
  readonly end: number | CpuExit;
  readonly executed: number;
}

const STACK_TOP = 2 ** 38 - PAGE_SIZE;

export const cpuKinds = ["reference", "wasm"] as const;

export function loadElf(elf: Uint8Array, kind?: CpuKind): Machine {
  const view = new DataView(elf.buffer, elf.byteOffset, elf.byteLength);
  const mm = new AddressSpace(new Frames());
  const headers = Number(view.getBigUint64(32, true));
  for (let i = 0; i < view.getUint16(56, true); i++) {
    const at = headers + i * 56;
    if (view.getUint32(at, true) !== 1) continue;
    const flags = view.getUint32(at + 4, true);
    const [offset = 0, address = 0, , fileSize = 0, memorySize = 0] = [8, 16, 24, 32, 40].map((field) =>
      Number(view.getBigUint64(at + field, true)),
    );
    const start = Math.floor(address / PAGE_SIZE) * PAGE_SIZE;
    const [readable, writable, executable] = [(flags & 4) !== 0, (flags & 2) !== 0, (flags & 1) !== 0];
    mm.map({ start, length: address + memorySize - start, fixed: "replace", readable, writable, executable });
    mm.write(address, elf.subarray(offset, offset + fileSize));
  }
  mm.map({
    start: STACK_TOP - 2 ** 20,
    length: 2 ** 20,
    fixed: "replace",
    readable: true,
    writable: true,
    executable: false,
  });
  const state = new HartState();
  state.pc = Number(view.getBigUint64(24, true));
  state.x[2] = BigInt(STACK_TOP - 64);
  return { state, mm, cpu: makeCpu(kind) };
}

/** Runs to the end in slices, at most `limit` instructions. */
export function runProgram({ state, mm, cpu }: Machine, slice = 1e6, limit = 1e9): Outcome {
  const chunks: Uint8Array[] = [];
  let executed = 0;
  while (executed < limit) {
    const exit = cpu.run(state, mm, slice);
    executed += cpu.executed;
    if (exit.kind === "budget") continue;
    if (exit.kind !== "ecall") return { output: concat(chunks), end: exit, executed };
    executed++;
    const number = Number(state.x[17]);
    if (number === 93 || number === 94) return { output: concat(chunks), end: Number(state.x[10]), executed };
    if (number !== 64) throw new Error(`system call ${number}`);
    const bytes = mm.copyIn(Number(state.x[11]), Number(state.x[12]));
    if (!(bytes instanceof Uint8Array)) throw new Error("write of unmapped memory");
    chunks.push(bytes);
    state.x[10] = state.x[12]!;
    state.pc += 4;
  }
  throw new Error("the program does not end");
}

function concat(chunks: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(chunks.flatMap((chunk) => [...chunk]));
}
