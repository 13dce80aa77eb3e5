/**
 * RV64F and RV64D as WebAssembly. Names are those of `rv64fd.ts`; loads and stores are in `semantics-memory.ts`.
 *
 * Here is what rounds to nearest even and gives a normal number; of conversions to integers what truncates. With NX
 * raised already, the host's operation is all there is to do; without, a function finds out whether to raise it
 * (`float-functions.ts`). NaNs, infinities, underflow, overflow and other rounding modes are slow.
 */
import type { Decoded } from "../core.ts";
import { type Code, call, f32, f64, get, i32, i64, set, when } from "./code.ts";
import { floatFunctionNumber } from "./float-functions.ts";
import type { Operands, Semantic, SemanticsTable } from "./operands.ts";
import { MULTIPLY_HIGH } from "./semantics-integer.ts";

const NX = 1;
const BOXED = i64.const(-(1n << 32n));
/** The functions come behind `MULTIPLY_HIGH`. */
const functionNumber = (name: string): number => MULTIPLY_HIGH + 1 + floatFunctionNumber(name);

/** What differs between the two precisions; values are doubles in between. */
interface Precision {
  readonly suffix: "s" | "d";
  readonly leastNormal: number;
  /** Slow for a single that is not boxed. */
  readonly check: (o: Operands, bits: Code) => Code;
  readonly read: (bits: Code) => Code;
  readonly write: (value: Code) => Code;
  readonly narrow: (value: Code) => Code;
  readonly signBit: bigint;
  /** The largest integer up to which all are numbers. */
  readonly exactIntegers: number;
}

const single: Precision = {
  suffix: "s",
  leastNormal: 2 ** -126,
  check: (o, bits) => when(i64.ltU(bits, BOXED), o.slow),
  read: (bits) => f64.promote(f32.reinterpretI32(i32.wrap(bits))),
  write: (value) => i64.or(i64.extendU(i32.reinterpretF32(f32.demote(value))), BOXED),
  narrow: (value) => f64.promote(f32.demote(value)),
  signBit: 1n << 31n,
  exactIntegers: 2 ** 24,
};

const double: Precision = {
  suffix: "d",
  leastNormal: 2 ** -1022,
  check: () => [],
  read: f64.reinterpretI64,
  write: i64.reinterpretF64,
  narrow: (value) => value,
  signBit: 1n << 63n,
  exactIntegers: 2 ** 53,
};

// biome-ignore format: table
const both = (p: Precision): SemanticsTable => ({
  [`fmadd.${p.suffix}`]:   fused(p, false, false),
  [`fmsub.${p.suffix}`]:   fused(p, false, true),
  [`fnmsub.${p.suffix}`]:  fused(p, true, false),
  [`fnmadd.${p.suffix}`]:  fused(p, true, true),
  [`fadd.${p.suffix}`]:    arithmetic(p, "add", f64.add),
  [`fsub.${p.suffix}`]:    arithmetic(p, "add", f64.add, f64.neg),
  [`fmul.${p.suffix}`]:    arithmetic(p, "mul", f64.mul),
  [`fdiv.${p.suffix}`]:    arithmetic(p, "div", f64.div),
  [`fsqrt.${p.suffix}`]:   arithmetic(p, "sqrt", (a) => f64.sqrt(a)),
  [`fsgnj.${p.suffix}`]:   sign(p, (_, b) => b),
  [`fsgnjn.${p.suffix}`]:  sign(p, (_, b) => i64.xor(b, i64.const(-1))),
  [`fsgnjx.${p.suffix}`]:  sign(p, (a, b) => i64.xor(a, b)),
  [`fmin.${p.suffix}`]:    (o) => [ordered(p, o), o.writeFd(p.write(f64.min(get(o.temporaries.x), get(o.temporaries.y))))],
  [`fmax.${p.suffix}`]:    (o) => [ordered(p, o), o.writeFd(p.write(f64.max(get(o.temporaries.x), get(o.temporaries.y))))],
  [`feq.${p.suffix}`]:     comparison(p, f64.eq),
  [`flt.${p.suffix}`]:     comparison(p, f64.lt),
  [`fle.${p.suffix}`]:     comparison(p, f64.le),
  [`fcvt.w.${p.suffix}`]:  truncation(p, -(2 ** 31) - 1, 2 ** 31, i64.truncF64S),
  [`fcvt.wu.${p.suffix}`]: truncation(p, -1, 2 ** 32, i64.truncF64S),
  [`fcvt.l.${p.suffix}`]:  truncation(p, -(2 ** 63) - 2 ** 11, 2 ** 63, i64.truncF64S),
  [`fcvt.lu.${p.suffix}`]: truncation(p, -1, 2 ** 64, i64.truncF64U),
  [`fcvt.${p.suffix}.w`]:  fromInteger(p, i64.extend32S),
  [`fcvt.${p.suffix}.wu`]: fromInteger(p, (x) => i64.and(x, i64.const(0xffff_ffff))),
  [`fcvt.${p.suffix}.l`]:  fromInteger(p, (x) => x),
  [`fcvt.${p.suffix}.lu`]: fromInteger(p, (x) => x, true),
});

