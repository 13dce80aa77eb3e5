/**
 * Disassembly from the instruction table, with the mnemonics of `objdump -M no-aliases`.
 *
 * For messages and for tests; `address` is where the instruction lies, for the targets of branches.
 */
import { csrName } from "./csr.ts";
import { matchInstruction } from "./instructions.ts";
import type { Fields } from "./picture.ts";

// biome-ignore format: table
const X = [
  "zero", "ra", "sp", "gp", "tp", "t0", "t1", "t2", "s0", "s1", "a0", "a1", "a2", "a3", "a4", "a5",
  "a6", "a7", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6",
];
// biome-ignore format: table
const F = [
  "ft0", "ft1", "ft2", "ft3", "ft4", "ft5", "ft6", "ft7", "fs0", "fs1", "fa0", "fa1", "fa2", "fa3", "fa4", "fa5",
  "fa6", "fa7", "fs2", "fs3", "fs4", "fs5", "fs6", "fs7", "fs8", "fs9", "fs10", "fs11", "ft8", "ft9", "ft10", "ft11",
];
const ROUNDING = ["rne", "rtz", "rdn", "rup", "rmm", "unknown", "unknown", "dyn"];

/** What stands for an operand of a row. */
const operand: Readonly<Record<string, (f: Fields, address: number) => string>> = {
  rd: (f) => X[f.rd]!,
  rs1: (f) => X[f.rs1]!,
  rs2: (f) => X[f.rs2]!,
  fd: (f) => F[f.rd]!,
  fs1: (f) => F[f.rs1]!,
  fs2: (f) => F[f.rs2]!,
  fs3: (f) => F[f.rs3]!,
  imm: (f) => String(f.imm),
  imm20: (f) => `0x${((f.imm >>> 12) & 0xfffff).toString(16)}`,
  shamt: (f) => `0x${f.shamt.toString(16)}`,
  target: (f, address) => (address + f.imm).toString(16),
  csr: (f) => csrName(f.csr),
  zimm: (f) => String(f.rs1),
  rm: (f) => ROUNDING[f.rm]!,
  pred: (f) => fenceSet(f.pred),
  succ: (f) => fenceSet(f.succ),
};

/** Text, or undefined for an illegal instruction. Compressed instructions keep their own names. */
export function disassemble(word: number, address: number): string | undefined {
  const match = matchInstruction(word);
  if (!match) return undefined;
  const { row, fields } = match.compressed ?? match;
  const order = "aq" in fields && row.picture.fields.some((field) => field.name === "aq") ? suffix(fields) : "";
  const operands = row.operands.replace(/[a-z]+[0-9]*/g, (name) => operand[name]?.(fields, address) ?? name);
  return `${row.name}${order} ${operands}`.trim();
}

function suffix(f: Fields): string {
  return f.aq ? (f.rl ? ".aqrl" : ".aq") : f.rl ? ".rl" : "";
}

function fenceSet(bits: number): string {
  return [..."iorw"].filter((_, i) => bits & (8 >> i)).join("") || "unknown";
}
