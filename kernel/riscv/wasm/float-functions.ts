/**
 * Floating-point arithmetic that knows whether it was exact: functions of the module that the float semantics calls.
 *
 * Each gets finite or infinite numbers or NaNs as doubles and gives the result rounded to nearest even, and raises NX in
 * fcsr when that is inexact. It gives NaN, and raises nothing, for all that it leaves to the reference: NaNs, infinities,
 * overflow and underflow, and numbers so large or small that the error of an operation has no double of its own.
 *
 * The errors come from the error-free transformations of Dekker, Knuth and Veltkamp (Handbook of Floating-Point
 * Arithmetic, chapter 4); the fused ones are those of Boldo and Melquiond ("Emulation of FMA and correctly rounded
 * sums", 2008), which round to odd in between. Singles are exact in doubles, and so are their products.
 */
import { type Code, f32, f64, get, i32, i64, type Local, select, set, when } from "./code.ts";
import { STATE } from "./layout.ts";
import type { WasmFunctionSource } from "./module.ts";

const NX = 1;
const RETURN = 0x0f;
const INFINITY = f64.const(Number.POSITIVE_INFINITY);
const ZERO = f64.const(0);
const RARE: Code = [f64.const(Number.NaN), RETURN];
/** Between these, a product and its error are normal numbers. */
const LARGE = f64.const(2 ** 990);
const SMALL = f64.const(2 ** -950);

interface Precision {
  /** Below this results may underflow. */
  readonly leastNormal: Code;
  readonly narrow: (value: Code) => Code;
}

const double: Precision = { leastNormal: f64.const(2 ** -1022), narrow: (value) => value };
const single: Precision = { leastNormal: f64.const(2 ** -126), narrow: (value) => f64.promote(f32.demote(value)) };

class Variables {
  readonly all: Local[] = [];
  readonly parameters: number;

  constructor(parameters: number) {
    this.parameters = parameters;
    for (let i = 0; i < parameters; i++) this.make();
  }

  make(): Local {
    const made: Local = { index: this.all.length, type: "f64" };
    this.all.push(made);
    return made;
  }
}

function define(parameters: number, body: (v: Variables, ...values: Local[]) => Code): WasmFunctionSource {
  const v = new Variables(parameters);
  const code = body(v, ...v.all);
  return {
    parameters: v.all.slice(0, parameters).map(() => "f64"),
    results: ["f64"],
    locals: v.all.slice(parameters),
    body: code,
  };
}

const raiseInexact = (when_: Code): Code =>
  when(when_, i32.store(i32.const(0), i32.or(i32.load(i32.const(0), STATE.fcsr), i32.const(NX)), STATE.fcsr));
const unless = (condition: Code, then: Code): Code => when(i32.eqz(condition), then);
const magnitudeBelow = (value: Local, bound: Code): Code => f64.lt(f64.abs(get(value)), bound);
const magnitudeAbove = (value: Local, bound: Code): Code => f64.gt(f64.abs(get(value)), bound);
const all = (...conditions: Code[]): Code => conditions.reduce((a, b) => i32.and(a, b));
const any = (...conditions: Code[]): Code => conditions.reduce((a, b) => i32.or(a, b));
const isZero = (value: Local): Code => f64.eq(get(value), ZERO);

/** sum = a + b rounded, error = what that lost; exact unless the sum overflows. */
function twoSum(v: Variables, sum: Local, error: Local, a: Local, b: Local): Code {
  const part = v.make();
  return [
    set(sum, f64.add(get(a), get(b))),
    set(part, f64.sub(get(sum), get(a))),
    set(error, f64.add(f64.sub(get(a), f64.sub(get(sum), get(part))), f64.sub(get(b), get(part)))),
  ];
}

/** high + low = a, with at most 26 bits each. */
function split(v: Variables, high: Local, low: Local, a: Local): Code {
  const scaled = v.make();
  return [
    set(scaled, f64.mul(get(a), f64.const(2 ** 27 + 1))),
    set(high, f64.sub(get(scaled), f64.sub(get(scaled), get(a)))),
    set(low, f64.sub(get(a), get(high))),
  ];
}

/** product = a * b rounded, error = what that lost; exact for operands below LARGE and products above SMALL, or 0. */
function twoProduct(v: Variables, product: Local, error: Local, a: Local, b: Local): Code {
  const [ah, al, bh, bl] = [v.make(), v.make(), v.make(), v.make()];
  const first = f64.sub(f64.mul(get(ah), get(bh)), get(product));
  const second = f64.add(f64.add(first, f64.mul(get(ah), get(bl))), f64.mul(get(al), get(bh)));
  return [
    set(product, f64.mul(get(a), get(b))),
    split(v, ah, al, a),
    split(v, bh, bl, b),
    set(error, f64.add(second, f64.mul(get(al), get(bl)))),
  ];
}

/** `sum` to the neighbour with an odd significand on the side of `error`, unless it is exact or odd. */
function roundToOdd(sum: Local, error: Local): Code {
  const bits = i64.reinterpretF64(get(sum));
  const outwards = i64.geS(i64.xor(bits, i64.reinterpretF64(get(error))), i64.const(0));
  const moved = i64.add(bits, select(i64.const(1), i64.const(-1), outwards));
  return when(
    all(f64.ne(get(error), ZERO), i32.eqz(i32.wrap(i64.and(bits, i64.const(1))))),
    set(sum, f64.reinterpretI64(moved)),
  );
}

