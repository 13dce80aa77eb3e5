/**
 * RV64F and RV64D: single and double precision floating point.
 */
import type { RowSource } from "./row.ts";

// biome-ignore format: table
export const rv64fd: readonly RowSource[] = [
  ["flw", "imm[11:0] rs1 010 rd 0000111",           "fd,imm(rs1)",  (c, d) => { c.fw[2 * d.rd] = c.load32(c.address(d)); c.fw[2 * d.rd + 1] = -1; }],
  ["fld", "imm[11:0] rs1 011 rd 0000111",           "fd,imm(rs1)",  (c, d) => { c.fw[2 * d.rd] = c.load64(c.address(d)); c.fw[2 * d.rd + 1] = c.high; }],
  ["fsw", "imm[11:5] rs2 rs1 010 imm[4:0] 0100111", "fs2,imm(rs1)", (c, d) => c.store32(c.address(d), c.fw[2 * d.rs2]!)],
  ["fsd", "imm[11:5] rs2 rs1 011 imm[4:0] 0100111", "fs2,imm(rs1)", (c, d) => c.store64(c.address(d), c.fw[2 * d.rs2]!, c.fw[2 * d.rs2 + 1]!)],
];