export const float: SemanticsTable = {
  ...both(single),
  ...both(double),
  "fcvt.s.d": toSingle,
  "fcvt.d.s": toDouble,
  "fmv.x.w": (o) => o.writeRd(i64.extend32S(o.fs1)),
  "fmv.x.d": (o) => o.writeRd(o.fs1),
  "fmv.w.x": (o) => o.writeFd(i64.or(i64.and(o.rs1, i64.const(0xffff_ffff)), BOXED)),
  "fmv.d.x": (o) => o.writeFd(o.rs1),
};

/** The operation and immediate of a record, for what is in the table above; an unknown name is slow. */
export function recordOfFloat(d: Decoded, name: string): { readonly name: string; readonly imm: number } | undefined {
  if (!(name in float)) return undefined;
  if (!d.row?.operands.includes("rm")) return { name, imm: 0 };
  if (/^fcvt\.[wl]u?\./.test(name)) return { name: d.rm === RTZ ? name : "", imm: 0 };
  const exact = /^fcvt\.d\.(wu?|s)$/.test(name) && d.rm <= RMM;
  if (d.rm !== RNE && d.rm !== DYNAMIC && !exact) return { name: "", imm: 0 };
  return { name, imm: (8 * d.rs3) | (d.rm === DYNAMIC ? FRM << 8 : 0) };
}

const RNE = 0;
const RTZ = 1;
const RMM = 4;
const DYNAMIC = 7;
const FRM = 0xe0;

/** Slow unless the rounding mode is to nearest even. */
function checkRounding(o: Operands): Code {
  return when(i32.and(o.fcsr, o.dynamicRounding), o.slow);
}

function raise(o: Operands, inexact: Code): Code {
  return when(inexact, o.writeFcsr(i32.or(o.fcsr, i32.const(NX))));
}

/** The result of a function is in `z`; a NaN says that it does not know. */
function callFunction(o: Operands, name: string, ...values: Code[]): Code {
  const { z } = o.temporaries;
  return [set(z, call(functionNumber(name), ...values)), when(f64.ne(get(z), get(z)), o.slow)];
}

function arithmetic(
  p: Precision,
  name: string,
  operation: (a: Code, b: Code) => Code,
  prepare: (b: Code) => Code = (b) => b,
): Semantic {
  return (o) => {
    const { x, y, z } = o.temporaries;
    const rounding = i32.and(o.fcsr, i32.or(o.dynamicRounding, i32.const(NX)));
    const size = f64.abs(get(z));
    const normal = i32.and(f64.gt(size, f64.const(p.leastNormal)), f64.lt(size, f64.const(Number.POSITIVE_INFINITY)));
    return [
      p.check(o, o.fs1),
      // fsqrt has no second operand: its field says f0.
      name === "sqrt" ? [] : p.check(o, o.fs2),
      set(x, p.read(o.fs1)),
      set(y, prepare(p.read(o.fs2))),
      // Rounding a double's result of singles again to single is exact: 53 >= 2 * 24 + 2 bits.
      set(z, p.narrow(operation(get(x), get(y)))),
      when(i32.eqz(i32.and(normal, i32.eq(rounding, i32.const(NX)))), [
        checkRounding(o),
        callFunction(o, `${name}.${p.suffix}`, get(x), get(y)),
      ]),
      o.writeFd(p.write(get(z))),
    ];
  };
}

