/**
 * The printf family: compiles a format string once into a function.
 *
 * The compiler has checked the format and the types of its values. `*` takes a width or a precision from the values; a
 * negative width means `-`, a negative precision none. What a single conversion gives is `conversions.ts`.
 */
import type { Value } from "../abi/module.ts";
import { assert } from "../base/assert.ts";
import { limits } from "../base/limits.ts";
import { type Conversion, type Converter, converter, type ReadForFormat } from "./conversions.ts";

export type { ReadForFormat } from "./conversions.ts";

export type Formatter = (...values: Value[]) => string;

/** Each value goes to its conversion: `(a0, a1) => "" + a0 + ": " + c1(a1)`, so that V8 sees one expression. */
export function compileFormat(format: string, readMemory: ReadForFormat): Formatter {
  const converters: Converter[] = [];
  let values = 0;
  const take = (): string => `a${values++}`;
  const parts = parseFormat(format).map((piece) => {
    if (typeof piece === "string") return JSON.stringify(piece);
    if (isPlain(piece)) return take();
    const taken = Array.from(stars(piece), take);
    const name = `c${converters.push(converter(piece, readMemory)) - 1}`;
    return `${name}(${[...taken, take()].join(", ")})`;
  });
  const names = converters.map((_, n) => `c${n}`);
  const parameters = Array.from({ length: values }, (_, n) => `a${n}`);
  const body = `return (${parameters.join(", ")}) => ${['""', ...parts].join(" + ")};`;
  return new Function(...names, body)(...converters) as Formatter;
}

/** `%d` of a number and `%s` of a string are what JavaScript makes of them. */
function isPlain({ letter, plus, space, alternate, width, precision }: Conversion): boolean {
  return "dis".includes(letter) && !plus && !space && !alternate && width === undefined && precision === undefined;
}

function stars({ width, precision }: Conversion): readonly "*"[] {
  return [width, precision].filter((size) => size === "*");
}

/** What the conversions of a format take, in order; for formats that no compiler has checked. */
export function typesOfFormat(format: string): readonly ("long" | "string")[] {
  return parseFormat(format).flatMap((piece): ("long" | "string")[] => {
    if (typeof piece === "string") return [];
    return [...stars(piece).map(() => "long" as const), piece.letter === "s" ? "string" : "long"];
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
