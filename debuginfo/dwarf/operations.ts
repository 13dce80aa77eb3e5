/**
 * The arithmetic of DWARF expressions (DWARF 5, 2.5.1.1 and 2.5.1.4), as tables. Called by `expression.ts`.
 *
 * A value is 64 bits of no type, or has a type code (see `typeCode`): then its bits are those of an integer of that size
 * and sign, or of a float. Both operands of an operation have the same type.
 */
import type { ByteReader } from "../../base/bytes.ts";
import { DW_ATE, DW_OP } from "./constants.ts";

/** Operations that push their operand. */
// biome-ignore format: table
export const constant: { readonly [op: number]: (r: ByteReader) => bigint } = {
  [DW_OP.const1u]: (r) => BigInt(r.u8()),
  [DW_OP.const1s]: (r) => BigInt(r.i8()),
  [DW_OP.const2u]: (r) => BigInt(r.u16()),
  [DW_OP.const2s]: (r) => BigInt(r.i16()),
  [DW_OP.const4u]: (r) => BigInt(r.u32()),
  [DW_OP.const4s]: (r) => BigInt(r.i32()),
  [DW_OP.const8u]: (r) => r.u64(),
  [DW_OP.const8s]: (r) => r.i64(),
  [DW_OP.constu]: (r) => r.uleb(),
  [DW_OP.consts]: (r) => r.sleb(),
};

/** Binary operations: `a` was below `b` on the stack. Undefined: division by zero. */
export const binary: { readonly [op: number]: (a: bigint, b: bigint) => bigint | undefined } = {
  [DW_OP.and]: (a, b) => a & b,
  [DW_OP.div]: (a, b) => (b === 0n ? undefined : signed(a) / signed(b)),
  [DW_OP.minus]: (a, b) => a - b,
  [DW_OP.mod]: (a, b) => (b === 0n ? undefined : a % b),
  [DW_OP.mul]: (a, b) => a * b,
  [DW_OP.or]: (a, b) => a | b,
  [DW_OP.plus]: (a, b) => a + b,
  [DW_OP.shl]: (a, b) => (b > 63n ? 0n : a << b),
  [DW_OP.shr]: (a, b) => (b > 63n ? 0n : a >> b),
  [DW_OP.shra]: (a, b) => signed(a) >> (b > 63n ? 63n : b),
  [DW_OP.xor]: (a, b) => a ^ b,
  [DW_OP.eq]: (a, b) => (a === b ? 1n : 0n),
  [DW_OP.ge]: (a, b) => (signed(a) >= signed(b) ? 1n : 0n),
  [DW_OP.gt]: (a, b) => (signed(a) > signed(b) ? 1n : 0n),
  [DW_OP.le]: (a, b) => (signed(a) <= signed(b) ? 1n : 0n),
  [DW_OP.lt]: (a, b) => (signed(a) < signed(b) ? 1n : 0n),
  [DW_OP.ne]: (a, b) => (a !== b ? 1n : 0n),
};

export function signed(value: bigint): bigint {
  return BigInt.asIntN(64, value);
}

/** What a base type is for expressions: 0 is no type. Linked expressions have it in place of the DIE's offset. */
export function typeCode(encoding: number, size: number): number {
  return encoding * 256 + size;
}

export function sizeOfCode(code: number): number {
  return code === 0 ? 8 : code % 256;
}

/** The operations work on values of this type: integers of up to 64 bits, float and double. */
export function isSupported(code: number): boolean {
  const size = sizeOfCode(code);
  return isFloat(code) ? size === 4 || size === 8 : size === 1 || size === 2 || size === 4 || size === 8;
}

/** Undefined: division by zero, or an operation that values of the type do not have. */
export function binaryTyped(op: number, code: number, a: bigint, b: bigint): bigint | undefined {
  if (code === 0) return binary[op]?.(a, b);
  if (isFloat(code)) {
    const result = floating[op]?.(toNumber(code, a), toNumber(code, b));
    return typeof result === "boolean" ? BigInt(result) : result === undefined ? undefined : fromNumber(code, result);
  }
  const [x, y] = [toInteger(code, a), toInteger(code, b)];
  if (op === DW_OP.div || op === DW_OP.mod) return y === 0n ? undefined : op === DW_OP.div ? x / y : x % y;
  if (op === DW_OP.shr) return b > 63n ? 0n : truncate(code, a) >> b;
  if (op === DW_OP.shra) return signed(x) >> (b > 63n ? 63n : b);
  const compare = comparisons[op];
  return compare ? BigInt(compare(x, y)) : binary[op]?.(x, y);
}

/** Comparisons push a value of no type. */
export function isComparison(op: number): boolean {
  return comparisons[op] !== undefined;
}

export function negate(code: number, value: bigint): bigint {
  return isFloat(code) ? fromNumber(code, -toNumber(code, value)) : -value;
}

export function absolute(code: number, value: bigint): bigint {
  if (isFloat(code)) return fromNumber(code, Math.abs(toNumber(code, value)));
  const x = code === 0 ? signed(value) : toInteger(code, value);
  return x < 0n ? -x : x;
}

/** DW_OP_convert: the same number in another type; what does not fit is cut to the bits that do. */
export function convert(value: bigint, from: number, to: number): bigint {
  if (isFloat(from)) {
    const x = toNumber(from, value);
    if (isFloat(to)) return fromNumber(to, x);
    return truncate(to, Number.isFinite(x) ? BigInt(Math.trunc(x)) : 0n);
  }
  const x = from === 0 ? value : toInteger(from, value);
  return isFloat(to) ? fromNumber(to, Number(from === 0 ? signed(x) : x)) : truncate(to, x);
}

/** The bits of a value that its type has. */
export function truncate(code: number, value: bigint): bigint {
  return BigInt.asUintN(sizeOfCode(code) * 8, value);
}

type Compare = (a: bigint | number, b: bigint | number) => boolean;

// biome-ignore format: table
const comparisons: { readonly [op: number]: Compare } = {
  [DW_OP.eq]: (a, b) => a === b,
  [DW_OP.ge]: (a, b) => a >= b,
  [DW_OP.gt]: (a, b) => a > b,
  [DW_OP.le]: (a, b) => a <= b,
  [DW_OP.lt]: (a, b) => a < b,
  [DW_OP.ne]: (a, b) => a !== b,
};

const floating: { readonly [op: number]: (a: number, b: number) => number | boolean } = {
  ...comparisons,
  [DW_OP.plus]: (a, b) => a + b,
  [DW_OP.minus]: (a, b) => a - b,
  [DW_OP.mul]: (a, b) => a * b,
  [DW_OP.div]: (a, b) => a / b,
};

function isFloat(code: number): boolean {
  return Math.floor(code / 256) === DW_ATE.float;
}

const signedEncodings: ReadonlySet<number> = new Set([DW_ATE.signed, DW_ATE.signed_char]);

function toInteger(code: number, bits: bigint): bigint {
  const width = sizeOfCode(code) * 8;
  return signedEncodings.has(Math.floor(code / 256)) ? BigInt.asIntN(width, bits) : BigInt.asUintN(width, bits);
}

function toNumber(code: number, bits: bigint): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, bits, true);
  return sizeOfCode(code) === 4 ? view.getFloat32(0, true) : view.getFloat64(0, true);
}

function fromNumber(code: number, value: number): bigint {
  const view = new DataView(new ArrayBuffer(8));
  if (sizeOfCode(code) === 4) view.setFloat32(0, value, true);
  else view.setFloat64(0, value, true);
  return view.getBigUint64(0, true);
}
