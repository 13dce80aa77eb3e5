/**
 * IEEE 754 arithmetic in bigints: exact, with every rounding mode and every exception flag.
 *
 * Used by the F and D instructions. Values are encodings (bigints of the format's width). An operation computes the
 * exact result as `sign * significand * 2^exponent`, with a sticky bit where it is infinite, and `round` makes it an
 * encoding. NaN results are the canonical NaN; underflow is detected after rounding, as the RISC-V manual says.
 * Flags are or-ed into `flags`; the caller moves them to fcsr.
 */

/** fflags. */
export const NX = 1;
export const UF = 2;
export const OF = 4;
export const DZ = 8;
export const NV = 16;

/** frm. */
export const RNE = 0;
export const RTZ = 1;
export const RDN = 2;
export const RUP = 3;
export const RMM = 4;

export interface Format {
  readonly width: bigint;
  /** Bits of the fraction. */
  readonly fraction: bigint;
  readonly bias: bigint;
  /** The exponent field of infinities and NaNs. */
  readonly top: bigint;
  readonly signBit: bigint;
  readonly infinity: bigint;
  readonly canonicalNaN: bigint;
}

function format(width: bigint, fraction: bigint): Format {
  const exponentBits = width - fraction - 1n;
  const top = (1n << exponentBits) - 1n;
  return {
    width,
    fraction,
    top,
    bias: top >> 1n,
    signBit: 1n << (width - 1n),
    infinity: top << fraction,
    canonicalNaN: (top << fraction) | (1n << (fraction - 1n)),
  };
}

export const F32 = format(32n, 23n);
export const F64 = format(64n, 52n);

/** The exceptions of the last operations, until somebody clears them. */
export const status = { flags: 0 };

/** A number: `significand * 2^exponent`, negative by `sign`. */
interface Finite {
  readonly kind: "finite";
  readonly sign: boolean;
  readonly significand: bigint;
  readonly exponent: bigint;
}

type Value = Finite | { readonly kind: "infinity" | "quiet" | "signaling"; readonly sign: boolean };

export function add(fmt: Format, a: bigint, b: bigint, rm: number): bigint {
  return addValues(fmt, unpack(fmt, a), unpack(fmt, b), rm);
}

export function sub(fmt: Format, a: bigint, b: bigint, rm: number): bigint {
  const y = unpack(fmt, b);
  return addValues(fmt, unpack(fmt, a), { ...y, sign: !y.sign }, rm);
}

export function mul(fmt: Format, a: bigint, b: bigint, rm: number): bigint {
  const x = unpack(fmt, a);
  const y = unpack(fmt, b);
  if (isNan(x) || isNan(y)) return propagate(fmt, x, y);
  const sign = x.sign !== y.sign;
  if (x.kind === "finite" && y.kind === "finite") {
    return round(fmt, sign, x.significand * y.significand, x.exponent + y.exponent, rm);
  }
  return isZero(x) || isZero(y) ? invalid(fmt) : signed(fmt, sign, fmt.infinity);
}

export function div(fmt: Format, a: bigint, b: bigint, rm: number): bigint {
  const x = unpack(fmt, a);
  const y = unpack(fmt, b);
  if (isNan(x) || isNan(y)) return propagate(fmt, x, y);
  const sign = x.sign !== y.sign;
  if (x.kind !== "finite") return y.kind !== "finite" ? invalid(fmt) : signed(fmt, sign, fmt.infinity);
  if (y.kind !== "finite") return signed(fmt, sign, 0n);
  if (y.significand === 0n) {
    if (x.significand === 0n) return invalid(fmt);
    status.flags |= DZ;
    return signed(fmt, sign, fmt.infinity);
  }
  // Enough quotient bits for any pair of significands, subnormal ones too; the remainder is sticky.
  const shift = 2n * fmt.fraction + 6n;
  const numerator = x.significand << shift;
  const quotient = (numerator / y.significand) * 2n + (numerator % y.significand === 0n ? 0n : 1n);
  return round(fmt, sign, quotient, x.exponent - y.exponent - shift - 1n, rm);
}

export function sqrt(fmt: Format, a: bigint, rm: number): bigint {
  const x = unpack(fmt, a);
  if (isNan(x)) return propagate(fmt, x, x);
  if (isZero(x)) return a;
  if (x.sign) return invalid(fmt);
  if (x.kind !== "finite") return a;
  let shift = 2n * fmt.fraction + 8n;
  if ((x.exponent - shift) % 2n !== 0n) shift += 1n;
  const square = x.significand << shift;
  const root = integerSqrt(square);
  const sticky = root * root === square ? 0n : 1n;
  return round(fmt, false, root * 2n + sticky, (x.exponent - shift) / 2n - 1n, rm);
}

