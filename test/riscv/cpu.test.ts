/** The CPU's promises that a register dump cannot show: exits, budgets, stale code, faults. */
import { beforeAll, describe, expect, it } from "vitest";
import { AddressSpace } from "../../kernel/memory/address-space.ts";
import { Frames } from "../../kernel/memory/frames.ts";
import { type Cpu, type CpuKind, HartState, makeCpu } from "../../kernel/riscv/cpu.ts";
import { encode, findInstruction } from "../../kernel/riscv/instructions.ts";
import type { Fields } from "../../kernel/riscv/picture.ts";
import { cpuKinds } from "./machine.ts";

const CODE = 0x10000;
const DATA = 0x20000;

function word(name: string, fields: Partial<Fields> = {}): number {
  const row = findInstruction(name);
  if (!row) throw new Error(name);
  return encode(row, fields);
}

function bytes(...words: number[]): Uint8Array {
  return new Uint8Array(new Int32Array(words).buffer);
}

/** The CPU of the tests that run now. */
let kind: CpuKind;

function start(...words: number[]): { mm: AddressSpace; state: HartState; cpu: Cpu } {
  const mm = new AddressSpace(new Frames());
  const page = { length: 8192, fixed: "replace", readable: true, writable: true } as const;
  mm.map({ ...page, start: CODE, executable: true });
  mm.map({ ...page, start: DATA, length: 4096, executable: false });
  mm.write(CODE, bytes(...words));
  const state = new HartState();
  state.pc = CODE;
  return { mm, state, cpu: makeCpu(kind) };
}

const addi = (rd: number, rs1: number, imm: number) => word("addi", { rd, rs1, imm });
const ebreak = word("ebreak");

describe.each(cpuKinds)("%s: exits", (name) => {
  beforeAll(() => {
    kind = name;
  });

  it("leaves pc at the instruction, and counts what retired", () => {
    const { mm, state, cpu } = start(addi(1, 0, 5), word("ecall"), addi(1, 1, 1), ebreak, 0);
    expect(cpu.run(state, mm, 100)).toEqual({ kind: "ecall" });
    expect([state.pc, cpu.executed]).toEqual([CODE + 4, 1]);
    state.pc += 4;
    expect(cpu.run(state, mm, 1)).toEqual({ kind: "budget" });
    expect([state.pc, cpu.executed, state.x[1]]).toEqual([CODE + 12, 1, 6n]);
    expect(cpu.run(state, mm, 9)).toEqual({ kind: "ebreak" });
    state.pc += 4;
    expect(cpu.run(state, mm, 9)).toEqual({ kind: "illegal", instruction: 0 });
    expect(state.pc).toBe(CODE + 16);
  });

  it("reports faults with no effect of the instruction", () => {
    const { mm, state, cpu } = start(word("ld", { rd: 2, rs1: 2, imm: 8 }));
    state.x[2] = 0x40000n;
    const unmapped = { kind: "fault", access: "read", address: 0x40008, cause: "SEGV_MAPERR" };
    expect(cpu.run(state, mm, 1)).toEqual(unmapped);
    expect([state.pc, state.x[2]]).toEqual([CODE, 0x40000n]);
    mm.protect(DATA, 4096, { readable: false, writable: false, executable: false });
    state.x[2] = BigInt(DATA);
    expect(cpu.run(state, mm, 1)).toMatchObject({ address: DATA + 8, cause: "SEGV_ACCERR" });
    state.x[2] = -16n;
    expect(cpu.run(state, mm, 1)).toMatchObject({ address: -8, cause: "SEGV_MAPERR" });
    state.pc = DATA;
    expect(cpu.run(state, mm, 1)).toMatchObject({ access: "fetch", address: DATA });
  });

  it("faults on misaligned atomics, and lets misaligned loads and stores cross a page", () => {
    const { mm, state, cpu } = start(
      word("sd", { rs1: 2, rs2: 3, imm: 0 }),
      word("ld", { rd: 4, rs1: 2, imm: 0 }),
      word("amoadd.w", { rd: 5, rs1: 2, rs2: 3 }),
    );
    mm.map({ start: DATA + 4096, length: 4096, fixed: "keep", readable: true, writable: true, executable: false });
    state.x[2] = BigInt(DATA + 4093);
    state.x[3] = 0x0102030405060708n;
    expect(cpu.run(state, mm, 9)).toMatchObject({ kind: "fault", cause: "BUS_ADRALN", address: DATA + 4093 });
    expect(state.x[4]).toBe(0x0102030405060708n);
    expect(mm.read(DATA + 4093, 8)).toEqual(new Uint8Array([8, 7, 6, 5, 4, 3, 2, 1]));
  });

  it("does not store half of what crosses into a page that cannot be written", () => {
    const { mm, state, cpu } = start(word("sd", { rs1: 2, rs2: 3, imm: 0 }));
    state.x[2] = BigInt(DATA + 4092);
    state.x[3] = -1n;
    expect(cpu.run(state, mm, 1)).toMatchObject({ kind: "fault", access: "write" });
    expect(mm.read(DATA + 4092, 4)).toEqual(new Uint8Array(4));
  });

  it("breaks reservations when told", () => {
    const lr = word("lr.d", { rd: 3, rs1: 2 });
    const { mm, state, cpu } = start(lr, word("sc.d", { rd: 4, rs1: 2, rs2: 2 }), lr, word("sc.d", { rd: 5, rs1: 2 }));
    state.x[2] = BigInt(DATA);
    cpu.run(state, mm, 3);
    state.breakReservation();
    cpu.run(state, mm, 1);
    expect([state.x[4], state.x[5]]).toEqual([0n, 1n]);
  });
});

