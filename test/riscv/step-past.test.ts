/**
 * Getting past a breakpoint is the same as having none: for random instructions of every kind, `planStep`'s
 * emulation, or its step of a copy elsewhere, leaves the registers, the pc and the memory that the CPU leaves when
 * it runs the instruction in place. The CPU itself is held against qemu-riscv64 (qemu.test.ts).
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fromBytes } from "../../base/bytestring.ts";
import { AddressSpace } from "../../kernel/memory/address-space.ts";
import { Frames } from "../../kernel/memory/frames.ts";
import { type CpuExit, HartState, makeCpu } from "../../kernel/riscv/cpu.ts";
import { encode, instructions } from "../../kernel/riscv/instructions.ts";
import type { Registers, UserWords } from "../../target/arch.ts";
import { riscv64 } from "../../target/arch-riscv64.ts";

const CODE = 0x10000;
const DATA = 0x20000;
const SLOT = 0x30000;

interface State {
  readonly hart: HartState;
  readonly mm: AddressSpace;
}

interface After {
  readonly exit: CpuExit["kind"];
  readonly pc: number | "no user address";
  readonly x: readonly bigint[];
  readonly f: readonly bigint[];
  readonly memory: string;
}

/** Nothing that riscv64 emulates touches memory. */
const NO_MEMORY: UserWords = {
  read: () => expect.unreachable("a read of memory"),
  write: () => expect.unreachable("a write to memory"),
};
const NOTHING = new Uint8Array(4096);
const cpu = makeCpu();
const shared = new AddressSpace(new Frames());
const page = { length: 4096, fixed: "replace", readable: true } as const;
shared.map({ ...page, start: CODE, length: 8192, writable: false, executable: true });
shared.map({ ...page, start: DATA, writable: true, executable: false });
shared.map({ ...page, start: SLOT, writable: false, executable: true });

function start(code: Uint8Array, at: number, values: readonly bigint[]): State {
  for (const address of [CODE, CODE + 4096, DATA, SLOT]) shared.write(address, NOTHING);
  shared.write(at, code);
  const hart = new HartState();
  for (let i = 1; i < 32; i++) hart.x[i] = values[i] ?? 0n;
  for (let i = 0; i < 32; i++) hart.f[i] = values[32 + i] ?? 0n;
  return { hart, mm: shared };
}

function after({ hart, mm }: State, exit: CpuExit["kind"], pc: number): After {
  const values = (file: ArrayLike<bigint>) => Array.from(file, (value) => BigInt.asUintN(64, value));
  return {
    exit,
    pc: isUser(pc) ? pc : "no user address",
    x: values(hart.x),
    f: values(hart.f),
    memory: readText(mm),
  };
}

function readText(mm: AddressSpace): string {
  const bytes = mm.read(DATA, 4096);
  return "kind" in bytes ? bytes.kind : fromBytes(bytes);
}

/** Any other address faults when it is fetched. */
function isUser(pc: number): boolean {
  return pc >= 0 && pc < 2 ** 38;
}

function inPlace(code: Uint8Array, address: number, values: readonly bigint[]): After {
  const state = start(code, address, values);
  state.hart.pc = address;
  const exit = cpu.run(state.hart, state.mm, 1);
  return after(state, exit.kind, state.hart.pc);
}

/** As uprobes do it; undefined when the plan refuses. */
function steppedPast(code: Uint8Array, address: number, values: readonly bigint[]): After | undefined {
  const plan = riscv64.planStep(code, address);
  if (plan.kind === "refuse") return undefined;
  const state = start(code, SLOT, values);
  const { hart } = state;
  if (plan.kind === "emulate") {
    hart.pc = address;
    plan.run(registersOf(hart), NO_MEMORY);
    return after(state, "budget", hart.pc);
  }
  hart.pc = SLOT;
  const exit = cpu.run(hart, state.mm, 1);
  const length = riscv64.instructionLength(code);
  if (exit.kind === "budget") expect(hart.pc).toBe(SLOT + length);
  return after(state, exit.kind, exit.kind === "budget" ? address + length : address);
}

function registersOf(hart: HartState): Registers {
  return {
    readRegister: (n) => BigInt.asUintN(64, n < 32 ? (hart.x[n] ?? 0n) : (hart.f[n - 32] ?? 0n)),
    writeRegister(n, value) {
      if (n < 32) hart.x[n] = value;
      else hart.f[n - 32] = value;
    },
    get pc() {
      return hart.pc;
    },
    set pc(value) {
      hart.pc = value;
    },
  };
}

// Both ends of the pages, so that instructions and targets cross them; compressed ones may lie at any even address.
const address = fc.integer({ min: 0, max: 2040 }).map((n) => CODE + 2 * n);
const value = fc.oneof(
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  fc.integer({ min: 0, max: 255 }).map((n) => BigInt(DATA + 1024 + 8 * n)),
  fc.integer({ min: 0, max: 4095 }).map((n) => BigInt(CODE + 2 * n + (n & 1))),
  fc.constantFrom(0n, 1n, 2n ** 64n - 1n, 2n ** 63n, 2n ** 31n),
);
const values = fc.array(value, { minLength: 64, maxLength: 64 });

function check(code: fc.Arbitrary<Uint8Array>, numRuns: number): void {
  fc.assert(
    fc.property(code, address, values, (bytes, at, registers) => {
      const past = steppedPast(bytes, at, registers);
      if (past) expect(past).toEqual(inPlace(bytes, at, registers));
    }),
    { numRuns, seed: 1, endOnFailure: true },
  );
}

const bytesOf = (word: number, length: 2 | 4): Uint8Array => new Uint8Array(new Uint32Array([word]).buffer, 0, length);
const field = (bits: number) => fc.integer({ min: 0, max: 2 ** bits - 1 });

describe("past a breakpoint", () => {
  for (const row of instructions.filter(({ name }) => !/^(ecall|ebreak)$/.test(name))) {
    test(row.name, () => {
      const word = fc
        .record({ rd: field(5), rs1: field(5), rs2: field(5), rs3: field(5), imm: field(11), rm: field(3) })
        .map(({ imm, ...rest }) => {
          const even = /^(b|jal$)/.test(row.name)
            ? (imm - 1024) & ~1
            : /^(lui|auipc)$/.test(row.name)
              ? (imm - 1024) << 12
              : imm - 1024;
          return encode(row, { ...rest, imm: even, shamt: rest.rs2, csr: 1, aq: 0, rl: 0, fm: 0, pred: 15, succ: 15 });
        });
      check(
        word.map((bits) => bytesOf(bits, 4)),
        4,
      );
    });
  }

  test("every kind of compressed instruction", () => {
    const half = fc.tuple(field(16), fc.constantFrom(0, 1, 2)).map(([bits, quadrant]) => (bits & ~3) | quadrant);
    check(
      half.map((bits) => bytesOf(bits, 2)),
      200,
    );
  });

  test("compressed jumps and branches", () => {
    // C.J, C.BEQZ and C.BNEZ in quadrant 1; C.JR and C.JALR in quadrant 2 with rs2 = 0.
    const jump = fc.tuple(fc.constantFrom(5, 6, 7), field(11)).map(([kind, bits]) => (kind << 13) | (bits << 2) | 1);
    const indirect = fc.tuple(field(1), field(5)).map(([link, rs1]) => (4 << 13) | (link << 12) | (rs1 << 7) | 2);
    check(
      fc.oneof(jump, indirect).map((bits) => bytesOf(bits, 2)),
      200,
    );
  });
});
