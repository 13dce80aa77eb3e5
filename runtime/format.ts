/**
 * The printf family: compiles a format string once into a function.
 *
 * Conversions are C's for integers of 64 bits (`h l ll L` say nothing new), with the language's own additions: `%b`
 * binary, `%m` and `%M` memory, `%#c` and `%#s` escaped. The compiler has checked the format and the types of its
 * values. `*` takes a width or a precision from the values; a negative width means `-`, a negative precision none.
 */
import type { Value } from "../abi/module.ts";
import { assert, bug } from "../base/assert.ts";
import { fromBytes } from "../base/bytestring.ts";
import { escapeBytes } from "../base/escape.ts";
import { type Long, unsigned } from "../base/int64.ts";
import { limits } from "../base/limits.ts";
import { ScriptError } from "./errors.ts";

/** Reads memory for `%m` and `%M`; undefined for a fault or where there is no task. */
export type ReadForFormat = (address: Long, size: number) => Uint8Array | undefined;

export type Formatter = (...values: Value[]) => string;

export function compileFormat(format: string, readMemory: ReadForFormat): Formatter {
  const pieces = parseFormat(format);
  const takesMore = pieces.some(
    (piece) => typeof piece !== "string" && (piece.width === "*" || piece.precision === "*"),
  );
  return takesMore ? interpreted(format, pieces, readMemory) : generated(pieces, readMemory);
}

/** Each value goes to one conversion: `(a0, a1) => "" + a0 + ": " + convert[1](a1)`, so that V8 sees one expression. */
function generated(pieces: readonly (string | Conversion)[], readMemory: ReadForFormat): Formatter {
  const conversions = pieces.filter((piece) => typeof piece !== "string");
  const convert = conversions.map((conversion) => {
    const shape = { ...conversion, width: fixed(conversion.width), precision: fixed(conversion.precision) };
    return (value: Value): string => convertTo(shape, value, readMemory);
  });
  let next = 0;
  const parts = pieces.map((piece) => {
    if (typeof piece === "string") return JSON.stringify(piece);
    const n = next++;
    return isPlain(piece) ? `a${n}` : `c${n}(a${n})`;
  });
  const names = convert.map((_, n) => `c${n}`);
  const body = `return (${convert.map((_, n) => `a${n}`).join(", ")}) => ${['""', ...parts].join(" + ")};`;
  return new Function(...names, body)(...convert) as Formatter;
}

/** `%d` of a number and `%s` of a string are what JavaScript makes of them. */
function isPlain({ letter, plus, space, alternate, width, precision }: Conversion): boolean {
  return "dis".includes(letter) && !plus && !space && !alternate && width === undefined && precision === undefined;
}

function fixed(amount: number | "*" | undefined): number | undefined {
  return amount === "*" ? bug("runtime/format", "a width that comes from a value") : amount;
}

/** Some widths or precisions are values. */
function interpreted(format: string, pieces: readonly (string | Conversion)[], readMemory: ReadForFormat): Formatter {
  return (...values) => {
    let text = "";
    let next = 0;
    const take = (): Value => values[next++] ?? bug("runtime/format", `too few values for ${JSON.stringify(format)}`);
    for (const piece of pieces) {
      text += typeof piece === "string" ? piece : convertTo(resolve(piece, take), take(), readMemory);
    }
    return text;
  };
}

/** What the conversions of a format take, in order; for formats that no compiler has checked. */
export function typesOfFormat(format: string): readonly ("long" | "string")[] {
  return parseFormat(format).flatMap((piece): ("long" | "string")[] => {
    if (typeof piece === "string") return [];
    const stars = [piece.width, piece.precision].filter((size) => size === "*").map(() => "long" as const);
    return [...stars, piece.letter === "s" ? "string" : "long"];
  });
}

