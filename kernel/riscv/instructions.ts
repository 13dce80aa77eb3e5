/**
 * The instruction table of RV64GC: one row an instruction, and what is made from it.
 *
 * `decode` turns a word into a record that the CPU runs (and caches); the disassembler and the tests read the rows.
 * The extensions are in files of their own, in the manual's order.
 */
import { assert } from "../../base/assert.ts";
import { limits } from "../../base/limits.ts";
import type { Decoded, Semantics } from "./core.ts";
import { extractFields, type Fields, insertFields, instructionLength, NO_FIELDS } from "./picture.ts";
import { type CompressedRow, makeRow, type Row } from "./row.ts";
import { rv64a } from "./rv64a.ts";
import { rv64fd } from "./rv64fd.ts";
import { rv64i } from "./rv64i.ts";
import { rv64m } from "./rv64m.ts";
import { rvc } from "./rvc.ts";

export const instructions: readonly Row[] = [...rv64i, ...rv64m, ...rv64a, ...rv64fd].map(makeRow);
export const compressedInstructions: readonly CompressedRow[] = rvc;

const byName = new Map(instructions.map((row) => [row.name, row]));

export function findInstruction(name: string): Row | undefined {
  return byName.get(name);
}

/** A word split by its row: for a compressed one also the row it expands to. */
export interface Match {
  readonly row: Row;
  readonly fields: Fields;
  readonly compressed?: { readonly row: CompressedRow; readonly fields: Fields };
}

/** Rows by what every picture of that size fixes: the opcode, or quadrant and funct3. */
const byOpcode = bucket(instructions, 128, 0x7f, (word) => word & 0x7f);
const byQuadrant = bucket(compressedInstructions, 32, 0xe003, quadrant);

function quadrant(word: number): number {
  return ((word >>> 11) & 0x1c) | (word & 3);
}

function bucket<R extends Row | CompressedRow>(
  rows: readonly R[],
  count: number,
  fixed: number,
  index: (word: number) => number,
): readonly (readonly R[])[] {
  const buckets: R[][] = Array.from({ length: count }, () => []);
  for (const row of rows) {
    assert((row.picture.mask & fixed) === fixed, "riscv/instructions", row.name);
    buckets[index(row.picture.match)]?.push(row);
  }
  return buckets;
}

/** The row and fields of a word; undefined for an illegal instruction. Only the low half of a compressed one counts. */
export function matchInstruction(word: number): Match | undefined {
  return instructionLength(word) === 4 ? matchWord(word) : matchHalfword(word & 0xffff);
}

function matchWord(word: number): Match | undefined {
  for (const row of byOpcode[word & 0x7f]!) {
    if ((word & row.picture.mask) !== row.picture.match) continue;
    const fields = extractFields(row.picture, word);
    if (fields) return { row, fields };
  }
  return undefined;
}

function matchHalfword(word: number): Match | undefined {
  for (const row of byQuadrant[quadrant(word)]!) {
    if ((word & row.picture.mask) !== row.picture.match) continue;
    const fields = extractFields(row.picture, word);
    if (!fields) continue;
    const target = byName.get(row.expandsTo);
    assert(target, "riscv/instructions", `${row.name} expands to ${row.expandsTo}`);
    return { row: target, fields: { ...NO_FIELDS, ...row.expand(fields) }, compressed: { row, fields } };
  }
  return undefined;
}

/** The 32-bit word of an instruction: the inverse of `matchInstruction`. */
export function encode(row: Row, fields: Partial<Fields>): number {
  return insertFields(row.picture, fields);
}

/** Words that were decoded: a record says nothing of where the word stands, so all memories share it. */
const decoded = new Map<number, Decoded>();

/** What the CPU runs; an illegal word becomes a record that traps. */
export function decode(word: number): Decoded {
  const known = decoded.get(word);
  if (known) return known;
  if (decoded.size >= limits.maxDecodedWords) decoded.clear();
  const fresh = decodeWord(word);
  decoded.set(word, fresh);
  return fresh;
}

function decodeWord(word: number): Decoded {
  const match = matchInstruction(word);
  const length = instructionLength(word);
  const f = match?.fields ?? NO_FIELDS;
  // Every record has the same shape, in the same order: the CPU's loads of fields stay monomorphic.
  return {
    row: match?.row,
    execute: match?.row.execute ?? illegal,
    word: length === 2 ? word & 0xffff : word >>> 0,
    length,
    xd: 2 * (f.rd || 32),
    xs1: 2 * f.rs1,
    xs2: 2 * f.rs2,
    rd: f.rd,
    rs1: f.rs1,
    rs2: f.rs2,
    rs3: f.rs3,
    imm: f.imm,
    shamt: f.shamt,
    rm: f.rm,
    csr: f.csr,
    aq: f.aq,
    rl: f.rl,
    fm: f.fm,
    pred: f.pred,
    succ: f.succ,
  };
}

const illegal: Semantics = (c, d) => c.illegal(d);
