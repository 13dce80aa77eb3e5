/**
 * RV64A: load-reserved, store-conditional and atomic memory operations.
 *
 * Harts take turns, so any instruction is atomic; a reservation is broken by a context switch (`HartState`).
 * Misaligned atomics fault. aq and rl order nothing here.
 */
import type { Core, Decoded, Semantics } from "./core.ts";
import type { RowSource } from "./row.ts";

type Operation = (memory: bigint, register: bigint) => bigint;

const min: Operation = (a, b) => (a < b ? a : b);
const max: Operation = (a, b) => (a > b ? a : b);

// biome-ignore format: table
const operations: readonly (readonly [name: string, funct5: string, signed: boolean, operation: Operation])[] = [
  ["amoswap", "00001", true,  (_, b) => b],
  ["amoadd",  "00000", true,  (a, b) => a + b],
  ["amoxor",  "00100", true,  (a, b) => a ^ b],
  ["amoand",  "01100", true,  (a, b) => a & b],
  ["amoor",   "01000", true,  (a, b) => a | b],
  ["amomin",  "10000", true,  min],
  ["amomax",  "10100", true,  max],
  ["amominu", "11000", false, min],
  ["amomaxu", "11100", false, max],
];

// biome-ignore format: table
export const rv64a: readonly RowSource[] = [
  ["lr.w", "00010 aq rl 00000 rs1 010 rd 0101111", "rd,(rs1)",     (c, d) => loadReserved(c, d, 4)],
  ["lr.d", "00010 aq rl 00000 rs1 011 rd 0101111", "rd,(rs1)",     (c, d) => loadReserved(c, d, 8)],
  ["sc.w", "00011 aq rl rs2 rs1 010 rd 0101111",   "rd,rs2,(rs1)", (c, d) => storeConditional(c, d, 4)],
  ["sc.d", "00011 aq rl rs2 rs1 011 rd 0101111",   "rd,rs2,(rs1)", (c, d) => storeConditional(c, d, 8)],
  ...operations.flatMap(([name, funct5, signed, operation]): RowSource[] => [
    [`${name}.w`, `${funct5} aq rl rs2 rs1 010 rd 0101111`, "rd,rs2,(rs1)", atomic(4, signed, operation)],
    [`${name}.d`, `${funct5} aq rl rs2 rs1 011 rd 0101111`, "rd,rs2,(rs1)", atomic(8, signed, operation)],
  ]),
];

function alignedAddress(c: Core, d: Decoded, size: 4 | 8, access: "read" | "write"): number {
  const address = c.address(d);
  if ((address & (size - 1)) !== 0) c.fault(access, address, "BUS_ADRALN");
  return address;
}

function load(c: Core, address: number, size: 4 | 8): bigint {
  if (size === 4) return BigInt(c.load32(address));
  const low = c.load64(address);
  return (BigInt(c.high) << 32n) | BigInt(low >>> 0);
}

function store(c: Core, address: number, size: 4 | 8, value: bigint): void {
  const low = Number(BigInt.asIntN(32, value));
  if (size === 4) c.store32(address, low);
  else c.store64(address, low, Number(BigInt.asIntN(32, value >> 32n)));
}

function loadReserved(c: Core, d: Decoded, size: 4 | 8): void {
  const address = alignedAddress(c, d, size, "read");
  c.setBig(d.xd, load(c, address, size));
  c.state.reservation = address;
  c.state.reservationSize = size;
}

function storeConditional(c: Core, d: Decoded, size: 4 | 8): void {
  const address = alignedAddress(c, d, size, "write");
  const success = c.state.reservation === address && c.state.reservationSize === size;
  if (success) store(c, address, size, c.x[d.rs2]!);
  c.state.reservation = -1;
  c.set32(d.xd, success ? 0 : 1);
}

function atomic(size: 4 | 8, signed: boolean, operation: Operation): Semantics {
  const bits = size * 8;
  const asValue = signed ? BigInt.asIntN : BigInt.asUintN;
  return (c, d) => {
    const address = alignedAddress(c, d, size, "write");
    c.checkWrite(address);
    const old = load(c, address, size);
    store(c, address, size, operation(asValue(bits, old), asValue(bits, c.x[d.rs2]!)));
    c.setBig(d.xd, old);
  };
}
