/**
 * A row of the instruction table: mnemonic, bit picture, operands as written in assembly, semantics.
 *
 * The operands are for people and for the disassembler; decoding needs the picture alone.
 */
import type { Semantics } from "./core.ts";
import { compilePicture, type Fields, type Picture } from "./picture.ts";

export interface Row {
  readonly name: string;
  readonly picture: Picture;
  /** `rd,imm(rs1)`, `rd,rs1,rs2`, … */
  readonly operands: string;
  readonly execute: Semantics;
}

/** A compressed instruction: another spelling of a 32-bit one. */
export interface CompressedRow {
  readonly name: string;
  readonly picture: Picture;
  readonly operands: string;
  /** The 32-bit instruction, and its fields from those of the compressed one. */
  readonly expandsTo: string;
  readonly expand: (fields: Fields) => Partial<Fields>;
}

export type RowSource = readonly [name: string, picture: string, operands: string, execute: Semantics];

export function makeRow([name, picture, operands, execute]: RowSource): Row {
  return { name, picture: compilePicture(picture, 32), operands, execute };
}
