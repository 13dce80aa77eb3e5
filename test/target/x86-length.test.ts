/**
 * Lengths of x86-64 instructions: those that objdump finds in compiled programs, and anything at all.
 *
 * UTAP_LENGTHS=/usr/bin/node,/usr/lib/libxul.so compares every instruction of other binaries.
 */
import { existsSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { x86_64 } from "../../target/arch-x86_64.ts";
import { missingOracles } from "../oracles.ts";
import { disassemble } from "./x86-samples.ts";

const libraries = "/usr/lib/x86_64-linux-gnu";
const paths = process.env.UTAP_LENGTHS?.split(",") ?? [
  `${libraries}/libc.so.6`,
  `${libraries}/libm.so.6`,
  `${libraries}/libcrypto.so.3`,
];

describe("lengths as objdump has them", () => {
  for (const path of paths) {
    test.skipIf(missingOracles("objdump").length > 0 || !existsSync(path))(path, () => {
      const instructions = disassemble(path);
      const different = instructions.filter(({ bytes }) => x86_64.instructionLength(bytes) !== bytes.length);
      expect(different.slice(0, 10).map(({ bytes, text }) => `${Buffer.from(bytes).toString("hex")} ${text}`)).toEqual(
        [],
      );
      expect(instructions.length).toBeGreaterThan(10_000);
    });
  }
});

// Encodings by hand, from the manuals' tables: what compilers do not write.
// biome-ignore format: table
const rare: readonly (readonly [hex: string, length: number, what: string])[] = [
  ["48b8 0102030405060708",   10, "mov $imm64,%rax"],
  ["66b8 0102",                4, "mov $imm16,%ax"],
  ["6648b8 0102030405060708", 11, "REX.W wins over 66"],
  ["a1 0102030405060708",      9, "mov moffs,%eax"],
  ["67a1 01020304",            6, "mov moffs32,%eax"],
  ["c8 010203",                4, "enter"],
  ["c2 0100",                  3, "ret $1"],
  ["f605 00000000 01",         7, "test $1,0(%rip)"],
  ["f61d 00000000",            6, "neg 0(%rip)"],
  ["66f705 00000000 0100",     9, "test $1,0(%rip) of 16 bits"],
  ["0f0f c0 9e",               4, "3DNow: the opcode comes last"],
  ["c7f8 00000000",            6, "xbegin"],
  ["8f c0",                    2, "pop %rax, not XOP"],
  ["8fe878 c0 c0 01",          6, "vprotb, XOP map 8"],
  ["8feaf8 10 c0 01020304",    9, "bextr, XOP map 10"],
  ["660f78 c0 01 02",          6, "extrq"],
  ["f20f78 c0 01 02",          6, "insertq"],
  ["62f17c48 28 40 01",        7, "vmovaps 64(%rax),%zmm0: disp8"],
  ["0f2000",                   3, "mov %cr0,%rax: mod does not matter"],
  ["ea",                       0, "no instruction in 64-bit mode"],
  ["d5 01",                    0, "no instruction before APX"],
  ["66666666666666666666666666666690", 0, "longer than 15 bytes"],
  ["48",                       0, "cut off after its prefix"],
  ["488b05 000000",            0, "cut off in its displacement"],
];

describe("rare encodings", () => {
  for (const [hex, length, what] of rare) {
    test(what, () => expect(x86_64.instructionLength(Buffer.from(hex.replaceAll(" ", ""), "hex"))).toBe(length));
  }
});

test("any bytes have a length of at most 15, which more bytes do not change, and a plan", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 20 }), fc.uint8Array({ maxLength: 8 }), (code, more) => {
      const length = x86_64.instructionLength(code);
      expect(length).toBeLessThanOrEqual(Math.min(15, code.length));
      if (length > 0) expect(x86_64.instructionLength(Uint8Array.of(...code, ...more))).toBe(length);
      const plan = x86_64.planStep(code, 0x400000);
      if (plan.kind === "out-of-line") expect(plan.copy.length).toBe(length);
      else if (plan.kind === "refuse") expect(plan.reason).not.toBe("");
      else expect(plan.otherwise?.copy.length).toBeLessThanOrEqual(15);
    }),
    { numRuns: 20_000, seed: 1 },
  );
});