interface Conversion {
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

const CONVERSION = /%([-+ #0]*)(\d+|\*)?(?:\.(\d+|\*)?)?(?:hh|h|ll|l|L)?([diuxXopscbmM%])/y;

function parseFormat(format: string): readonly (string | Conversion)[] {
  const pieces: (string | Conversion)[] = [];
  for (let at = 0; at < format.length; ) {
    const percent = format.indexOf("%", at);
    if (percent !== at) {
      const end = percent < 0 ? format.length : percent;
      pieces.push(format.slice(at, end));
      at = end;
      continue;
    }
    CONVERSION.lastIndex = at;
    const match = CONVERSION.exec(format);
    assert(match, "runtime/format", `malformed format ${JSON.stringify(format)}`);
    const [whole, flags = "", width, precision, letter = ""] = match;
    const dot = whole.includes(".");
    at += whole.length;
    if (letter === "%") {
      pieces.push("%");
      continue;
    }
    pieces.push({
      letter,
      left: flags.includes("-"),
      plus: flags.includes("+"),
      space: flags.includes(" "),
      alternate: flags.includes("#"),
      zero: flags.includes("0"),
      width: amount(width),
      precision: dot ? (amount(precision) ?? 0) : undefined,
    });
  }
  return pieces;
}

function amount(text: string | undefined): number | "*" | undefined {
  if (text === undefined || text === "*") return text;
  return Math.min(Number(text), limits.maxFormatWidth);
}

function convertTo(shape: Shape, value: Value, readMemory: ReadForFormat): string {
  switch (shape.letter) {
    case "s": {
      const text = String(value);
      const shown = shape.alternate ? escapeBytes(text) : text;
      return pad(shape.precision === undefined ? shown : shown.slice(0, shape.precision), shape);
    }
    case "c": {
      const text = String.fromCharCode(Number(unsigned(value as Long) & 0xffn));
      return pad(shape.alternate ? escapeBytes(text) : text, shape);
    }
    case "b":
      return binary(value as Long, shape.width);
    case "m":
    case "M":
      return pad(dump(value as Long, shape, readMemory), shape);
    default:
      return integer(value as Long, shape);
  }
}

/** Takes the values of `*`, width first. */
function resolve(conversion: Conversion, take: () => Value): Shape {
  let { width, precision, left } = conversion;
  if (width === "*") {
    width = starValue(take());
    if (width < 0) {
      left = true;
      width = -width;
    }
  }
  if (precision === "*") {
    precision = starValue(take());
    if (precision < 0) precision = undefined;
  }
  return { ...conversion, left, width, precision };
}

function starValue(value: Value): number {
  return Math.max(-limits.maxFormatWidth, Math.min(Number(value), limits.maxFormatWidth));
}

function integer(value: Long, shape: Shape): string {
  const { letter } = shape;
  let digits: string;
  let prefix = "";
  if (letter === "d" || letter === "i") {
    digits = value < 0 ? String(-value) : String(value);
    prefix = value < 0 ? "-" : shape.plus ? "+" : shape.space ? " " : "";
  } else {
    const bits = value >= 0 ? value : unsigned(value);
    digits = bits.toString(letter === "u" ? 10 : letter === "o" ? 8 : 16);
    if (letter === "X") digits = digits.toUpperCase();
    // Unlike C's, the prefix of 0 is there: `%p` and `%#x` print 0x0.
    if (letter === "p" || (letter === "x" && shape.alternate)) prefix = "0x";
    else if (letter === "X" && shape.alternate) prefix = "0X";
  }
  if (shape.precision === 0 && value === 0 && letter !== "p") digits = "";
  if (shape.precision !== undefined) digits = digits.padStart(shape.precision, "0");
  if (letter === "o" && shape.alternate && !digits.startsWith("0")) digits = `0${digits}`;
  if (shape.zero && !shape.left && shape.precision === undefined) {
    digits = digits.padStart((shape.width ?? 0) - prefix.length, "0");
  }
  return pad(prefix + digits, shape);
}

function pad(text: string, shape: Shape): string {
  const width = shape.width ?? 0;
  return shape.left ? text.padEnd(width) : text.padStart(width);
}

/** The low bytes of a number as they lie in memory: little-endian, as on every machine utap knows. */
function binary(value: Long, width: number | undefined): string {
  const size = width !== undefined && width >= 1 && width <= 8 ? width : 8;
  let text = "";
  for (let i = 0n, bits = unsigned(value); i < size; i++)
    text += String.fromCharCode(Number((bits >> (i * 8n)) & 0xffn));
  return text;
}

/** `%m`: bytes of memory as they are; `%M`: as hex digits. The precision is the number of bytes. */
function dump(address: Long, shape: Shape, readMemory: ReadForFormat): string {
  const size = shape.precision ?? 1;
  if (size > limits.maxMemoryDump) throw new ScriptError(`too many bytes for a memory dump: ${size}`);
  const bytes = readMemory(address, size);
  if (!bytes)
    throw new ScriptError(`cannot read ${size} bytes at 0x${unsigned(address).toString(16)} for a memory dump`);
  if (shape.letter === "m") return fromBytes(bytes);
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
