/**
 * RV64M: multiplication and division.
 *
 * Most operands are small: a product or quotient of safe integers is exact in doubles; the rest takes bigints.
 * Division by zero and overflow do not trap: the results are the manual's.
 */
import type { Core, Decoded } from "./core.ts";
import type { RowSource } from "./row.ts";

// biome-ignore format: table
export const rv64m: readonly RowSource[] = [
  ["mul",    "0000001 rs2 rs1 000 rd 0110011", "rd,rs1,rs2", mul],
  ["mulh",   "0000001 rs2 rs1 001 rd 0110011", "rd,rs1,rs2", (c, d) => c.setBig(d.xd, (signed(c, d.rs1) * signed(c, d.rs2)) >> 64n)],
  ["mulhsu", "0000001 rs2 rs1 010 rd 0110011", "rd,rs1,rs2", (c, d) => c.setBig(d.xd, (signed(c, d.rs1) * unsigned(c, d.rs2)) >> 64n)],
  ["mulhu",  "0000001 rs2 rs1 011 rd 0110011", "rd,rs1,rs2", (c, d) => c.setBig(d.xd, (unsigned(c, d.rs1) * unsigned(c, d.rs2)) >> 64n)],
  ["div",    "0000001 rs2 rs1 100 rd 0110011", "rd,rs1,rs2", (c, d) => divide(c, d, safeSigned, signed, false)],
  ["divu",   "0000001 rs2 rs1 101 rd 0110011", "rd,rs1,rs2", (c, d) => divide(c, d, safeUnsigned, unsigned, false)],
  ["rem",    "0000001 rs2 rs1 110 rd 0110011", "rd,rs1,rs2", (c, d) => divide(c, d, safeSigned, signed, true)],
  ["remu",   "0000001 rs2 rs1 111 rd 0110011", "rd,rs1,rs2", (c, d) => divide(c, d, safeUnsigned, unsigned, true)],
  ["mulw",   "0000001 rs2 rs1 000 rd 0111011", "rd,rs1,rs2", (c, d) => c.set32(d.xd, Math.imul(c.w[d.xs1]!, c.w[d.xs2]!))],
  ["divw",   "0000001 rs2 rs1 100 rd 0111011", "rd,rs1,rs2", (c, d) => c.set32(d.xd, quotient(c.w[d.xs1]!, c.w[d.xs2]!))],
  ["divuw",  "0000001 rs2 rs1 101 rd 0111011", "rd,rs1,rs2", (c, d) => c.set32(d.xd, quotient(c.w[d.xs1]! >>> 0, c.w[d.xs2]! >>> 0))],
  ["remw",   "0000001 rs2 rs1 110 rd 0111011", "rd,rs1,rs2", (c, d) => c.set32(d.xd, remainder(c.w[d.xs1]!, c.w[d.xs2]!))],
  ["remuw",  "0000001 rs2 rs1 111 rd 0111011", "rd,rs1,rs2", (c, d) => c.set32(d.xd, remainder(c.w[d.xs1]! >>> 0, c.w[d.xs2]! >>> 0))],
];

function signed(c: Core, register: number): bigint {
  return c.x[register]!;
}

function unsigned(c: Core, register: number): bigint {
  return BigInt.asUintN(64, c.x[register]!);
}

/** The value if it is a safe integer, else NaN. */
function safeSigned(c: Core, register: number): number {
  const high = c.w[2 * register + 1]!;
  return high < 0x20_0000 && high >= -0x20_0000 ? high * 2 ** 32 + (c.w[2 * register]! >>> 0) : Number.NaN;
}

function safeUnsigned(c: Core, register: number): number {
  const high = c.w[2 * register + 1]! >>> 0;
  return high < 0x20_0000 ? high * 2 ** 32 + (c.w[2 * register]! >>> 0) : Number.NaN;
}

function mul(c: Core, d: Decoded): void {
  const product = safeSigned(c, d.rs1) * safeSigned(c, d.rs2);
  if (product < 2 ** 53 && product > -(2 ** 53)) c.setNumber(d.xd, product);
  else c.setBig(d.xd, c.x[d.rs1]! * c.x[d.rs2]!);
}

function divide(
  c: Core,
  d: Decoded,
  safe: (c: Core, register: number) => number,
  exact: (c: Core, register: number) => bigint,
  wantRemainder: boolean,
): void {
  const a = safe(c, d.rs1);
  const b = safe(c, d.rs2);
  if (!Number.isNaN(a) && !Number.isNaN(b)) {
    c.setNumber(d.xd, wantRemainder ? remainder(a, b) : quotient(a, b));
    return;
  }
  const n = exact(c, d.rs1);
  const m = exact(c, d.rs2);
  if (wantRemainder) c.setBig(d.xd, m === 0n ? n : n % m);
  else c.setBig(d.xd, m === 0n ? -1n : n / m);
}

/** Of safe integers, truncated; all ones for a division by zero. */
function quotient(a: number, b: number): number {
  return b === 0 ? -1 : (a - (a % b)) / b;
}

function remainder(a: number, b: number): number {
  return b === 0 ? a : a % b;
}
