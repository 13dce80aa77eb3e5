/** Strings: length, parts, search, replacement, quoting and conversion to numbers; tokenize() has tokenize.ts. */
import type { BuiltinTable } from "../abi/builtins.ts";
import { escapeBytes, quoteWithin } from "../base/escape.ts";
import { type Long, long } from "../base/int64.ts";

export const string = {
  isdigit: (_c, text: string) => (/^[0-9]/.test(text) ? 1 : 0),
  isinstr: (_c, text: string, part: string) => (text.includes(part) ? 1 : 0),
  str_replace: (c, text: string, search: string, replacement: string) =>
    search === "" ? text : replaceAll(text, search, replacement, c.maxString - 1),
  string_quoted: (c, text: string) => quoteWithin(text, c.maxString - 1),
  stringat: (c, text: string, position: Long) => {
    const code = position >= 0 ? text.charCodeAt(Number(position)) : Number.NaN;
    return Number.isNaN(code) ? c.fail(`stringat: no character ${position} in a string of ${text.length}`) : code;
  },
  strlen: (_c, text: string) => text.length,
  strpos: (_c, text: string, part: string) => text.indexOf(part),
  strtol: (_c, text: string, base: Long) => strtol(text, base),
  substr: (_c, text: string, start: Long, length: Long) => {
    if (start < 0 || length <= 0 || start >= text.length) return "";
    const from = Number(start);
    return text.slice(from, from + Math.min(Number(length), text.length));
  },
  text_str: (c, text: string) => escapeWithin(text, c.maxString - 1),
  text_strn: (c, text: string, length: Long, quoted: Long) => {
    const longest = length <= 0 || length > c.maxString - 1 ? c.maxString - 1 : Number(length);
    return quoted !== 0 ? quoteWithin(text, longest) : escapeWithin(text, longest);
  },
} satisfies BuiltinTable;

/** Works no longer than it takes to fill a string. */
function replaceAll(text: string, search: string, replacement: string, longest: number): string {
  let made = "";
  let from = 0;
  while (made.length < longest) {
    const at = text.indexOf(search, from);
    if (at < 0) return (made + text.slice(from)).slice(0, longest);
    made += text.slice(from, at) + replacement;
    from = at + search.length;
  }
  return made.slice(0, longest);
}

/** Escaped, and cut between two characters. */
function escapeWithin(text: string, longest: number): string {
  const whole = escapeBytes(text);
  if (whole.length <= longest) return whole;
  let kept = "";
  for (const character of text) {
    const escaped = escapeBytes(character);
    if (kept.length + escaped.length > longest) break;
    kept += escaped;
  }
  return kept;
}

/** As strtol(3): base 0 goes by the prefix, what follows the number is ignored, no number is 0, too large is the largest. */
function strtol(text: string, base: Long): Long {
  let at = 0;
  while (isSpace(text.charCodeAt(at))) at++;
  const isNegative = text.charAt(at) === "-";
  if (isNegative || text.charAt(at) === "+") at++;
  const digits = text.slice(at);
  const radix = base !== 0 ? Number(base) : !digits.startsWith("0") ? 10 : HEX.test(digits) ? 16 : 8;
  if (radix < 2 || radix > 36 || digitOf(digits.charCodeAt(0)) >= radix) return 0;
  // It takes 0x before hexadecimal digits, and nothing else that is not a digit.
  const size = Number.parseInt(digits, radix);
  if (Number.isSafeInteger(size)) return isNegative ? 0 - size : size;
  const exact = Number.isNaN(size) ? 0n : exactly(digits, radix);
  return long(isNegative ? (-exact < -LONGEST - 1n ? -LONGEST - 1n : -exact) : exact > LONGEST ? LONGEST : exact);
}

const LONGEST = (1n << 63n) - 1n;
const HEX = /^0[xX][0-9a-fA-F]/;

/** Beyond the longest number it may stop. */
function exactly(digits: string, radix: number): bigint {
  let value = 0n;
  for (let at = radix === 16 && HEX.test(digits) ? 2 : 0; value <= LONGEST; at++) {
    const digit = digitOf(digits.charCodeAt(at));
    if (digit >= radix) break;
    value = value * BigInt(radix) + BigInt(digit);
  }
  return value;
}

function isSpace(code: number): boolean {
  return code === 0x20 || (code >= 0x09 && code <= 0x0d);
}

function digitOf(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const letter = (code | 0x20) - 0x61;
  return letter >= 0 && letter < 26 ? 10 + letter : Number.POSITIVE_INFINITY;
}
