/**
 * `Long`: the language's signed 64-bit integer.
 *
 * A `Long` is a JS number while it is a safe integer (|n| < 2^53), else a bigint; never both forms for one value,
 * never -0, NaN or a fraction. So `===` compares values, `<` works across forms, and a Long can be a Map key.
 * Every operation wraps exactly as two's complement. The first lines of each function are the fast path that
 * V8 inlines; leaving it costs a bigint operation. Compiled scripts and the runtime call these; measured in `bench/`.
 */
export type Long = number | bigint;

const MAX = Number.MAX_SAFE_INTEGER;

/** Normalises any bigint: wraps to 64 bits, and to a number where it is safe. */
export function long(value: bigint): Long {
  const wrapped = BigInt.asIntN(64, value);
  return wrapped >= -9007199254740991n && wrapped <= 9007199254740991n ? Number(wrapped) : wrapped;
}

/** A Long as a bigint. */
export function big(value: Long): bigint {
  return typeof value === "bigint" ? value : BigInt(value);
}

/** A Long as an unsigned 64-bit bigint. */
export function unsigned(value: Long): bigint {
  return BigInt.asUintN(64, big(value));
}

export function add(a: Long, b: Long): Long {
  if (typeof a === "number" && typeof b === "number") {
    const r = a + b;
    if (r <= MAX && r >= -MAX) return r;
  }
  return long(big(a) + big(b));
}

export function sub(a: Long, b: Long): Long {
  if (typeof a === "number" && typeof b === "number") {
    const r = a - b;
    if (r <= MAX && r >= -MAX) return r;
  }
  return long(big(a) - big(b));
}

export function mul(a: Long, b: Long): Long {
  if (typeof a === "number" && typeof b === "number") {
    const r = a * b;
    if (r <= MAX && r >= -MAX) return r + 0; // -0 becomes 0
  }
  return long(big(a) * big(b));
}

/**
 * Quotient truncated toward zero; the caller has checked that `b` is not 0. The rounding of `a / b` reaches no integer
 * that it should not: the nearest above is 1 / |b| away or more, half the last place of a / b is less (|a| < 2^53).
 */
export function div(a: Long, b: Long): Long {
  if (typeof a === "number" && typeof b === "number") return Math.trunc(a / b) + 0;
  return long(big(a) / big(b));
}

/** Remainder with the sign of `a`; the caller has checked that `b` is not 0. */
export function mod(a: Long, b: Long): Long {
  if (typeof a === "number" && typeof b === "number") return (a % b) + 0;
  return long(big(a) % big(b));
}

export function neg(a: Long): Long {
  return typeof a === "number" ? 0 - a : long(-a);
}

export function not(a: Long): Long {
  return typeof a === "number" ? (a === MAX ? long(~BigInt(a)) : -1 - a) : long(~a);
}

export function and(a: Long, b: Long): Long {
  if (typeof a === "number" && typeof b === "number" && a === (a | 0) && b === (b | 0)) return a & b;
  return long(big(a) & big(b));
}

export function or(a: Long, b: Long): Long {
  if (typeof a === "number" && typeof b === "number" && a === (a | 0) && b === (b | 0)) return a | b;
  return long(big(a) | big(b));
}

export function xor(a: Long, b: Long): Long {
  if (typeof a === "number" && typeof b === "number" && a === (a | 0) && b === (b | 0)) return a ^ b;
  return long(big(a) ^ big(b));
}

/** Shift counts are masked to 0..63, as the language says. */
function count(b: Long): number {
  return typeof b === "number" ? ((b % 64) + 64) % 64 : Number(b & 63n);
}

export function shl(a: Long, b: Long): Long {
  const n = count(b);
  if (typeof a === "number" && n < 32) {
    const r = a * 2 ** n;
    if (r <= MAX && r >= -MAX) return r;
  }
  return long(big(a) << BigInt(n));
}

/** `>>`: arithmetic. */
export function shr(a: Long, b: Long): Long {
  const n = count(b);
  return typeof a === "number" ? Math.floor(a / 2 ** n) : long(a >> BigInt(n));
}

/** `>>>`: logical on 64 bits. */
export function ushr(a: Long, b: Long): Long {
  const n = count(b);
  if (typeof a === "number" && a >= 0) return Math.floor(a / 2 ** n);
  return long(unsigned(a) >> BigInt(n));
}

/** Reads a decimal, 0x or 0 literal as the language does: wraps up to 2^64-1; undefined when malformed or larger. */
export function parseLong(text: string): Long | undefined {
  let value: bigint;
  if (/^0[xX][0-9a-fA-F]+$/.test(text)) value = BigInt(text);
  else if (/^0[0-7]+$/.test(text)) value = BigInt(`0o${text.slice(1)}`);
  else if (/^(0|[1-9][0-9]*)$/.test(text)) value = BigInt(text);
  else return undefined;
  return value <= 0xffff_ffff_ffff_ffffn ? long(value) : undefined;
}
