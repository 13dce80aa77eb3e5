/**
 * Bit pictures: how the instruction table writes an encoding, most significant bit first, as the manual draws it.
 *
 *     0000000 rs2 rs1 000 rd 0110011                   add
 *     imm[12|10:5] rs2 rs1 000 imm[4:1|11] 1100011     beq
 *     011 nzimm[9] 00010 nzimm[4|6|8:7|5] 01           c.addi16sp
 *
 * Digits are fixed bits; a name is a field of its usual width; `name[…]` are bits of an immediate in their order.
 * Immediates are sign-extended unless the name begins with `u` or is a shamt; `nz…` must not be zero. A prime marks
 * the 3-bit register numbers of compressed instructions (x8..x15); `rd!=0` or `rd!=0,2` excludes values.
 * `compilePicture` turns a picture into mask, match and field extractors, once, at start-up.
 */
import { assert } from "../../base/assert.ts";

/** The fields of an instruction; those that it does not have are 0. */
export interface Fields {
  rd: number;
  rs1: number;
  rs2: number;
  rs3: number;
  imm: number;
  /** Of shifts. */
  shamt: number;
  /** Rounding mode. */
  rm: number;
  csr: number;
  /** aq and rl of atomics, pred, succ and fm of fences. */
  aq: number;
  rl: number;
  fm: number;
  pred: number;
  succ: number;
}

export const NO_FIELDS: Readonly<Fields> = {
  rd: 0,
  rs1: 0,
  rs2: 0,
  rs3: 0,
  imm: 0,
  shamt: 0,
  rm: 0,
  csr: 0,
  aq: 0,
  rl: 0,
  fm: 0,
  pred: 0,
  succ: 0,
};

/** Bytes of the instruction that begins with this halfword: 2 or 4 (longer encodings are illegal here). */
export function instructionLength(halfword: number): 2 | 4 {
  return (halfword & 3) === 3 ? 4 : 2;
}

interface FieldPlan {
  readonly name: keyof Fields;
  /** Runs of bits: `count` bits at `from` of the word are bits `to`… of the value. */
  readonly runs: { readonly from: number; readonly to: number; readonly count: number }[];
  /** Bits of the value; a signed one is extended from the top bit. */
  width: number;
  readonly signed: boolean;
  readonly nonZero: boolean;
  /** x8..x15. */
  readonly prime: boolean;
  readonly excluded: readonly number[];
}

export interface Picture {
  readonly bits: 16 | 32;
  readonly mask: number;
  readonly match: number;
  readonly fields: readonly FieldPlan[];
}

const WIDTHS: Readonly<Record<string, number>> = {
  rd: 5,
  rs1: 5,
  rs2: 5,
  rs3: 5,
  rm: 3,
  csr: 12,
  aq: 1,
  rl: 1,
  fm: 4,
  pred: 4,
  succ: 4,
};

export function compilePicture(text: string, bits: 16 | 32): Picture {
  const plans = new Map<string, FieldPlan>();
  let mask = 0;
  let match = 0;
  let at: number = bits;
  for (const token of text.split(" ")) {
    if (/^[01]+$/.test(token)) {
      at -= token.length;
      mask |= (2 ** token.length - 1) << at;
      match |= Number.parseInt(token, 2) << at;
      continue;
    }
    const parts = /^(rd\/rs1|[a-z0-9]+)('?)(?:\[([0-9:|]+)\])?(?:!=([0-9,]+))?$/.exec(token);
    assert(parts, "riscv/picture", `bad token ${token}`);
    const [, name = "", prime, list, excluded] = parts;
    const plan = plans.get(name) ?? newPlan(name, prime === "'", excluded);
    plans.set(name, plan);
    for (const range of (list ?? `${(prime === "'" ? 3 : (WIDTHS[name] ?? 5)) - 1}:0`).split("|")) {
      const [high = 0, low = high] = range.split(":").map(Number);
      at -= high - low + 1;
      plan.runs.push({ from: at, to: low, count: high - low + 1 });
      plan.width = Math.max(plan.width, high + 1);
    }
  }
  assert(at === 0, "riscv/picture", `${text} has ${bits - at} bits`);
  return { bits, mask, match, fields: [...plans.values()] };
}

function newPlan(name: string, prime: boolean, excluded: string | undefined): FieldPlan {
  const bare = name.replace(/^nz/, "").replace(/^u?imm$|^zimm$/, "imm");
  return {
    name: (bare === "rd/rs1" ? "rd" : bare) as keyof Fields,
    runs: [],
    width: 0,
    signed: name === "imm" || name === "nzimm",
    nonZero: name.startsWith("nz"),
    prime,
    excluded: excluded === undefined ? [] : excluded.split(",").map(Number),
  };
}

/** The fields of a word that has the picture's fixed bits, or undefined when a constraint excludes it. */
export function extractFields(picture: Picture, word: number): Fields | undefined {
  const fields = { ...NO_FIELDS };
  for (const plan of picture.fields) {
    let value = 0;
    for (const { from, to, count } of plan.runs) value |= ((word >>> from) & (2 ** count - 1)) << to;
    if ((plan.nonZero && value === 0) || plan.excluded.includes(value)) return undefined;
    if (plan.signed) value = (value << (32 - plan.width)) >> (32 - plan.width);
    fields[plan.name] = plan.prime ? value + 8 : value;
  }
  return fields;
}

/** The word of the picture with these fields: the inverse of `extractFields`. */
export function insertFields(picture: Picture, fields: Partial<Fields>): number {
  let word = picture.match;
  for (const plan of picture.fields) {
    const value = (fields[plan.name] ?? 0) - (plan.prime ? 8 : 0);
    for (const { from, to, count } of plan.runs) word |= ((value >>> to) & (2 ** count - 1)) << from;
  }
  return picture.bits === 16 ? word & 0xffff : word | 0;
}