describe.each(cpuKinds)("%s: code that changes", (name) => {
  beforeAll(() => {
    kind = name;
  });

  it("runs what a store put right behind it, without fence.i", () => {
    const { mm, state, cpu } = start(addi(1, 0, 1), word("sw", { rs1: 2, rs2: 3, imm: 8 }), addi(1, 0, 2), ebreak);
    for (const patch of [7, 9]) {
      state.x[2] = BigInt(CODE);
      state.x[3] = BigInt(addi(1, 0, patch));
      state.pc = CODE;
      expect(cpu.run(state, mm, 99)).toEqual({ kind: "ebreak" });
      expect(state.x[1]).toBe(BigInt(patch));
    }
  });

  it("sees stores to its page through another mapping and after the TLB learnt them", () => {
    const { mm, state, cpu } = start(ebreak);
    const both = { length: 4096, readable: true, writable: true, executable: true } as const;
    const file = { path: "/f", size: 4096, readPage: () => new Uint8Array(4096), writePage: () => {} };
    const a = mm.map({ ...both, shared: true, file });
    const b = mm.map({ ...both, shared: true, file });
    // Stores addi x1, x0, n through b, jumps to a, where an ebreak follows.
    mm.write(CODE, bytes(word("sw", { rs1: 2, rs2: 3, imm: 0 }), word("jalr", { rs1: 4 })));
    mm.write(a + 4, bytes(ebreak));
    for (const n of [11, 12, 13]) {
      state.x[2] = BigInt(b);
      state.x[3] = BigInt(addi(1, 0, n));
      state.x[4] = BigInt(a);
      state.pc = CODE;
      expect(cpu.run(state, mm, 99)).toEqual({ kind: "ebreak" });
      expect(state.x[1]).toBe(BigInt(n));
    }
  });

  it("keeps a breakpoint in the process that has it", () => {
    const { mm, state, cpu } = start(addi(1, 1, 1), addi(1, 1, 1), ebreak);
    const other = state.clone();
    const child = mm.fork();
    cpu.run(state, mm, 1);
    mm.write(CODE + 4, bytes(ebreak));
    expect(cpu.run(state, mm, 9)).toEqual({ kind: "ebreak" });
    expect(state.pc).toBe(CODE + 4);
    expect(cpu.run(other, child, 9)).toEqual({ kind: "ebreak" });
    expect([other.pc, other.x[1]]).toEqual([CODE + 8, 2n]);
  });

  it("decodes an instruction that lies in two pages anew", () => {
    const { mm, state, cpu } = start();
    mm.write(CODE + 4094, bytes(addi(1, 0, 1), ebreak));
    for (const n of [1, 0x123]) {
      // The immediate is in the second page.
      mm.write(CODE + 4094, bytes(addi(1, 0, n)));
      state.pc = CODE + 4094;
      expect(cpu.run(state, mm, 9)).toEqual({ kind: "ebreak" });
      expect(state.x[1]).toBe(BigInt(n));
    }
  });
});

describe.each(cpuKinds)("%s: many address spaces", (name) => {
  it("keeps apart what the TLB knows of each, when there are more than it has room for", () => {
    kind = name;
    // Increments a counter in memory and begins again: four instructions a turn.
    const { mm, state, cpu } = start(
      word("ld", { rd: 3, rs1: 2 }),
      addi(3, 3, 1),
      word("sd", { rs1: 2, rs2: 3 }),
      word("jal", { imm: -12 }),
    );
    state.x[2] = BigInt(DATA);
    const processes = Array.from({ length: 20 }, () => ({ mm: mm.fork(), state: state.clone() }));
    for (let round = 0; round < 30; round++) {
      processes.forEach((p, i) => {
        expect(cpu.run(p.state, p.mm, 4 * (i + 1))).toEqual({ kind: "budget" });
      });
    }
    const counters = processes.map((p) => new DataView((p.mm.read(DATA, 8) as Uint8Array).buffer).getBigInt64(0, true));
    expect(counters).toEqual(processes.map((_, i) => BigInt(30 * (i + 1))));
    expect(mm.read(DATA, 8)).toEqual(new Uint8Array(8));
    for (const p of processes) p.mm.release();
    expect(mm.frames.used).toBe(2);
  });
});

describe("the CPU that starts", () => {
  it("goes over to the fast one in the middle of a program, and nobody can tell", () => {
    // Adds cycle to x1, 400,000 times, then stops: both CPUs must count on.
    const loop = [
      word("csrrs", { rd: 4, csr: 0xc00 }),
      word("add", { rd: 1, rs1: 1, rs2: 4 }),
      addi(2, 2, -1),
      word("bne", { rs1: 2, imm: -12 }),
      ebreak,
    ];
    const [starting, reference] = [undefined, "reference" as const].map((name) => {
      const { mm, state } = start(...loop);
      const cpu = makeCpu(name);
      state.x[2] = 400_000n;
      let exit = cpu.run(state, mm, 99_999);
      while (exit.kind === "budget") exit = cpu.run(state, mm, 99_999);
      return [exit.kind, state.pc, cpu.executed, cpu.retired, ...state.x];
    });
    expect(starting).toEqual(reference);
    expect(starting?.[3]).toBe(1_600_000);
  });
});
