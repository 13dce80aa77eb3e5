/**
 * RV64I and RV64M as WebAssembly. Names and order are those of `rv64i.ts` and `rv64m.ts`.
 *
 * `j` and `jr` are jal and jalr that link nowhere. Loads and stores are in `semantics-memory.ts`.
 */
import { type Code, call, get, i32, i64, set, when } from "./code.ts";
import { USER_BITS } from "./layout.ts";
import type { Operands, SemanticsTable } from "./operands.ts";

/** Place of `multiplyHigh` among the functions of the module: unsigned high words. */
export const MULTIPLY_HIGH = 0;

const bit = (condition: Code): Code => i64.extendU(condition);
const wide = (value: Code): Code => i64.extendS(value);
const low1 = (o: Operands): Code => i32.wrap(o.rs1);
const low2 = (o: Operands): Code => i32.wrap(o.rs2);
const amount = (o: Operands): Code => i32.wrap(o.imm);
const branchIf = (o: Operands, condition: Code): Code => when(condition, o.branch);

// biome-ignore format: table
export const integer: SemanticsTable = {
  lui:    (o) => o.writeRd(o.imm),
  auipc:  (o) => o.writeRd(i64.add(o.pc, o.imm)),
  jal:    (o) => [o.writeRd(o.nextPc), o.branch],
  j:      (o) => o.branch,
  jalr:   (o) => [jumpTarget(o), o.writeRd(o.nextPc), o.jump],
  jr:     (o) => [jumpTarget(o), o.jump],
  beq:    (o) => branchIf(o, i64.eq(o.rs1, o.rs2)),
  bne:    (o) => branchIf(o, i64.ne(o.rs1, o.rs2)),
  blt:    (o) => branchIf(o, i64.ltS(o.rs1, o.rs2)),
  bge:    (o) => branchIf(o, i64.geS(o.rs1, o.rs2)),
  bltu:   (o) => branchIf(o, i64.ltU(o.rs1, o.rs2)),
  bgeu:   (o) => branchIf(o, i64.geU(o.rs1, o.rs2)),
  addi:   (o) => o.writeRd(i64.add(o.rs1, o.imm)),
  slti:   (o) => o.writeRd(bit(i64.ltS(o.rs1, o.imm))),
  sltiu:  (o) => o.writeRd(bit(i64.ltU(o.rs1, o.imm))),
  xori:   (o) => o.writeRd(i64.xor(o.rs1, o.imm)),
  ori:    (o) => o.writeRd(i64.or(o.rs1, o.imm)),
  andi:   (o) => o.writeRd(i64.and(o.rs1, o.imm)),
  slli:   (o) => o.writeRd(i64.shl(o.rs1, o.imm)),
  srli:   (o) => o.writeRd(i64.shrU(o.rs1, o.imm)),
  srai:   (o) => o.writeRd(i64.shrS(o.rs1, o.imm)),
  add:    (o) => o.writeRd(i64.add(o.rs1, o.rs2)),
  sub:    (o) => o.writeRd(i64.sub(o.rs1, o.rs2)),
  sll:    (o) => o.writeRd(i64.shl(o.rs1, o.rs2)),
  slt:    (o) => o.writeRd(bit(i64.ltS(o.rs1, o.rs2))),
  sltu:   (o) => o.writeRd(bit(i64.ltU(o.rs1, o.rs2))),
  xor:    (o) => o.writeRd(i64.xor(o.rs1, o.rs2)),
  srl:    (o) => o.writeRd(i64.shrU(o.rs1, o.rs2)),
  sra:    (o) => o.writeRd(i64.shrS(o.rs1, o.rs2)),
  or:     (o) => o.writeRd(i64.or(o.rs1, o.rs2)),
  and:    (o) => o.writeRd(i64.and(o.rs1, o.rs2)),
  addiw:  (o) => o.writeRd(i64.extend32S(i64.add(o.rs1, o.imm))),
  slliw:  (o) => o.writeRd(wide(i32.shl(low1(o), amount(o)))),
  srliw:  (o) => o.writeRd(wide(i32.shrU(low1(o), amount(o)))),
  sraiw:  (o) => o.writeRd(wide(i32.shrS(low1(o), amount(o)))),
  addw:   (o) => o.writeRd(i64.extend32S(i64.add(o.rs1, o.rs2))),
  subw:   (o) => o.writeRd(i64.extend32S(i64.sub(o.rs1, o.rs2))),
  sllw:   (o) => o.writeRd(wide(i32.shl(low1(o), low2(o)))),
  srlw:   (o) => o.writeRd(wide(i32.shrU(low1(o), low2(o)))),
  sraw:   (o) => o.writeRd(wide(i32.shrS(low1(o), low2(o)))),
  csrrw:  (o) => changeCsr(o, i32.wrap(o.rs1), (_, value) => value),
  csrrs:  (o) => changeCsr(o, i32.wrap(o.rs1), i32.or),
  csrrc:  (o) => changeCsr(o, i32.wrap(o.rs1), (old, value) => i32.and(old, i32.xor(value, i32.const(-1)))),
  csrrwi: (o) => changeCsr(o, o.rs1Number, (_, value) => value),
  csrrsi: (o) => changeCsr(o, o.rs1Number, i32.or),
  csrrci: (o) => changeCsr(o, o.rs1Number, (old, value) => i32.and(old, i32.xor(value, i32.const(-1)))),

  mul:    (o) => o.writeRd(i64.mul(o.rs1, o.rs2)),
  mulh:   (o) => o.writeRd(i64.sub(i64.sub(call(MULTIPLY_HIGH, o.rs1, o.rs2), ifNegative(o.rs1, o.rs2)), ifNegative(o.rs2, o.rs1))),
  mulhsu: (o) => o.writeRd(i64.sub(call(MULTIPLY_HIGH, o.rs1, o.rs2), ifNegative(o.rs1, o.rs2))),
  mulhu:  (o) => o.writeRd(call(MULTIPLY_HIGH, o.rs1, o.rs2)),
  div:    (o) => divide(o, i64.divS, (a) => i64.sub(i64.const(0), a), i64.const(-1)),
  divu:   (o) => divide(o, i64.divU, undefined, i64.const(-1)),
  rem:    (o) => divide(o, i64.remS, () => i64.const(0), undefined),
  remu:   (o) => divide(o, i64.remU, undefined, undefined),
  mulw:   (o) => o.writeRd(i64.extend32S(i64.mul(o.rs1, o.rs2))),
  divw:   (o) => divideWords(o, i64.divS, i64.extend32S, i64.const(-1)),
  divuw:  (o) => divideWords(o, i64.divU, unsignedWord, i64.const(-1)),
  remw:   (o) => divideWords(o, i64.remS, i64.extend32S, undefined),
  remuw:  (o) => divideWords(o, i64.remU, unsignedWord, undefined),
};

