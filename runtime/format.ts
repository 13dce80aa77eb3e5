/**
 * The printf family: compiles a format string once into a function.
 *
 * The compiler has checked the format and the types of its values. `*` takes a width or a precision from the values; a
 * negative width means `-`, a negative precision none. What a single conversion gives is `conversions.ts`.
 */
import type { Value } from "../abi/module.ts";
import { assert, bug } from "../base/assert.ts";
import { limits } from "../base/limits.ts";
import { type Conversion, converter, type ReadForFormat, type Shape } from "./conversions.ts";

export type { ReadForFormat } from "./conversions.ts";

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
    return converter(shape, readMemory);
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
      text += typeof piece === "string" ? piece : converter(resolve(piece, take), readMemory)(take());
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