function add({ narrow }: Precision): WasmFunctionSource {
  return define(2, (v, a, b) => {
    const [sum, error, result] = [v.make(), v.make(), v.make()];
    return [
      twoSum(v, sum!, error!, a!, b!),
      set(result!, narrow(get(sum!))),
      // A NaN as error, too: the sum is near the overflow.
      unless(all(magnitudeBelow(result!, INFINITY), f64.eq(get(error!), get(error!))), RARE),
      raiseInexact(any(f64.ne(get(error!), ZERO), f64.ne(get(result!), get(sum!)))),
      get(result!),
    ];
  });
}

function multiply({ leastNormal, narrow }: Precision): WasmFunctionSource {
  return define(2, (v, a, b) => {
    const [product, error, result] = [v.make(), v.make(), v.make()];
    return [
      twoProduct(v, product!, error!, a!, b!),
      set(result!, narrow(get(product!))),
      when(all(any(isZero(a!), isZero(b!)), isZero(result!)), [get(result!), RETURN]),
      unless(
        all(
          magnitudeAbove(result!, leastNormal),
          magnitudeBelow(result!, INFINITY),
          magnitudeAbove(product!, SMALL),
          magnitudeBelow(a!, LARGE),
          magnitudeBelow(b!, LARGE),
        ),
        RARE,
      ),
      raiseInexact(any(f64.ne(get(error!), ZERO), f64.ne(get(result!), get(product!)))),
      get(result!),
    ];
  });
}

/** Exact if the quotient times the divisor is the dividend, without an error. */
function divide({ leastNormal }: Precision, operation: (a: Code, b: Code) => Code): WasmFunctionSource {
  return define(2, (v, a, b) => {
    const [quotient, product, error] = [v.make(), v.make(), v.make()];
    return [
      set(quotient!, operation(get(a!), get(b!))),
      when(all(isZero(a!), isZero(quotient!)), [get(quotient!), RETURN]),
      unless(
        all(
          magnitudeAbove(quotient!, leastNormal),
          magnitudeBelow(quotient!, LARGE),
          magnitudeBelow(b!, LARGE),
          magnitudeAbove(a!, SMALL),
          magnitudeBelow(a!, INFINITY),
        ),
        RARE,
      ),
      twoProduct(v, product!, error!, quotient!, b!),
      raiseInexact(any(f64.ne(get(error!), ZERO), f64.ne(get(product!), get(a!)))),
      get(quotient!),
    ];
  });
}

/** The second parameter is not used: all functions of two have one shape. */
function squareRoot(operation: (a: Code) => Code): WasmFunctionSource {
  return define(2, (v, a) => {
    const [root, square, error] = [v.make(), v.make(), v.make()];
    return [
      when(isZero(a!), [get(a!), RETURN]),
      unless(all(f64.gt(get(a!), SMALL), magnitudeBelow(a!, LARGE)), RARE),
      set(root!, operation(get(a!))),
      twoProduct(v, square!, error!, root!, root!),
      raiseInexact(any(f64.ne(get(error!), ZERO), f64.ne(get(square!), get(a!)))),
      get(root!),
    ];
  });
}

function fusedDouble(): WasmFunctionSource {
  return define(3, (v, a, b, c) => {
    const [product, productError, low, lowError, high, highError, odd, oddError, result, lost] = Array.from(
      { length: 10 },
      () => v.make(),
    ) as [Local, Local, Local, Local, Local, Local, Local, Local, Local, Local];
    return [
      twoProduct(v, product, productError, a!, b!),
      unless(
        all(
          magnitudeAbove(product, SMALL),
          magnitudeBelow(product, LARGE),
          magnitudeBelow(a!, LARGE),
          magnitudeBelow(b!, LARGE),
          magnitudeBelow(c!, LARGE),
        ),
        RARE,
      ),
      twoSum(v, low, lowError, c!, productError),
      twoSum(v, high, highError, product, low),
      twoSum(v, odd, oddError, lowError, highError),
      roundToOdd(odd, oddError),
      twoSum(v, result, lost, high, odd),
      unless(any(magnitudeAbove(result, double.leastNormal), isZero(result)), RARE),
      raiseInexact(any(f64.ne(get(oddError), ZERO), f64.ne(get(lost), ZERO))),
      get(result),
    ];
  });
}

function fusedSingle(): WasmFunctionSource {
  return define(3, (v, a, b, c) => {
    const [product, sum, error, result] = [v.make(), v.make(), v.make(), v.make()] as const;
    return [
      set(product, f64.mul(get(a!), get(b!))),
      twoSum(v, sum, error, product, c!),
      roundToOdd(sum, error),
      set(result, single.narrow(get(sum))),
      unless(all(any(magnitudeAbove(result, single.leastNormal), isZero(sum)), magnitudeBelow(result, INFINITY)), RARE),
      raiseInexact(any(f64.ne(get(error), ZERO), f64.ne(get(result), get(sum)))),
      get(result),
    ];
  });
}

const narrowed =
  (operation: (a: Code, b: Code) => Code) =>
  (a: Code, b: Code): Code =>
    f64.promote(operation(f32.demote(a), f32.demote(b)));

// biome-ignore format: table
const makers = {
  "add.d":  () => add(double),
  "add.s":  () => add(single),
  "mul.d":  () => multiply(double),
  "mul.s":  () => multiply(single),
  "div.d":  () => divide(double, f64.div),
  "div.s":  () => divide(single, narrowed(f32.div)),
  "sqrt.d": () => squareRoot(f64.sqrt),
  "sqrt.s": () => squareRoot((a) => f64.promote(f32.sqrt(f32.demote(a)))),
  "fma.d":  fusedDouble,
  "fma.s":  fusedSingle,
} as const;

/** In the order of their places in the module. */
export function makeFloatFunctions(): readonly WasmFunctionSource[] {
  return Object.values(makers).map((make) => make());
}

/** The place of a function, named with its precision, among them. */
export function floatFunctionNumber(name: string): number {
  return Object.keys(makers).indexOf(name);
}
