/**
 * Records: how a decoded instruction is written down for the interpreter (`layout.ts` has the picture).
 *
 * What depends on the place of the instruction is only whether a branch stays in its page; the rest is kept by word.
 */
import { limits } from "../../../base/limits.ts";
import { PAGE_SIZE } from "../../memory/page.ts";
import type { Decoded } from "../core.ts";
import { RECORD_BYTES } from "./layout.ts";
import { isBranch, operationNumber, SLOW } from "./operations.ts";
import { recordOfFloat } from "./semantics-float.ts";

interface Template {
  /** The first word, with the operation of a branch that stays. */
  readonly word: number;
  readonly imm: number;
  readonly branch: boolean;
  /** The operation of a branch that leaves its page. */
  readonly farOperation: number;
  /** Control does not go on behind it. */
  readonly last: boolean;
}

const templates = new Map<number, Template>();

/** Writes the record of an instruction at an offset of its page; whether one behind it may follow. */
export function writeRecord(i32: Int32Array, at: number, d: Decoded, offset: number): boolean {
  let t = templates.get(d.word);
  if (!t) {
    if (templates.size >= limits.maxDecodedWords) templates.clear();
    t = makeTemplate(d);
    templates.set(d.word, t);
  }
  if (offset + d.length > PAGE_SIZE) {
    i32[at >> 2] = SLOW;
    return false;
  }
  const target = offset + t.imm;
  const far = t.branch && (target < 0 || target >= PAGE_SIZE);
  i32[at >> 2] = far ? (t.word & ~0xff) | t.farOperation : t.word;
  i32[(at >> 2) + 1] = t.branch && !far ? (t.imm / 2) * RECORD_BYTES : t.imm;
  return !t.last;
}

/** Instructions that only write rd, so that x0 as rd makes them do nothing. */
const pure = /^(lui|auipc|add|sub|slt|xor|or|and|sll|srl|sra|mul|div|rem)/;

function makeTemplate(d: Decoded): Template {
  const { length, word } = d as Decoded & { length: 2 | 4 };
  const name = d.row?.name ?? "";
  const { name: special, imm } = specialCase(d, name);
  const registers = ((8 * d.rd) << 8) | ((8 * d.rs1) << 16) | ((8 * d.rs2) << 24);
  const operation = operationNumber(special, length);
  return {
    word: operation | registers,
    imm: word === 0 ? 0 : imm,
    branch: isBranch(special),
    farOperation: operationNumber(special, length, true),
    last: operation === SLOW ? /^(ecall|ebreak|)$/.test(name) : /^(j|jr|jal|jalr)$/.test(special),
  };
}

/** The operation and the immediate; an unknown name is slow. */
function specialCase(d: Decoded, name: string): { readonly name: string; readonly imm: number } {
  if (/^fence/.test(name)) return { name: "nop", imm: 0 };
  if (/^csr/.test(name)) {
    const place = csrPlaces[d.csr];
    return place === undefined ? { name: "", imm: 0 } : { name, imm: place };
  }
  if (d.rd === 0 && writesInteger(d)) {
    if (name === "jal" || name === "jalr") return { name: name === "jal" ? "j" : "jr", imm: d.imm };
    return { name: pure.test(name) ? "nop" : "", imm: 0 };
  }
  const floating = recordOfFloat(d, name);
  if (floating) return floating;
  return { name, imm: /^s[lr][la]/.test(name) && d.row?.operands.includes("shamt") ? d.shamt : d.imm };
}

function writesInteger(d: Decoded): boolean {
  return d.row?.operands.startsWith("rd") ?? false;
}

/** fflags, frm, fcsr: shift in the low byte, mask in the next. */
const csrPlaces: Readonly<Record<number, number>> = { 1: 0 | (0x1f << 8), 2: 5 | (0x07 << 8), 3: 0 | (0xff << 8) };
