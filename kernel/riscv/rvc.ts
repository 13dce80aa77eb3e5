/**
 * RV64C: the compressed instructions, each with the 32-bit instruction it stands for.
 *
 * Order matters where one picture includes another: the row with the narrower constraints stands first.
 * Names of fields and `nz` are the manual's; `x1` and `x2` are the link register and the stack pointer.
 */
import { compilePicture, type Fields } from "./picture.ts";
import type { CompressedRow } from "./row.ts";

type Expand = (f: Fields) => Partial<Fields>;

const RA = 1;
const SP = 2;
const both: Expand = (f) => ({ ...f, rs1: f.rd });
const onStack: Expand = (f) => ({ ...f, rs1: SP });
const branch: Expand = (f) => ({ ...f, rs2: 0 });

// biome-ignore format: table
const sources: readonly (readonly [name: string, picture: string, operands: string, expandsTo: string, expand: Expand])[] = [
  ["c.addi4spn", "000 nzuimm[5:4|9:6|2|3] rd' 00",            "rd,sp,imm",    "addi",   onStack],
  ["c.fld",      "001 uimm[5:3] rs1' uimm[7:6] rd' 00",       "fd,imm(rs1)",  "fld",    (f) => f],
  ["c.lw",       "010 uimm[5:3] rs1' uimm[2|6] rd' 00",       "rd,imm(rs1)",  "lw",     (f) => f],
  ["c.ld",       "011 uimm[5:3] rs1' uimm[7:6] rd' 00",       "rd,imm(rs1)",  "ld",     (f) => f],
  ["c.fsd",      "101 uimm[5:3] rs1' uimm[7:6] rs2' 00",      "fs2,imm(rs1)", "fsd",    (f) => f],
  ["c.sw",       "110 uimm[5:3] rs1' uimm[2|6] rs2' 00",      "rs2,imm(rs1)", "sw",     (f) => f],
  ["c.sd",       "111 uimm[5:3] rs1' uimm[7:6] rs2' 00",      "rs2,imm(rs1)", "sd",     (f) => f],
  ["c.nop",      "000 imm[5] 00000 imm[4:0] 01",              "",             "addi",   both],
  ["c.addi",     "000 imm[5] rd/rs1!=0 imm[4:0] 01",          "rd,imm",       "addi",   both],
  ["c.addiw",    "001 imm[5] rd/rs1!=0 imm[4:0] 01",          "rd,imm",       "addiw",  both],
  ["c.li",       "010 imm[5] rd imm[4:0] 01",                 "rd,imm",       "addi",   (f) => f],
  ["c.addi16sp", "011 nzimm[9] 00010 nzimm[4|6|8:7|5] 01",    "sp,imm",       "addi",   (f) => ({ ...f, rd: SP, rs1: SP })],
  ["c.lui",      "011 nzimm[17] rd!=2 nzimm[16:12] 01",       "rd,imm20",     "lui",    (f) => f],
  ["c.srli",     "100 shamt[5] 00 rd/rs1' shamt[4:0] 01",     "rd,shamt",     "srli",   both],
  ["c.srai",     "100 shamt[5] 01 rd/rs1' shamt[4:0] 01",     "rd,shamt",     "srai",   both],
  ["c.andi",     "100 imm[5] 10 rd/rs1' imm[4:0] 01",         "rd,imm",       "andi",   both],
  ["c.sub",      "100 0 11 rd/rs1' 00 rs2' 01",               "rd,rs2",       "sub",    both],
  ["c.xor",      "100 0 11 rd/rs1' 01 rs2' 01",               "rd,rs2",       "xor",    both],
  ["c.or",       "100 0 11 rd/rs1' 10 rs2' 01",               "rd,rs2",       "or",     both],
  ["c.and",      "100 0 11 rd/rs1' 11 rs2' 01",               "rd,rs2",       "and",    both],
  ["c.subw",     "100 1 11 rd/rs1' 00 rs2' 01",               "rd,rs2",       "subw",   both],
  ["c.addw",     "100 1 11 rd/rs1' 01 rs2' 01",               "rd,rs2",       "addw",   both],
  ["c.j",        "101 imm[11|4|9:8|10|6|7|3:1|5] 01",         "target",       "jal",    (f) => f],
  ["c.beqz",     "110 imm[8|4:3] rs1' imm[7:6|2:1|5] 01",     "rs1,target",   "beq",    branch],
  ["c.bnez",     "111 imm[8|4:3] rs1' imm[7:6|2:1|5] 01",     "rs1,target",   "bne",    branch],
  ["c.slli",     "000 shamt[5] rd/rs1 shamt[4:0] 10",         "rd,shamt",     "slli",   both],
  ["c.fldsp",    "001 uimm[5] rd uimm[4:3|8:6] 10",           "fd,imm(sp)",   "fld",    onStack],
  ["c.lwsp",     "010 uimm[5] rd!=0 uimm[4:2|7:6] 10",        "rd,imm(sp)",   "lw",     onStack],
  ["c.ldsp",     "011 uimm[5] rd!=0 uimm[4:3|8:6] 10",        "rd,imm(sp)",   "ld",     onStack],
  ["c.jr",       "100 0 rs1!=0 00000 10",                     "rs1",          "jalr",   (f) => f],
  ["c.mv",       "100 0 rd rs2!=0 10",                        "rd,rs2",       "add",    (f) => f],
  ["c.ebreak",   "100 1 00000 00000 10",                      "",             "ebreak", (f) => f],
  ["c.jalr",     "100 1 rs1!=0 00000 10",                     "rs1",          "jalr",   (f) => ({ ...f, rd: RA })],
  ["c.add",      "100 1 rd/rs1 rs2!=0 10",                    "rd,rs2",       "add",    both],
  ["c.fsdsp",    "101 uimm[5:3|8:6] rs2 10",                  "fs2,imm(sp)",  "fsd",    onStack],
  ["c.swsp",     "110 uimm[5:2|7:6] rs2 10",                  "rs2,imm(sp)",  "sw",     onStack],
  ["c.sdsp",     "111 uimm[5:3|8:6] rs2 10",                  "rs2,imm(sp)",  "sd",     onStack],
];

export const rvc: readonly CompressedRow[] = sources.map(([name, picture, operands, expandsTo, expand]) => ({
  name,
  picture: compilePicture(picture, 16),
  operands,
  expandsTo,
  expand,
}));
