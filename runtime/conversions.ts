/**
 * What one conversion of a printf format makes of its value.
 *
 * Conversions are C's for integers of 64 bits (`h l L` say nothing new), except that hexadecimal digits with `#`, and
 * so `%p`, always bear their prefix. The language's own are `%b` (bytes as they lie in memory), `%m` and `%M` (memory,
 * as many bytes as the precision says), `%#c` and `%#s` (escaped). Used by `format.ts`, once for each conversion.
 */
import type { Value } from "../abi/module.ts";
import { fromBytes } from "../base/bytestring.ts";
import { escapeBytes, escapeCharacter } from "../base/escape.ts";
import { type Long, unsigned } from "../base/int64.ts";
import { limits } from "../base/limits.ts";
import { ScriptError } from "./errors.ts";

/** Reads memory for `%m` and `%M`; undefined for a fault or where there is no task. */
export type ReadForFormat = (address: Long, size: number) => Uint8Array | undefined;

export interface Conversion {
  readonly letter: string;
  readonly left: boolean;
  readonly plus: boolean;
  readonly space: boolean;
  readonly alternate: boolean;
  readonly zero: boolean;
  readonly width: number | "*" | undefined;
  readonly precision: number | "*" | undefined;
}

/** The shape of a conversion once its `*` are known. */
interface Shape extends Conversion {
  readonly width: number | undefined;
  readonly precision: number | undefined;
}

/** Takes the values of `*`, width first, then the value to show. */
export type Converter = (...values: Value[]) => string;

export function converter(conversion: Conversion, readMemory: ReadForFormat): Converter {
  const { width, precision } = conversion;
  if (width !== "*" && precision !== "*") return fixedConverter({ ...conversion, width, precision }, readMemory);
  // One shape for all calls: a print is over before the next begins.
  const shape = { ...conversion, width: fixed(width), precision: fixed(precision) };
  const convert = precision === "*" ? sizedConverter(shape, readMemory) : fixedConverter(shape, readMemory);
  const setWidth = (value: Value): void => {
    const size = starSize(value);
    shape.left = conversion.left || size < 0;
    shape.width = Math.abs(size);
  };
  const setPrecision = (value: Value): void => {
    const size = starSize(value);
    shape.precision = size < 0 ? undefined : size;
  };
  if (width !== "*") {
    return (size, value) => {
      setPrecision(size!);
      return convert(value!);
    };
  }
  if (precision !== "*") {
    return (size, value) => {
      setWidth(size!);
      return convert(value!);
    };
  }
  return (first, second, value) => {
    setWidth(first!);
    setPrecision(second!);
    return convert(value!);
  };
}

function fixed(size: number | "*" | undefined): number | undefined {
  return size === "*" ? undefined : size;
}

function starSize(value: Value): number {
  const size = Number(value);
  return size < -limits.maxFormatWidth
    ? -limits.maxFormatWidth
    : size > limits.maxFormatWidth
      ? limits.maxFormatWidth
      : size;
}

/** The shape is read at each call. */
function sizedConverter(shape: Shape, readMemory: ReadForFormat): (value: Value) => string {
  const { letter, alternate } = shape;
  switch (letter) {
    case "s":
      return (value) => {
        const text = alternate ? escapeBytes(value as string) : (value as string);
        return pad(shape.precision === undefined ? text : text.slice(0, shape.precision), shape);
      };
    case "c": {
      const character = (_: unknown, byte: number): string => String.fromCharCode(byte);
      const shown = Array.from({ length: 256 }, character).map((one) => (alternate ? escapeCharacter(one) : one));
      return (value) => pad(shown[typeof value === "number" ? value & 0xff : Number(BigInt(value) & 0xffn)]!, shape);
    }
    case "b":
      return (value) => binary(value as Long, shape);
    case "m":
    case "M":
      return (value) => pad(dump(value as Long, shape, readMemory), shape);
    default:
      return (value) => integer(value as Long, shape);
  }
}

/** Digits of a base, and what stands before them where `#` asks for it. */
interface Base {
  readonly radix: number;
  readonly prefix: string;
}

