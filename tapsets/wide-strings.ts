/**
 * Strings of user memory in UTF-16 and UTF-32 of the machine's byte order, which scripts get as UTF-8.
 *
 * They end at a unit of 0 or where a string of the language is full; a character is never cut. Memory that cannot be
 * read and units that are no text are an error of the script, unless the call gives the text to use instead; the
 * quoted forms show the address.
 */
import type { BuiltinHost, BuiltinTable } from "../abi/builtins.ts";
import { fromText } from "../base/bytestring.ts";
import { quoteWithin } from "../base/escape.ts";
import { add, type Long } from "../base/int64.ts";
import { hex } from "./uconversions.ts";

type Unit = 2 | 4;

export const wideStrings = {
  user_string2_utf16: (c, address: Long, otherwise: string) => string(c, address, 2, otherwise),
  user_string2_utf32: (c, address: Long, otherwise: string) => string(c, address, 4, otherwise),
  user_string_quoted_utf16: (c, address: Long) => quoted(c, address, 2),
  user_string_quoted_utf32: (c, address: Long) => quoted(c, address, 4),
  user_string_utf16: (c, address: Long, otherwise?: string) => string(c, address, 2, otherwise),
  user_string_utf32: (c, address: Long, otherwise?: string) => string(c, address, 4, otherwise),
} satisfies BuiltinTable;

function string(c: BuiltinHost, address: Long, unit: Unit, otherwise: string | undefined): string {
  return (
    read(c, address, unit, c.maxString - 1) ??
    otherwise ??
    c.fail(`cannot read a user string in UTF-${8 * unit}: no memory, or no text, at ${hex(address)}`)
  );
}

function quoted(c: BuiltinHost, address: Long, unit: Unit): string {
  const text = read(c, address, unit, c.maxString);
  return text === undefined ? hex(address) : quoteWithin(text, c.maxString - 1);
}

function read(c: BuiltinHost, address: Long, unit: Unit, longest: number): string | undefined {
  let text = "";
  for (let at = address; text.length < longest; at = add(at, unit)) {
    let code = readUnit(c, at, unit);
    if (code === 0) return text;
    if (unit === 2 && code !== undefined && code >= 0xd800 && code < 0xdc00) {
      at = add(at, unit);
      const low = readUnit(c, at, unit);
      if (low === undefined || low < 0xdc00 || low > 0xdfff) return undefined;
      code = 0x10000 + (code - 0xd800) * 0x400 + (low - 0xdc00);
    }
    if (code === undefined || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return undefined;
    const character = fromText(String.fromCodePoint(code));
    if (text.length + character.length > longest) return text;
    text += character;
  }
  return text;
}

function readUnit(c: BuiltinHost, address: Long, unit: Unit): number | undefined {
  const bytes = c.readMemory(address, unit);
  if (!bytes) return undefined;
  return bytes.reduceRight((high, byte) => high * 256 + byte, 0);
}
