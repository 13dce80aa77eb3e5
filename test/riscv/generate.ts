/**
 * Random programs for the CPU, as words of the instruction table with random fields and interesting operands.
 *
 * A program fills all registers from constants, runs the words one after another, and writes x1..x31 (but the base
 * registers), f0..f31 and fcsr with write(2). Any emulator that runs riscv64 Linux programs can be the judge.
 */
import { encode, findInstruction, instructions } from "../../kernel/riscv/instructions.ts";

/** xorshift32: the same programs for the same seed. */
export function makeRandom(seed: number): (n: number) => number {
  let s = seed | 1;
  return (n) => {
    s ^= s << 13;
    s ^= s >>> 17;
    s ^= s << 5;
    return (s >>> 0) % n;
  };
}

/** x5 points to the data and x4 is for the epilogue: not destinations. */
const BASE = 5;
const RESERVED = [4, BASE];

// A lone sc is left to its lr: after other stores of the same hart it may succeed or fail.
const controlFlow = /^(jal|jalr|beq|bne|blt|bge|bltu|bgeu|ecall|ebreak|auipc|sc\.[wd])$/;
export const testable = instructions.filter((row) => !controlFlow.test(row.name));

const integers = [
  0n,
  1n,
  2n,
  -1n,
  -2n,
  0x7fffffffn,
  0x80000000n,
  0xffffffffn,
  0x100000000n,
  -0x80000000n,
  -0x80000001n,
  0x1fffffffffffffn,
  0x20000000000000n,
  -0x20000000000001n,
  0x7fffffffffffffffn,
  -0x8000000000000000n,
  63n,
  10n,
  -7n,
];
const doubles = [
  0n,
  1n << 63n,
  0x3ff0000000000000n,
  0xbff0000000000000n,
  0x7ff0000000000000n,
  0xfff0000000000000n,
  0x7ff8000000000000n,
  0x7ff0000000000001n,
  0xfff8000000001234n,
  1n,
  0x000fffffffffffffn,
  0x0010000000000000n,
  0x0010000000000001n,
  0x7fefffffffffffffn,
  0x3ff0000000000001n,
  0x3fefffffffffffffn,
  0x41dfffffffc00000n,
  0x41e0000000000000n,
  0xc1e0000000200000n,
  0x43e0000000000000n,
  0xc3e0000000000000n,
  0x43f0000000000000n,
  0x3fe0000000000000n,
  0x4004000000000000n,
  0x3810000000000000n,
  0x380fffffffffffffn,
  0x47efffffe0000000n,
  0x47effffff0000000n,
];
const singles = [
  0n,
  0x80000000n,
  0x3f800000n,
  0xbf800000n,
  0x7f800000n,
  0xff800000n,
  0x7fc00000n,
  0x7f800001n,
  1n,
  0x007fffffn,
  0x00800000n,
  0x00800001n,
  0x7f7fffffn,
  0x3f800001n,
  0x3f7fffffn,
  0x4f000000n,
  0xcf000000n,
  0x5f000000n,
  0x3f000000n,
  0x40200000n,
];

function random64(random: (n: number) => number): bigint {
  return (BigInt(random(2 ** 31) * 2 + random(2)) << 32n) | BigInt(random(2 ** 31) * 2 + random(2));
}

function pick<T>(random: (n: number) => number, from: readonly T[]): T {
  return from[random(from.length)]!;
}

export interface Program {
  readonly integers: readonly bigint[];
  readonly floats: readonly bigint[];
  readonly words: readonly number[];
}

export function generate(seed: number, names: RegExp, count: number): Program {
  const random = makeRandom(seed * 2654435761);
  const rows = testable.filter((row) => names.test(row.name));
  const near = () => BigInt(random(9) - 4);
  const number = () => BigInt.asUintN(64, random(3) === 0 ? random64(random) : pick(random, integers) + near());
  const f = () => {
    if (random(5) === 0) return random64(random);
    if (random(2) === 0) return BigInt.asUintN(64, pick(random, doubles) + (random(4) === 0 ? near() : 0n));
    const bits = random(4) === 0 ? random64(random) & 0xffffffffn : pick(random, singles);
    return random(12) === 0 ? bits : 0xffffffff00000000n | bits;
  };
  const words: number[] = [];
  while (words.length < count) {
    const row = pick(random, rows);
    let rd = random(32);
    if (RESERVED.includes(rd)) rd = 0;
    const memory = row.operands.includes("(rs1)");
    const fields = {
      rd,
      rs1: memory ? BASE : random(32),
      rs2: random(32),
      rs3: random(32),
      imm: memory ? random(504) : row.name === "lui" ? random(2 ** 20) << 12 : random(4096) - 2048,
      shamt: random(row.name.endsWith("w") ? 32 : 64),
      rm: pick(random, [0, 1, 2, 3, 4, 7]),
      csr: pick(random, [1, 3]),
      aq: random(2),
      rl: random(2),
      fm: 0,
      pred: 15,
      succ: 15,
    };
    // frm must stay a rounding mode that exists: only fflags is written, and fcsr by small immediates.
    if (row.name.startsWith("csr")) {
      fields.csr = row.name.endsWith("i") ? pick(random, [1, 3]) : 1;
      if (fields.csr === 3 && row.name !== "csrrwi") fields.csr = 1;
    }
    words.push(encode(row, fields));
    const conditional = row.name.startsWith("lr.") && findInstruction(row.name.replace("lr", "sc"));
    if (conditional) words.push(encode(conditional, { ...fields, rd: random(2) * 7, rs2: random(32) }));
    if (row.name.startsWith("csr") && random(2) === 0) {
      const frm = findInstruction("csrrwi");
      if (frm) words.push(encode(frm, { rd: 0, rs1: random(5), csr: 2 }));
    }
  }
  return { integers: Array.from({ length: 32 }, number), floats: Array.from({ length: 32 }, f), words };
}

/** The program as assembly for gcc -nostdlib. */
export function toAssembly({ integers: x, floats: f, words }: Program): string {
  const lines = ["  .option norvc", "  .option norelax", "  .globl _start", "_start:", "  la x5, values"];
  for (let i = 0; i < 32; i++) lines.push(`  fld f${i}, ${256 + 8 * i}(x5)`);
  for (let i = 1; i < 32; i++) if (i !== BASE) lines.push(`  ld x${i}, ${8 * i}(x5)`);
  lines.push("  la x5, memory");
  for (const word of words) lines.push(`  .word 0x${(word >>> 0).toString(16)}`);
  lines.push("  la x4, results");
  for (let i = 1; i < 32; i++) if (!RESERVED.includes(i)) lines.push(`  sd x${i}, ${8 * i}(x4)`);
  for (let i = 0; i < 32; i++) lines.push(`  fsd f${i}, ${256 + 8 * i}(x4)`);
  lines.push(
    "  frcsr x6",
    "  sd x6, 0(x4)",
    "  li a0, 1",
    "  la a1, results",
    "  li a2, 1024",
    "  li a7, 64",
    "  ecall",
  );
  lines.push("  li a0, 0", "  li a7, 93", "  ecall", "  .data", "  .balign 16", "values:");
  for (const value of [...x, ...f]) lines.push(`  .dword 0x${value.toString(16)}`);
  lines.push("results: .zero 512", "memory:");
  for (let i = 0; i < 64; i++) lines.push(`  .dword 0x${(x[i % 32]! ^ f[(i * 7) % 32]!).toString(16)}`);
  return `${lines.join("\n")}\n`;
}