// biome-ignore format: table
const bases: { readonly [letter: string]: Base } = {
  u: { radix: 10, prefix: "" },
  o: { radix: 8, prefix: "" }, // `#` adds a digit, see `integer`
  x: { radix: 16, prefix: "0x" },
  X: { radix: 16, prefix: "0X" },
  p: { radix: 16, prefix: "0x" },
};

/** The same with what is common done at once; only the width may change from call to call, and `-` with it. */
function fixedConverter(shape: Shape, readMemory: ReadForFormat): (value: Value) => string {
  const { letter, plus, space, precision, zero, left, alternate } = shape;
  if (precision === undefined && !alternate && !(zero && !left)) {
    if ((letter === "d" || letter === "i") && !plus && !space) return (value) => pad(String(value), shape);
    if (letter === "x" || letter === "u" || letter === "o") {
      const { radix } = bases[letter]!;
      return (value) => pad(digitsOf(value as Long, radix), shape);
    }
  }
  return sizedConverter(shape, readMemory);
}

function integer(value: Long, shape: Shape): string {
  const { letter, precision } = shape;
  const base = bases[letter];
  let digits: string;
  let prefix = "";
  if (base) {
    digits = digitsOf(value, base.radix);
    if (letter === "X") digits = digits.toUpperCase();
    if (shape.alternate || letter === "p") prefix = base.prefix;
  } else {
    digits = String(value < 0 ? -value : value);
    prefix = value < 0 ? "-" : shape.plus ? "+" : shape.space ? " " : "";
  }
  if (precision === 0 && value === 0 && letter !== "p") digits = "";
  if (precision !== undefined) digits = digits.padStart(precision, "0");
  if (letter === "o" && shape.alternate && !digits.startsWith("0")) digits = `0${digits}`;
  if (shape.zero && !shape.left && precision === undefined) {
    digits = digits.padStart((shape.width ?? 0) - prefix.length, "0");
  }
  return pad(prefix + digits, shape);
}

/** Of the 64 bits, without a sign. */
function digitsOf(value: Long, radix: number): string {
  return (value >= 0 ? value : unsigned(value)).toString(radix);
}

function pad(text: string, shape: Shape): string {
  const { width } = shape;
  if (width === undefined || text.length >= width) return text;
  return shape.left ? text.padEnd(width) : text.padStart(width);
}

/**
 * The low bytes of a number as they lie in memory: little-endian, as on every machine utap knows. The precision says
 * how many (1, 2, 4 or 8), or else the width; a width beyond that is filled with NULs.
 */
function binary(value: Long, { width, precision, left }: Shape): string {
  const size = binarySize(precision) ?? binarySize(width) ?? 8;
  const text = size === 8 ? bytesOf(lowWord(value), 4) + bytesOf(highWord(value), 4) : bytesOf(lowWord(value), size);
  return left ? text.padEnd(width ?? 0, "\0") : text.padStart(width ?? 0, "\0");
}

function lowWord(value: Long): number {
  return typeof value === "bigint" ? Number(BigInt.asIntN(32, value)) : value | 0;
}

function highWord(value: Long): number {
  return typeof value === "bigint" ? Number(BigInt.asIntN(32, value >> 32n)) : Math.floor(value / 2 ** 32) | 0;
}

function bytesOf(word: number, size: 1 | 2 | 4): string {
  if (size === 1) return String.fromCharCode(word & 0xff);
  if (size === 2) return String.fromCharCode(word & 0xff, (word >> 8) & 0xff);
  return String.fromCharCode(word & 0xff, (word >> 8) & 0xff, (word >> 16) & 0xff, (word >> 24) & 0xff);
}

function binarySize(size: number | undefined): 1 | 2 | 4 | 8 | undefined {
  return size === 1 || size === 2 || size === 4 || size === 8 ? size : undefined;
}

/** `%m`: bytes of memory as they are; `%M`: as hex digits. The precision is the number of bytes. */
function dump(address: Long, shape: Shape, readMemory: ReadForFormat): string {
  const size = shape.precision || 1;
  if (size > limits.maxMemoryDump)
    throw new ScriptError(`%m and %M show at most ${limits.maxMemoryDump} bytes, not ${size}`);
  const bytes = readMemory(address, size);
  if (!bytes) throw new ScriptError(`%m and %M cannot read ${size} bytes at 0x${unsigned(address).toString(16)}`);
  if (shape.letter === "m") return fromBytes(bytes);
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