/** a * b + c, rounded once. `negateProduct` and `negateAddend` make the other three instructions. */
export function fma(
  fmt: Format,
  a: bigint,
  b: bigint,
  c: bigint,
  negateProduct: boolean,
  negateAddend: boolean,
  rm: number,
): bigint {
  const x = unpack(fmt, a);
  const y = unpack(fmt, b);
  const z = unpack(fmt, c);
  const undefinedProduct = (x.kind === "infinity" && isZero(y)) || (isZero(x) && y.kind === "infinity");
  // Infinity times zero is invalid even when the addend is a quiet NaN.
  if (undefinedProduct) return invalid(fmt);
  if (isNan(x) || isNan(y) || isNan(z)) {
    if (z.kind === "signaling") status.flags |= NV;
    return propagate(fmt, x, y);
  }
  const sign = (x.sign !== y.sign) !== negateProduct;
  const addend = { ...z, sign: z.sign !== negateAddend };
  const product: Value =
    x.kind === "finite" && y.kind === "finite"
      ? { kind: "finite", sign, significand: x.significand * y.significand, exponent: x.exponent + y.exponent }
      : { kind: "infinity", sign };
  return addValues(fmt, product, addend, rm);
}

/** fmin (`wantMax` false) and fmax: -0 is below +0, and a NaN gives way to a number. */
export function minMax(fmt: Format, a: bigint, b: bigint, wantMax: boolean): bigint {
  const x = unpack(fmt, a);
  const y = unpack(fmt, b);
  if (x.kind === "signaling" || y.kind === "signaling") status.flags |= NV;
  if (isNan(x)) return isNan(y) ? fmt.canonicalNaN : b;
  if (isNan(y)) return a;
  const aBelow = isZero(x) && isZero(y) ? x.sign : order(fmt, a) < order(fmt, b);
  return aBelow !== wantMax ? a : b;
}

