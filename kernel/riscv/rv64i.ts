/**
 * RV64I, Zicsr and Zifencei: the base integer instructions ("The RISC-V Instruction Set Manual", volume I).
 *
 * Words are pairs: see `core.ts`. `carry` tricks: a + b overflows 32 bits iff the unsigned sum is below a.
 */
import type { Core, Decoded } from "./core.ts";
import { readCsr, writeCsr } from "./csr.ts";
import type { RowSource } from "./row.ts";

// biome-ignore format: table
export const rv64i: readonly RowSource[] = [
  ["lui",    "imm[31:12] rd 0110111",                            "rd,imm20",       (c, d) => c.set32(d.xd, d.imm)],
  ["auipc",  "imm[31:12] rd 0010111",                            "rd,imm20",       (c, d) => c.setNumber(d.xd, c.pc + d.imm)],
  ["jal",    "imm[20|10:1|11|19:12] rd 1101111",                 "rd,target",      (c, d) => { c.setNumber(d.xd, c.pc + d.length); c.branch(d.imm); }],
  ["jalr",   "imm[11:0] rs1 000 rd 1100111",                     "rd,imm(rs1)",    jalr],
  ["beq",    "imm[12|10:5] rs2 rs1 000 imm[4:1|11] 1100011",     "rs1,rs2,target", (c, d) => { if (equal(c, d)) c.branch(d.imm); }],
  ["bne",    "imm[12|10:5] rs2 rs1 001 imm[4:1|11] 1100011",     "rs1,rs2,target", (c, d) => { if (!equal(c, d)) c.branch(d.imm); }],
  ["blt",    "imm[12|10:5] rs2 rs1 100 imm[4:1|11] 1100011",     "rs1,rs2,target", (c, d) => { if (less(c, d)) c.branch(d.imm); }],
  ["bge",    "imm[12|10:5] rs2 rs1 101 imm[4:1|11] 1100011",     "rs1,rs2,target", (c, d) => { if (!less(c, d)) c.branch(d.imm); }],
  ["bltu",   "imm[12|10:5] rs2 rs1 110 imm[4:1|11] 1100011",     "rs1,rs2,target", (c, d) => { if (lessUnsigned(c, d)) c.branch(d.imm); }],
  ["bgeu",   "imm[12|10:5] rs2 rs1 111 imm[4:1|11] 1100011",     "rs1,rs2,target", (c, d) => { if (!lessUnsigned(c, d)) c.branch(d.imm); }],
  ["lb",     "imm[11:0] rs1 000 rd 0000011",                     "rd,imm(rs1)",    (c, d) => c.set32(d.xd, (c.load8(c.address(d)) << 24) >> 24)],
  ["lh",     "imm[11:0] rs1 001 rd 0000011",                     "rd,imm(rs1)",    (c, d) => c.set32(d.xd, (c.load16(c.address(d)) << 16) >> 16)],
  ["lw",     "imm[11:0] rs1 010 rd 0000011",                     "rd,imm(rs1)",    (c, d) => c.set32(d.xd, c.load32(c.address(d)))],
  ["ld",     "imm[11:0] rs1 011 rd 0000011",                     "rd,imm(rs1)",    (c, d) => { const low = c.load64(c.address(d)); c.w[d.xd] = low; c.w[d.xd + 1] = c.high; }],
  ["lbu",    "imm[11:0] rs1 100 rd 0000011",                     "rd,imm(rs1)",    (c, d) => c.set32(d.xd, c.load8(c.address(d)))],
  ["lhu",    "imm[11:0] rs1 101 rd 0000011",                     "rd,imm(rs1)",    (c, d) => c.set32(d.xd, c.load16(c.address(d)))],
  ["lwu",    "imm[11:0] rs1 110 rd 0000011",                     "rd,imm(rs1)",    (c, d) => { const low = c.load32(c.address(d)); c.w[d.xd] = low; c.w[d.xd + 1] = 0; }],
  ["sb",     "imm[11:5] rs2 rs1 000 imm[4:0] 0100011",           "rs2,imm(rs1)",   (c, d) => c.store8(c.address(d), c.w[d.xs2]!)],
  ["sh",     "imm[11:5] rs2 rs1 001 imm[4:0] 0100011",           "rs2,imm(rs1)",   (c, d) => c.store16(c.address(d), c.w[d.xs2]!)],
  ["sw",     "imm[11:5] rs2 rs1 010 imm[4:0] 0100011",           "rs2,imm(rs1)",   (c, d) => c.store32(c.address(d), c.w[d.xs2]!)],
  ["sd",     "imm[11:5] rs2 rs1 011 imm[4:0] 0100011",           "rs2,imm(rs1)",   (c, d) => c.store64(c.address(d), c.w[d.xs2]!, c.w[d.xs2 + 1]!)],
  ["addi",   "imm[11:0] rs1 000 rd 0010011",                     "rd,rs1,imm",     (c, d) => add(c, d, d.imm, d.imm >> 31)],
  ["slti",   "imm[11:0] rs1 010 rd 0010011",                     "rd,rs1,imm",     (c, d) => { const h = c.w[d.xs1 + 1]!, s = d.imm >> 31; c.set32(d.xd, h < s || (h === s && c.w[d.xs1]! >>> 0 < d.imm >>> 0) ? 1 : 0); }],
  ["sltiu",  "imm[11:0] rs1 011 rd 0010011",                     "rd,rs1,imm",     (c, d) => { const h = c.w[d.xs1 + 1]! >>> 0, s = (d.imm >> 31) >>> 0; c.set32(d.xd, h < s || (h === s && c.w[d.xs1]! >>> 0 < d.imm >>> 0) ? 1 : 0); }],
  ["xori",   "imm[11:0] rs1 100 rd 0010011",                     "rd,rs1,imm",     (c, d) => { c.w[d.xd] = c.w[d.xs1]! ^ d.imm; c.w[d.xd + 1] = c.w[d.xs1 + 1]! ^ (d.imm >> 31); }],
  ["ori",    "imm[11:0] rs1 110 rd 0010011",                     "rd,rs1,imm",     (c, d) => { c.w[d.xd] = c.w[d.xs1]! | d.imm; c.w[d.xd + 1] = c.w[d.xs1 + 1]! | (d.imm >> 31); }],
  ["andi",   "imm[11:0] rs1 111 rd 0010011",                     "rd,rs1,imm",     (c, d) => { c.w[d.xd] = c.w[d.xs1]! & d.imm; c.w[d.xd + 1] = c.w[d.xs1 + 1]! & (d.imm >> 31); }],
  ["slli",   "000000 shamt[5:0] rs1 001 rd 0010011",             "rd,rs1,shamt",   (c, d) => shiftLeft(c, d, d.shamt)],
  ["srli",   "000000 shamt[5:0] rs1 101 rd 0010011",             "rd,rs1,shamt",   (c, d) => shiftRight(c, d, d.shamt)],
  ["srai",   "010000 shamt[5:0] rs1 101 rd 0010011",             "rd,rs1,shamt",   (c, d) => shiftRightArithmetic(c, d, d.shamt)],
  ["add",    "0000000 rs2 rs1 000 rd 0110011",                   "rd,rs1,rs2",     (c, d) => add(c, d, c.w[d.xs2]!, c.w[d.xs2 + 1]!)],
  ["sub",    "0100000 rs2 rs1 000 rd 0110011",                   "rd,rs1,rs2",     sub],
  ["sll",    "0000000 rs2 rs1 001 rd 0110011",                   "rd,rs1,rs2",     (c, d) => shiftLeft(c, d, c.w[d.xs2]! & 63)],
  ["slt",    "0000000 rs2 rs1 010 rd 0110011",                   "rd,rs1,rs2",     (c, d) => c.set32(d.xd, less(c, d) ? 1 : 0)],
  ["sltu",   "0000000 rs2 rs1 011 rd 0110011",                   "rd,rs1,rs2",     (c, d) => c.set32(d.xd, lessUnsigned(c, d) ? 1 : 0)],
  ["xor",    "0000000 rs2 rs1 100 rd 0110011",                   "rd,rs1,rs2",     (c, d) => { c.w[d.xd] = c.w[d.xs1]! ^ c.w[d.xs2]!; c.w[d.xd + 1] = c.w[d.xs1 + 1]! ^ c.w[d.xs2 + 1]!; }],
  ["srl",    "0000000 rs2 rs1 101 rd 0110011",                   "rd,rs1,rs2",     (c, d) => shiftRight(c, d, c.w[d.xs2]! & 63)],
  ["sra",    "0100000 rs2 rs1 101 rd 0110011",                   "rd,rs1,rs2",     (c, d) => shiftRightArithmetic(c, d, c.w[d.xs2]! & 63)],
  ["or",     "0000000 rs2 rs1 110 rd 0110011",                   "rd,rs1,rs2",     (c, d) => { c.w[d.xd] = c.w[d.xs1]! | c.w[d.xs2]!; c.w[d.xd + 1] = c.w[d.xs1 + 1]! | c.w[d.xs2 + 1]!; }],
  ["and",    "0000000 rs2 rs1 111 rd 0110011",                   "rd,rs1,rs2",     (c, d) => { c.w[d.xd] = c.w[d.xs1]! & c.w[d.xs2]!; c.w[d.xd + 1] = c.w[d.xs1 + 1]! & c.w[d.xs2 + 1]!; }],
  ["addiw",  "imm[11:0] rs1 000 rd 0011011",                     "rd,rs1,imm",     (c, d) => c.set32(d.xd, c.w[d.xs1]! + d.imm)],
  ["slliw",  "0000000 shamt[4:0] rs1 001 rd 0011011",            "rd,rs1,shamt",   (c, d) => c.set32(d.xd, c.w[d.xs1]! << d.shamt)],
  ["srliw",  "0000000 shamt[4:0] rs1 101 rd 0011011",            "rd,rs1,shamt",   (c, d) => c.set32(d.xd, c.w[d.xs1]! >>> d.shamt)],
  ["sraiw",  "0100000 shamt[4:0] rs1 101 rd 0011011",            "rd,rs1,shamt",   (c, d) => c.set32(d.xd, c.w[d.xs1]! >> d.shamt)],
  ["addw",   "0000000 rs2 rs1 000 rd 0111011",                   "rd,rs1,rs2",     (c, d) => c.set32(d.xd, c.w[d.xs1]! + c.w[d.xs2]!)],
  ["subw",   "0100000 rs2 rs1 000 rd 0111011",                   "rd,rs1,rs2",     (c, d) => c.set32(d.xd, c.w[d.xs1]! - c.w[d.xs2]!)],
  ["sllw",   "0000000 rs2 rs1 001 rd 0111011",                   "rd,rs1,rs2",     (c, d) => c.set32(d.xd, c.w[d.xs1]! << (c.w[d.xs2]! & 31))],
  ["srlw",   "0000000 rs2 rs1 101 rd 0111011",                   "rd,rs1,rs2",     (c, d) => c.set32(d.xd, c.w[d.xs1]! >>> (c.w[d.xs2]! & 31))],
  ["sraw",   "0100000 rs2 rs1 101 rd 0111011",                   "rd,rs1,rs2",     (c, d) => c.set32(d.xd, c.w[d.xs1]! >> (c.w[d.xs2]! & 31))],
  ["fence",  "fm pred succ rs1 000 rd 0001111",                  "pred,succ",      () => {}],
  ["fence.i", "imm[11:0] rs1 001 rd 0001111",                    "",               () => {}],
  ["ecall",  "000000000000 00000 000 00000 1110011",             "",               (c) => c.trap({ kind: "ecall" })],
  ["ebreak", "000000000001 00000 000 00000 1110011",             "",               (c) => c.trap({ kind: "ebreak" })],
  ["csrrw",  "csr rs1 001 rd 1110011",                           "rd,csr,rs1",     (c, d) => csrWrite(c, d, (_, value) => value, register(c, d))],
  ["csrrs",  "csr rs1 010 rd 1110011",                           "rd,csr,rs1",     (c, d) => csrModify(c, d, (old, value) => old | value, register(c, d))],
  ["csrrc",  "csr rs1 011 rd 1110011",                           "rd,csr,rs1",     (c, d) => csrModify(c, d, (old, value) => old & ~value, register(c, d))],
  ["csrrwi", "csr rs1 101 rd 1110011",                           "rd,csr,zimm",    (c, d) => csrWrite(c, d, (_, value) => value, BigInt(d.rs1))],
  ["csrrsi", "csr rs1 110 rd 1110011",                           "rd,csr,zimm",    (c, d) => csrModify(c, d, (old, value) => old | value, BigInt(d.rs1))],
  ["csrrci", "csr rs1 111 rd 1110011",                           "rd,csr,zimm",    (c, d) => csrModify(c, d, (old, value) => old & ~value, BigInt(d.rs1))],
];

