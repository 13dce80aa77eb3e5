/** Strings: length, parts, search and conversion to numbers. */
import type { BuiltinTable } from "../abi/builtins.ts";
import { type Long, long } from "../base/int64.ts";

export const string = {
  isinstr: (_c, text: string, part: string) => (text.includes(part) ? 1 : 0),
  strlen: (_c, text: string) => text.length,
  strtol: (_c, text: string, base: Long) => strtol(text, Number(base)),
  substr: (_c, text: string, start: Long, length: Long) => {
    const from = clamp(start, text.length);
    return text.slice(from, from + clamp(length, text.length - from));
  },
} satisfies BuiltinTable;

function clamp(value: Long, most: number): number {
  return Math.max(0, Math.min(Number(value), most));
}

/** As strtol(3): base 0 goes by the prefix, what follows the number is ignored, no number is 0. */
function strtol(text: string, base: number): Long {
  const form = /^[ \t\n\v\f\r]*([-+]?)(0[xX](?=[0-9a-fA-F]))?([0-9a-zA-Z]*)/.exec(text);
  const [, sign = "", prefix, digits = ""] = form ?? [];
  const hex = prefix !== undefined && (base === 0 || base === 16);
  const radix = base !== 0 ? base : hex ? 16 : digits.startsWith("0") ? 8 : 10;
  if (radix < 2 || radix > 36 || (prefix !== undefined && !hex && radix <= 33)) return 0;
  let value = 0n;
  for (const digit of prefix !== undefined && !hex ? `0x${digits}` : digits) {
    const n = Number.parseInt(digit, radix);
    if (Number.isNaN(n)) break;
    value = value * BigInt(radix) + BigInt(n);
  }
  return long(sign === "-" ? -value : value);
}