/** -1, 0, 1, or undefined when unordered. A quiet NaN is invalid only when `signalQuiet`. */
export function compare(fmt: Format, a: bigint, b: bigint, signalQuiet: boolean): number | undefined {
  const x = unpack(fmt, a);
  const y = unpack(fmt, b);
  if (isNan(x) || isNan(y)) {
    if (signalQuiet || x.kind === "signaling" || y.kind === "signaling") status.flags |= NV;
    return undefined;
  }
  if (isZero(x) && isZero(y)) return 0;
  const difference = order(fmt, a) - order(fmt, b);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** fclass: one bit of ten. */
export function classify(fmt: Format, a: bigint): number {
  const x = unpack(fmt, a);
  if (x.kind !== "finite") {
    if (x.kind === "infinity") return x.sign ? 1 << 0 : 1 << 7;
    return x.kind === "signaling" ? 1 << 8 : 1 << 9;
  }
  if (x.significand === 0n) return x.sign ? 1 << 3 : 1 << 4;
  const subnormal = x.significand >> fmt.fraction === 0n;
  if (subnormal) return x.sign ? 1 << 2 : 1 << 5;
  return x.sign ? 1 << 1 : 1 << 6;
}

/** Between the formats. */
export function convert(from: Format, to: Format, a: bigint, rm: number): bigint {
  const x = unpack(from, a);
  if (isNan(x)) return propagate(to, x, x);
  return x.kind === "finite" ? round(to, x.sign, x.significand, x.exponent, rm) : signed(to, x.sign, to.infinity);
}

export function fromInteger(fmt: Format, value: bigint, rm: number): bigint {
  return round(fmt, value < 0n, value < 0n ? -value : value, 0n, rm);
}

/** To an integer in [low, high]; what does not fit is invalid and becomes the nearer end, a NaN `high`. */
export function toInteger(fmt: Format, a: bigint, low: bigint, high: bigint, rm: number): bigint {
  const x = unpack(fmt, a);
  if (x.kind !== "finite") {
    status.flags |= NV;
    return x.kind === "infinity" && x.sign ? low : high;
  }
  // Larger than any integer register: no need to shift that far.
  const huge = x.significand !== 0n && x.exponent > 64n;
  const { value, inexact } = huge
    ? { value: high + 1n - low, inexact: false }
    : roundToInteger(x.sign, x.significand, x.exponent, rm);
  const result = x.sign ? -value : value;
  if (result < low || result > high) {
    status.flags |= NV;
    return x.sign ? low : high;
  }
  if (inexact) status.flags |= NX;
  return result;
}

function unpack(fmt: Format, a: bigint): Value {
  const sign = (a & fmt.signBit) !== 0n;
  const field = (a >> fmt.fraction) & fmt.top;
  const fraction = a & ((1n << fmt.fraction) - 1n);
  if (field === fmt.top) {
    if (fraction === 0n) return { kind: "infinity", sign };
    return { kind: (fraction >> (fmt.fraction - 1n)) & 1n ? "quiet" : "signaling", sign };
  }
  const significand = field === 0n ? fraction : fraction | (1n << fmt.fraction);
  return { kind: "finite", sign, significand, exponent: (field === 0n ? 1n : field) - fmt.bias - fmt.fraction };
}

function isNan(x: Value): boolean {
  return x.kind === "quiet" || x.kind === "signaling";
}

function isZero(x: Value): boolean {
  return x.kind === "finite" && x.significand === 0n;
}

/** A key that sorts numbers (no NaNs) as they compare. */
function order(fmt: Format, a: bigint): bigint {
  return (a & fmt.signBit) !== 0n ? -(a ^ fmt.signBit) : a;
}

function invalid(fmt: Format): bigint {
  status.flags |= NV;
  return fmt.canonicalNaN;
}

function propagate(fmt: Format, x: Value, y: Value): bigint {
  return x.kind === "signaling" || y.kind === "signaling" ? invalid(fmt) : fmt.canonicalNaN;
}

function signed(fmt: Format, sign: boolean, magnitude: bigint): bigint {
  return sign ? magnitude | fmt.signBit : magnitude;
}

function addValues(fmt: Format, x: Value, y: Value, rm: number): bigint {
  if (isNan(x) || isNan(y)) return propagate(fmt, x, y);
  if (x.kind !== "finite") {
    return y.kind !== "finite" && x.sign !== y.sign ? invalid(fmt) : signed(fmt, x.sign, fmt.infinity);
  }
  if (y.kind !== "finite") return signed(fmt, y.sign, fmt.infinity);
  const exponent = x.exponent < y.exponent ? x.exponent : y.exponent;
  const a = x.significand << (x.exponent - exponent);
  const b = y.significand << (y.exponent - exponent);
  const sum = (x.sign ? -a : a) + (y.sign ? -b : b);
  // An exact zero from unlike signs is positive, but for rounding down.
  if (sum === 0n) return signed(fmt, x.sign === y.sign ? x.sign : rm === RDN, 0n);
  return round(fmt, sum < 0n, sum < 0n ? -sum : sum, exponent, rm);
}

/** The encoding nearest to a number by the rounding mode; raises NX, UF and OF. */
function round(fmt: Format, sign: boolean, significand: bigint, exponent: bigint, rm: number): bigint {
  if (significand === 0n) return signed(fmt, sign, 0n);
  const length = BigInt(significand.toString(2).length);
  // Exponent of the last bit kept: of a normal number, but not below the subnormals'.
  const normalUnit = exponent + length - 1n - fmt.fraction;
  const lowestUnit = 1n - fmt.bias - fmt.fraction;
  const unit = normalUnit < lowestUnit ? lowestUnit : normalUnit;
  const { value, inexact } = roundToInteger(sign, significand, exponent - unit, rm);
  if (inexact) {
    status.flags |= NX;
    if (normalUnit < lowestUnit && isTiny(fmt, sign, significand, exponent - normalUnit, normalUnit, rm)) {
      status.flags |= UF;
    }
  }
  // A carry out of the fraction goes into the exponent field by itself.
  const hidden = value >> fmt.fraction === 0n ? 0n : unit - lowestUnit;
  const encoded = (hidden << fmt.fraction) + value;
  if (encoded < fmt.infinity) return signed(fmt, sign, encoded);
  status.flags |= OF | NX;
  const toInfinity = rm === RNE || rm === RMM || (rm === RUP && !sign) || (rm === RDN && sign);
  return signed(fmt, sign, toInfinity ? fmt.infinity : fmt.infinity - 1n);
}

/** Tininess after rounding: as if the exponent had no lower bound, is the result still below the least normal? */
function isTiny(fmt: Format, sign: boolean, significand: bigint, shift: bigint, unit: bigint, rm: number): boolean {
  const { value } = roundToInteger(sign, significand, shift, rm);
  const carried = value >> (fmt.fraction + 1n) !== 0n;
  return unit + (carried ? 1n : 0n) < 1n - fmt.bias - fmt.fraction;
}

/** significand * 2^shift to an integer. */
function roundToInteger(
  sign: boolean,
  significand: bigint,
  shift: bigint,
  rm: number,
): { readonly value: bigint; readonly inexact: boolean } {
  if (shift >= 0n) return { value: significand << shift, inexact: false };
  const value = significand >> -shift;
  const rest = significand - (value << -shift);
  if (rest === 0n) return { value, inexact: false };
  const half = 1n << (-shift - 1n);
  const up =
    rm === RNE
      ? rest > half || (rest === half && (value & 1n) === 1n)
      : rm === RMM
        ? rest >= half
        : rm === RUP
          ? !sign
          : rm === RDN && sign;
  return { value: up ? value + 1n : value, inexact: true };
}

/** The integer part of the square root, by Newton's method from above. */
function integerSqrt(n: bigint): bigint {
  let x = 1n << BigInt((n.toString(2).length + 1) >> 1);
  for (;;) {
    const y = (x + n / x) >> 1n;
    if (y >= x) return x;
    x = y;
  }
}