function jalr(c: Core, d: Decoded): void {
  const target = c.address(d);
  c.setNumber(d.xd, c.pc + d.length);
  c.jump(target - (((target % 2) + 2) % 2));
}

function equal(c: Core, d: Decoded): boolean {
  return c.w[d.xs1] === c.w[d.xs2] && c.w[d.xs1 + 1] === c.w[d.xs2 + 1];
}

function less(c: Core, d: Decoded): boolean {
  const a = c.w[d.xs1 + 1]!;
  const b = c.w[d.xs2 + 1]!;
  return a < b || (a === b && c.w[d.xs1]! >>> 0 < c.w[d.xs2]! >>> 0);
}

function lessUnsigned(c: Core, d: Decoded): boolean {
  const a = c.w[d.xs1 + 1]! >>> 0;
  const b = c.w[d.xs2 + 1]! >>> 0;
  return a < b || (a === b && c.w[d.xs1]! >>> 0 < c.w[d.xs2]! >>> 0);
}

function add(c: Core, d: Decoded, low: number, high: number): void {
  const a = c.w[d.xs1]!;
  const sum = (a + low) | 0;
  const top = c.w[d.xs1 + 1]! + high;
  c.w[d.xd] = sum;
  c.w[d.xd + 1] = sum >>> 0 < a >>> 0 ? top + 1 : top;
}

