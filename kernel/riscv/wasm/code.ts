/**
 * WebAssembly instructions as values: what the semantics table is written in.
 *
 * An expression is a nested list of bytes; a function puts its operands before its opcode, so code reads as a formula:
 * `i64.add(x, i64.const(1))`. Branches name a label; `writeCode` counts how deep it lies when the bytes are laid out.
 * Opcodes are those of the WebAssembly core specification, 5.4, as far as somebody uses them; types are not checked here,
 * the engine does that.
 */
import { assert } from "../../../base/assert.ts";
import { type Bytes, signedLeb, unsignedLeb } from "./bytes.ts";

export type Code = number | Block | Branch | Table | readonly Code[];

export interface Label {
  readonly name: string;
}

interface Block {
  readonly open: number;
  readonly label: Label | undefined;
  readonly body: Code;
}

interface Branch {
  readonly branch: number;
  readonly to: Label;
}

interface Table {
  readonly cases: readonly Label[];
  readonly otherwise: Label;
}

const BLOCK = 0x02;
const LOOP = 0x03;
const IF = 0x04;
const ELSE = 0x05;
const END = 0x0b;
const BR = 0x0c;
const BR_IF = 0x0d;
const BR_TABLE = 0x0e;
const NO_RESULT = 0x40;

// ---- control ----

/** `br(label)` in the body leaves it. */
export const block = (label: Label, body: Code): Code => ({ open: BLOCK, label, body });
/** `br(label)` in the body begins it again. */
export const loop = (label: Label, body: Code): Code => ({ open: LOOP, label, body });
export const br = (to: Label): Code => ({ branch: BR, to });
export const brIf = (condition: Code, to: Label): Code => [condition, { branch: BR_IF, to }];
export const brTable = (index: Code, cases: readonly Label[], otherwise: Label): Code => [index, { cases, otherwise }];
export const when = (condition: Code, then: Code, otherwise?: Code): Code => [
  condition,
  { open: IF, label: undefined, body: otherwise === undefined ? then : [then, ELSE, otherwise] },
];
export const select = (then: Code, otherwise: Code, condition: Code): Code => [then, otherwise, condition, 0x1b];
export const call = (index: number, ...values: Code[]): Code => [values, 0x10, unsignedLeb(index)];

// ---- locals ----

export type ValueType = "i32" | "i64" | "f32" | "f64";

/** A local variable of a function; the parameters come first. */
export interface Local {
  readonly index: number;
  readonly type: ValueType;
}

export const get = (local: Local): Code => [0x20, unsignedLeb(local.index)];
export const set = (local: Local, value: Code): Code => [value, 0x21, unsignedLeb(local.index)];
export const tee = (local: Local, value: Code): Code => [value, 0x22, unsignedLeb(local.index)];

// ---- numbers and memory ----

const unary =
  (opcode: number) =>
  (a: Code): Code => [a, opcode];
const binary =
  (opcode: number) =>
  (a: Code, b: Code): Code => [a, b, opcode];
/** The alignment that an access claims is a hint: none is claimed. */
const load =
  (opcode: number) =>
  (address: Code, offset = 0): Code => [address, opcode, 0, unsignedLeb(offset)];
const store =
  (opcode: number) =>
  (address: Code, value: Code, offset = 0): Code => [address, value, opcode, 0, unsignedLeb(offset)];

// biome-ignore format: table
export const i32 = {
  const: (value: number): Code => [0x41, signedLeb(value)],
  load:    load(0x28),   load8U:  load(0x2d),
  store:   store(0x36),
  eqz:  unary(0x45),   eq:  binary(0x46),
  add:  binary(0x6a),  sub: binary(0x6b),
  and:  binary(0x71),  or:  binary(0x72),  xor: binary(0x73),  shl: binary(0x74),   shrS: binary(0x75),  shrU: binary(0x76),
  wrap: unary(0xa7),   reinterpretF32: unary(0xbc),
} as const;

// biome-ignore format: table
export const i64 = {
  /** Of either sign; wraps. */
  const: (value: bigint | number): Code => [0x42, signedLeb(BigInt.asIntN(64, BigInt(value)))],
  load:    load(0x29),   load8S:  load(0x30),   load8U:  load(0x31),   load16S: load(0x32),   load16U: load(0x33),   load32S: load(0x34),   load32U: load(0x35),
  store:   store(0x37),  store8:  store(0x3c),  store16: store(0x3d),  store32: store(0x3e),
  eqz:  unary(0x50),   eq:  binary(0x51),  ne:  binary(0x52),
  ltS:  binary(0x53),  ltU: binary(0x54),  gtS: binary(0x55),  gtU: binary(0x56),  leU: binary(0x58),  geS: binary(0x59),  geU: binary(0x5a),
  add:  binary(0x7c),  sub: binary(0x7d),  mul: binary(0x7e),  divS: binary(0x7f),  divU: binary(0x80),  remS: binary(0x81),  remU: binary(0x82),
  and:  binary(0x83),  or:  binary(0x84),  xor: binary(0x85),  shl: binary(0x86),   shrS: binary(0x87),  shrU: binary(0x88),
  extendS: unary(0xac),   extendU: unary(0xad),   extend32S: unary(0xc4),
  truncF64S: unary(0xb0),  truncF64U: unary(0xb1),  reinterpretF64: unary(0xbd),
} as const;

// biome-ignore format: table
export const f32 = {
  sqrt: unary(0x91),
  div: binary(0x95),
  convertI64S: unary(0xb4),  convertI64U: unary(0xb5),  demote: unary(0xb6),  reinterpretI32: unary(0xbe),
} as const;

// biome-ignore format: table
export const f64 = {
  const: (value: number): Code => [0x44, ...new Uint8Array(new Float64Array([value]).buffer)],
  eq:  binary(0x61),  ne:  binary(0x62),  lt:  binary(0x63),  gt: binary(0x64),  le:  binary(0x65),
  abs: unary(0x99),   neg: unary(0x9a),   trunc: unary(0x9d),  sqrt: unary(0x9f),
  add: binary(0xa0),  sub: binary(0xa1),  mul: binary(0xa2),  div: binary(0xa3),  min: binary(0xa4),  max: binary(0xa5),
  convertI64S: unary(0xb9),  convertI64U: unary(0xba),  promote: unary(0xbb),  reinterpretI64: unary(0xbf),
} as const;

// ---- bytes ----

/** Appends the bytes of code, branches resolved. */
export function writeCode(code: Code, bytes: Bytes, around: (Label | undefined)[] = []): void {
  if (typeof code === "number") {
    bytes.push(code);
  } else if (isList(code)) {
    for (const part of code) writeCode(part, bytes, around);
  } else if ("open" in code) {
    bytes.push(code.open);
    bytes.push(NO_RESULT);
    around.push(code.label);
    writeCode(code.body, bytes, around);
    around.pop();
    bytes.push(END);
  } else if ("branch" in code) {
    bytes.push(code.branch);
    bytes.unsigned(depthOf(code.to, around));
  } else {
    bytes.push(BR_TABLE);
    bytes.unsigned(code.cases.length);
    for (const label of code.cases) bytes.unsigned(depthOf(label, around));
    bytes.unsigned(depthOf(code.otherwise, around));
  }
}

function isList(code: Exclude<Code, number>): code is readonly Code[] {
  return Array.isArray(code);
}

function depthOf(label: Label, around: readonly (Label | undefined)[]): number {
  const at = around.lastIndexOf(label);
  assert(at >= 0, "riscv/wasm/code", `${label.name} is not around its branch`);
  return around.length - 1 - at;
}