function jumpTarget(o: Operands): Code {
  const { target } = o.temporaries;
  return [
    set(target, i64.and(i64.add(o.rs1, o.imm), i64.const(-2))),
    when(i32.wrap(i64.shrU(get(target), i64.const(USER_BITS))), o.slow),
  ];
}

/** fflags, frm and fcsr; the others are slow. */
function changeCsr(o: Operands, value: Code, combine: (old: Code, value: Code) => Code): Code {
  const { a, b } = o.temporaries;
  const old = i32.and(i32.shrU(o.fcsr, o.csrShift), o.csrMask);
  const others = i32.and(o.fcsr, i32.xor(i32.shl(o.csrMask, o.csrShift), i32.const(-1)));
  const changed = i32.shl(i32.and(combine(i32.wrap(get(a)), i32.wrap(get(b))), o.csrMask), o.csrShift);
  return [
    set(a, i64.extendU(old)),
    set(b, i64.extendU(value)),
    o.writeFcsr(i32.or(others, changed)),
    o.writeRdOrNot(get(a)),
  ];
}

/** `value` if `sign` is negative, else 0. */
function ifNegative(sign: Code, value: Code): Code {
  return i64.and(i64.shrS(sign, i64.const(63)), value);
}

/** WebAssembly traps where RISC-V gives `byMinusOne` (the overflow is among its cases) and `byZero` (or the dividend). */
function divide(
  o: Operands,
  operation: (a: Code, b: Code) => Code,
  byMinusOne: ((a: Code) => Code) | undefined,
  byZero: Code | undefined,
): Code {
  const { a, b } = o.temporaries;
  const quotient = o.writeRd(operation(get(a), get(b)));
  return [
    set(a, o.rs1),
    set(b, o.rs2),
    when(
      i64.eqz(get(b)),
      o.writeRd(byZero ?? get(a)),
      byMinusOne ? when(i64.eq(get(b), i64.const(-1)), o.writeRd(byMinusOne(get(a))), quotient) : quotient,
    ),
  ];
}

/** Words as 64-bit integers: then nothing overflows. */
function divideWords(
  o: Operands,
  operation: (a: Code, b: Code) => Code,
  widen: (value: Code) => Code,
  byZero: Code | undefined,
): Code {
  const { a, b } = o.temporaries;
  return [
    set(a, widen(o.rs1)),
    set(b, widen(o.rs2)),
    when(
      i64.eqz(get(b)),
      o.writeRd(byZero ?? i64.extend32S(get(a))),
      o.writeRd(i64.extend32S(operation(get(a), get(b)))),
    ),
  ];
}

function unsignedWord(value: Code): Code {
  return i64.and(value, i64.const(0xffff_ffff));
}

/** The body of the function at MULTIPLY_HIGH, of locals 0 and 1 (and 2, 3): long multiplication by halves. */
export function multiplyHighBody(): Code {
  const [a, b, low, middle] = [0, 1, 2, 3].map((index) => ({ index, type: "i64" as const }));
  const half = i64.const(0xffff_ffff);
  const top = (value: Code) => i64.shrU(value, i64.const(32));
  const bottom = (value: Code) => i64.and(value, half);
  const [x, y] = [get(a!), get(b!)];
  return [
    set(low!, i64.mul(top(x), bottom(y))),
    set(middle!, i64.add(i64.mul(bottom(x), top(y)), top(i64.mul(bottom(x), bottom(y))))),
    // Neither sum overflows: a product of halves is at most (2^32 - 1)^2.
    set(middle!, i64.add(get(middle!), bottom(get(low!)))),
    i64.add(i64.add(i64.mul(top(x), top(y)), top(get(low!))), top(get(middle!))),
  ];
}
