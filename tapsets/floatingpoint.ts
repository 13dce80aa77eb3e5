/**
 * Floating point: a long whose 64 bits are an IEEE double, which JavaScript computes with exactly as C does.
 *
 * NaN of any operation is the canonical one. Conversions to long round by the modes of the table and saturate; text
 * is exact, as of C's `%.*f` and strtod.
 */
import type { BuiltinHost, BuiltinTable } from "../abi/builtins.ts";
import { big, type Long, long } from "../base/int64.ts";

// biome-ignore format: table
export const floatingpoint = {
  fp32_to_fp64: (_c, bits: Long) => fromDouble(single(bits)),
  fp_add:       (_c, a: Long, b: Long) => fromDouble(toDouble(a) + toDouble(b)),
  fp_div:       (_c, a: Long, b: Long) => fromDouble(toDouble(a) / toDouble(b)),
  fp_eq:        (_c, a: Long, b: Long) => (toDouble(a) === toDouble(b) ? 1 : 0),
  fp_le:        (_c, a: Long, b: Long) => (toDouble(a) <= toDouble(b) ? 1 : 0),
  fp_lt:        (_c, a: Long, b: Long) => (toDouble(a) < toDouble(b) ? 1 : 0),
  fp_mul:       (_c, a: Long, b: Long) => fromDouble(toDouble(a) * toDouble(b)),
  fp_rem:       (_c, a: Long, b: Long) => fromDouble(remainder(toDouble(a), toDouble(b))),
  fp_sqrt:      (_c, a: Long) => fromDouble(Math.sqrt(toDouble(a))),
  fp_sub:       (_c, a: Long, b: Long) => fromDouble(toDouble(a) - toDouble(b)),
  fp_to_long:   (c, a: Long, mode: Long, _exact: Long) => toLong(c, toDouble(a), mode),
  fp_to_string: (c, a: Long, precision: Long) => decimal(toDouble(a), precision, c.maxString - 1),
  long_to_fp:   (_c, value: Long) => fromDouble(Number(value)),
  string_to_fp: (_c, text: string) => fromDouble(parse(text)),
} satisfies BuiltinTable;

const view = new DataView(new ArrayBuffer(8));
const CANONICAL_NAN = 0x7ff8_0000_0000_0000n;

function toDouble(bits: Long): number {
  view.setBigInt64(0, big(bits));
  return view.getFloat64(0);
}

function fromDouble(value: number): Long {
  if (Number.isNaN(value)) return long(CANONICAL_NAN);
  view.setFloat64(0, value);
  return long(view.getBigInt64(0));
}

function single(bits: Long): number {
  view.setUint32(0, Number(BigInt.asUintN(32, big(bits))));
  return view.getFloat32(0);
}

/** value = mantissa · 2^exponent, exactly; of finite values. */
function parts(value: number): { readonly mantissa: bigint; readonly exponent: number } {
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  const biased = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & 0xf_ffff_ffff_ffffn;
  const magnitude = biased === 0 ? fraction : fraction | (1n << 52n);
  return { mantissa: bits >> 63n ? -magnitude : magnitude, exponent: Math.max(biased, 1) - 1075 };
}

/** IEEE remainder: a - n·b with n the integer nearest to a/b, even when two are. JavaScript's % truncates. */
function remainder(a: number, b: number): number {
  if (!Number.isFinite(a) || Number.isNaN(b) || b === 0) return Number.NaN;
  if (!Number.isFinite(b) || a === 0) return a;
  const divisor = Math.abs(b);
  // The quotient's last bit tells which of two is even; 2·b overflows only where a < 2·b anyway.
  const twice = divisor * 2;
  let rest = Math.abs(Number.isFinite(twice) ? a % twice : a);
  let odd = false;
  if (rest >= divisor) {
    rest -= divisor;
    odd = true;
  }
  const other = divisor - rest;
  const result = rest > other || (rest === other && odd) ? -other : rest;
  return a < 0 ? -result : result;
}

/** Rounding modes by number: nearest even, toward zero, down, up, nearest away from zero. */
// biome-ignore format: table
const roundings: readonly ((value: number) => number)[] = [
  (value) => {
    const low = Math.floor(value);
    const above = value - low;
    return above < 0.5 || (above === 0.5 && low % 2 === 0) ? low : low + 1;
  },
  Math.trunc,
  Math.floor,
  Math.ceil,
  (value) => Math.sign(value) * (Math.abs(value) - Math.floor(Math.abs(value)) >= 0.5 ? Math.ceil(Math.abs(value)) : Math.floor(Math.abs(value))),
];

function toLong(c: BuiltinHost, value: number, mode: Long): Long {
  const round = roundings[Number(mode)] ?? c.fail(`fp_to_long: there is no rounding mode ${mode}`);
  if (Number.isNaN(value) || value >= 2 ** 63) return 0x7fff_ffff_ffff_ffffn;
  if (value < -(2 ** 63)) return -0x8000_0000_0000_0000n;
  return long(BigInt(round(value)));
}

/** The exact value with so many digits after the point, half to even. */
function decimal(value: number, precision: Long, longest: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value < 0 ? "-inf" : "inf";
  const digits = Math.max(0, Math.min(Number(precision), longest));
  const { mantissa, exponent } = parts(Math.abs(value));
  const scaled = mantissa * 10n ** BigInt(digits);
  const whole = exponent >= 0 ? scaled << BigInt(exponent) : halfEven(scaled, BigInt(-exponent));
  const text = whole.toString().padStart(digits + 1, "0");
  const sign = value < 0 || Object.is(value, -0) ? "-" : "";
  const point = text.length - digits;
  return (sign + text.slice(0, point) + (digits > 0 ? `.${text.slice(point)}` : "")).slice(0, longest);
}

/** value / 2^bits. */
function halfEven(value: bigint, bits: bigint): bigint {
  const low = value >> bits;
  const rest = value - (low << bits);
  const half = 1n << (bits - 1n);
  return rest > half || (rest === half && low & 1n) ? low + 1n : low;
}

/** The number that a text begins with, as strtod(3) of decimal numbers; 0 when there is none. */
function parse(text: string): number {
  const [, sign = "", digits = "", special = ""] =
    /^[ \t\n\v\f\r]*([-+]?)(?:((?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?)|(inf(?:inity)?|nan))?/i.exec(text) ??
    [];
  if (digits === "" && special === "") return 0;
  const value =
    special === "" ? Number(digits) : special.toLowerCase() === "nan" ? Number.NaN : Number.POSITIVE_INFINITY;
  return sign === "-" ? -value : value;
}
