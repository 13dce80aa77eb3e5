/**
 * Two-operand arithmetic of x86-64 and its flags, exactly; and the conditions that jumps test.
 *
 * Called by `emulate.ts`. Values are unsigned, of 32 or 64 bits. What the manuals call undefined (AF after a logical
 * operation) is as processors leave it: clear.
 */

// biome-ignore format: table
export const FLAG = { CF: 0x001, PF: 0x004, AF: 0x010, ZF: 0x040, SF: 0x080, OF: 0x800 } as const;

const STATUS = FLAG.CF | FLAG.PF | FLAG.AF | FLAG.ZF | FLAG.SF | FLAG.OF;

export type Operation = "add" | "or" | "and" | "sub" | "xor" | "cmp" | "test";

export interface AluResult {
  readonly value: bigint;
  /** Of FLAG. */
  readonly flags: number;
}

export function compute(operation: Operation, a: bigint, b: bigint, bits: 32 | 64): AluResult {
  switch (operation) {
    case "add": {
      const value = BigInt.asUintN(bits, a + b);
      return { value, flags: flagsOf(value, bits, value < a, ~(a ^ b) & (a ^ value), a ^ b ^ value) };
    }
    case "sub":
    case "cmp": {
      const value = BigInt.asUintN(bits, a - b);
      return { value, flags: flagsOf(value, bits, a < b, (a ^ b) & (a ^ value), a ^ b ^ value) };
    }
    case "or":
      return logical(a | b, bits);
    case "and":
    case "test":
      return logical(a & b, bits);
    case "xor":
      return logical(a ^ b, bits);
  }
}

function logical(value: bigint, bits: 32 | 64): AluResult {
  return { value, flags: flagsOf(value, bits, false, 0n, 0n) };
}

/** `overflow` has the sign bit set when there was one, `carries` bit 4 when there was a carry out of bit 3. */
function flagsOf(value: bigint, bits: number, carry: boolean, overflow: bigint, carries: bigint): number {
  const sign = BigInt(bits - 1);
  return (
    (carry ? FLAG.CF : 0) |
    (evenParity(Number(value & 0xffn)) ? FLAG.PF : 0) |
    ((carries & 0x10n) !== 0n ? FLAG.AF : 0) |
    (value === 0n ? FLAG.ZF : 0) |
    (((value >> sign) & 1n) === 1n ? FLAG.SF : 0) |
    (((overflow >> sign) & 1n) === 1n ? FLAG.OF : 0)
  );
}

function evenParity(byte: number): boolean {
  const folded = byte ^ (byte >> 4);
  return ((0x6996 >> (folded & 15)) & 1) === 0;
}

/** rflags with the status flags replaced. */
export function withFlags(rflags: bigint, flags: number): bigint {
  return (rflags & ~BigInt(STATUS)) | BigInt(flags);
}

/** Conditions by the low four bits of the opcodes 70 … 7F; odd ones are the opposite of the one before. */
const conditions: readonly ((flags: number) => boolean)[] = [
  (flags) => (flags & FLAG.OF) !== 0,
  (flags) => (flags & FLAG.CF) !== 0,
  (flags) => (flags & FLAG.ZF) !== 0,
  (flags) => (flags & (FLAG.CF | FLAG.ZF)) !== 0,
  (flags) => (flags & FLAG.SF) !== 0,
  (flags) => (flags & FLAG.PF) !== 0,
  (flags) => isLess(flags),
  (flags) => isLess(flags) || (flags & FLAG.ZF) !== 0,
];

function isLess(flags: number): boolean {
  return ((flags & FLAG.SF) !== 0) !== ((flags & FLAG.OF) !== 0);
}

export function conditionHolds(code: number, rflags: bigint): boolean {
  const flags = Number(rflags & 0xfffn);
  const holds = conditions[(code >> 1) & 7]?.(flags) ?? false;
  return (code & 1) === 0 ? holds : !holds;
}