function fused(p: Precision, negateProduct: boolean, negateAddend: boolean): Semantic {
  const negate = (value: Code, yes: boolean): Code => (yes ? f64.neg(value) : value);
  return (o) => {
    const a = negate(p.read(o.fs1), negateProduct);
    const c = negate(p.read(o.fs3), negateAddend);
    return [
      [o.fs1, o.fs2, o.fs3].map((bits) => p.check(o, bits)),
      checkRounding(o),
      callFunction(o, `fma.${p.suffix}`, a, p.read(o.fs2), c),
      o.writeFd(p.write(get(o.temporaries.z))),
    ];
  };
}

function sign(p: Precision, combine: (a: Code, b: Code) => Code): Semantic {
  return (o) => [
    p.check(o, o.fs1),
    p.check(o, o.fs2),
    o.writeFd(i64.or(i64.and(o.fs1, i64.const(~p.signBit)), i64.and(combine(o.fs1, o.fs2), i64.const(p.signBit)))),
  ];
}

/** The operands in `x` and `y`; slow when one is a NaN. */
function ordered(p: Precision, o: Operands): Code {
  const { x, y } = o.temporaries;
  return [
    p.check(o, o.fs1),
    p.check(o, o.fs2),
    set(x, p.read(o.fs1)),
    set(y, p.read(o.fs2)),
    when(i32.or(f64.ne(get(x), get(x)), f64.ne(get(y), get(y))), o.slow),
  ];
}

function comparison(p: Precision, compare: (a: Code, b: Code) => Code): Semantic {
  return (o) => [ordered(p, o), o.writeRd(i64.extendU(compare(get(o.temporaries.x), get(o.temporaries.y))))];
}

/** For values between the bounds, which do not belong to them. Results of 32 bits are sign-extended, unsigned ones too. */
function truncation(p: Precision, above: number, below: number, convert: (value: Code) => Code): Semantic {
  const extend = Math.abs(below) <= 2 ** 32 ? i64.extend32S : (value: Code) => value;
  return (o) => {
    const { x } = o.temporaries;
    const inside = i32.and(f64.gt(get(x), f64.const(above)), f64.lt(get(x), f64.const(below)));
    return [
      p.check(o, o.fs1),
      set(x, p.read(o.fs1)),
      when(i32.eqz(inside), o.slow),
      raise(o, f64.ne(f64.trunc(get(x)), get(x))),
      o.writeRd(extend(convert(get(x)))),
    ];
  };
}

/** Integers that the format has are exact; of others only NX can come. */
function fromInteger(p: Precision, value: (register: Code) => Code, unsigned = false): Semantic {
  const toFloat = unsigned ? f32.convertI64U : f32.convertI64S;
  const toNumber = unsigned ? f64.convertI64U : f64.convertI64S;
  const bound = i64.const(p.exactIntegers);
  return (o) => {
    const { a } = o.temporaries;
    const converted = p.suffix === "s" ? f64.promote(toFloat(get(a))) : toNumber(get(a));
    const exact = unsigned ? i64.leU(get(a), bound) : i64.leU(i64.add(get(a), bound), i64.const(2 * p.exactIntegers));
    return [
      set(a, value(o.rs1)),
      checkRounding(o),
      when(i32.eqz(i32.or(exact, i32.and(o.fcsr, i32.const(NX)))), o.slow),
      o.writeFd(p.write(converted)),
    ];
  };
}

function toSingle(o: Operands): Code {
  const { x, z } = o.temporaries;
  const size = f64.abs(get(z));
  const normal = i32.and(
    f64.gt(size, f64.const(single.leastNormal)),
    f64.lt(size, f64.const(Number.POSITIVE_INFINITY)),
  );
  return [
    set(x, double.read(o.fs1)),
    set(z, single.narrow(get(x))),
    checkRounding(o),
    when(i32.eqz(i32.or(normal, f64.eq(get(x), f64.const(0)))), o.slow),
    raise(o, f64.ne(get(x), get(z))),
    o.writeFd(single.write(get(z))),
  ];
}

function toDouble(o: Operands): Code {
  const { x } = o.temporaries;
  return [
    single.check(o, o.fs1),
    set(x, single.read(o.fs1)),
    checkRounding(o),
    when(f64.ne(get(x), get(x)), o.slow),
    o.writeFd(double.write(get(x))),
  ];
}
