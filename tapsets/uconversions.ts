/**
 * User memory as numbers and strings.
 *
 * Numbers that cannot be read are 0. A string that cannot be read is an error of the script, unless the call gives
 * the text to use instead; `user_string_quoted` shows the address.
 */
import type { BuiltinHost, BuiltinTable } from "../abi/builtins.ts";
import { quoteWithin } from "../base/escape.ts";
import { type Long, long, unsigned } from "../base/int64.ts";

export const uconversions = {
  user_char: (c, address: Long) => integer(c, address, 1),
  user_int: (c, address: Long) => integer(c, address, 4),
  user_long: (c, address: Long) => integer(c, address, 8),
  user_short: (c, address: Long) => integer(c, address, 2),
  user_string: (c, address: Long, fallback?: string) => string(c, address, c.maxString - 1, fallback),
  user_string_n: (c, address: Long, length: Long, fallback?: string) =>
    string(c, address, Math.max(0, Math.min(Number(length), c.maxString - 1)), fallback),
  user_string_quoted: (c, address: Long) => {
    const text = c.readString(address, c.maxString);
    return text === undefined ? hex(address) : quoteWithin(text, c.maxString - 1);
  },
} satisfies BuiltinTable;

/** Little-endian and signed, as C's types on the machines utap knows. */
function integer(c: BuiltinHost, address: Long, size: number): Long {
  const bytes = c.readMemory(address, size);
  if (!bytes) return 0;
  return long(
    BigInt.asIntN(
      size * 8,
      bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n),
    ),
  );
}

function string(c: BuiltinHost, address: Long, limit: number, fallback: string | undefined): string {
  return c.readString(address, limit) ?? fallback ?? c.fail(`cannot read a user string: no memory at ${hex(address)}`);
}

function hex(address: Long): string {
  return `0x${unsigned(address).toString(16)}`;
}