function sub(c: Core, d: Decoded): void {
  const a = c.w[d.xs1]!;
  const b = c.w[d.xs2]!;
  const top = c.w[d.xs1 + 1]! - c.w[d.xs2 + 1]!;
  c.w[d.xd] = a - b;
  c.w[d.xd + 1] = a >>> 0 < b >>> 0 ? top - 1 : top;
}

function shiftLeft(c: Core, d: Decoded, n: number): void {
  const low = c.w[d.xs1]!;
  const high = c.w[d.xs1 + 1]!;
  c.w[d.xd] = n >= 32 ? 0 : low << n;
  c.w[d.xd + 1] = n >= 32 ? low << (n - 32) : n === 0 ? high : (high << n) | (low >>> (32 - n));
}

function shiftRight(c: Core, d: Decoded, n: number): void {
  const low = c.w[d.xs1]!;
  const high = c.w[d.xs1 + 1]!;
  c.w[d.xd] = n >= 32 ? high >>> (n - 32) : n === 0 ? low : (low >>> n) | (high << (32 - n));
  c.w[d.xd + 1] = n >= 32 ? 0 : high >>> n;
}

function shiftRightArithmetic(c: Core, d: Decoded, n: number): void {
  const low = c.w[d.xs1]!;
  const high = c.w[d.xs1 + 1]!;
  c.w[d.xd] = n >= 32 ? high >> (n - 32) : n === 0 ? low : (low >>> n) | (high << (32 - n));
  c.w[d.xd + 1] = n >= 32 ? high >> 31 : high >> n;
}

function register(c: Core, d: Decoded): bigint {
  return BigInt.asUintN(64, c.x[d.rs1]!);
}

type Combine = (old: bigint, value: bigint) => bigint;

function csrWrite(c: Core, d: Decoded, combine: Combine, value: bigint): void {
  const old = readCsr(c, d.csr);
  if (old === undefined || !writeCsr(c, d.csr, combine(old, value))) c.illegal(d);
  else c.setBig(d.xd, old);
}

/** csrrs and csrrc write nothing when rs1 is x0 (or the immediate 0), so that read-only registers can be read. */
function csrModify(c: Core, d: Decoded, combine: Combine, value: bigint): void {
  if (d.rs1 !== 0) {
    csrWrite(c, d, combine, value);
    return;
  }
  const old = readCsr(c, d.csr);
  if (old === undefined) c.illegal(d);
  else c.setBig(d.xd, old);
}
