/**
 * User memory as numbers and strings.
 *
 * Of each number there are three forms: the plain one gives 0 for memory that is not there, `_error` raises an error of
 * the script, `_warn` gives 0 and warns. A string that cannot be read is an error, unless the call gives the text to
 * use instead; the quoted forms show the address.
 */
import type { Builtin, BuiltinHost, BuiltinTable } from "../abi/builtins.ts";
import { fromBytes } from "../base/bytestring.ts";
import { quoteWithin } from "../base/escape.ts";
import { type Long, long, unsigned } from "../base/int64.ts";

/** What `_warn` gives for a string that cannot be read. */
const UNKNOWN = "<unknown>";

// biome-ignore format: table
const numbers: { readonly [name: string]: { readonly size: number; readonly signed: boolean } } = {
  char:   { size: 1, signed: true },
  short:  { size: 2, signed: true },
  ushort: { size: 2, signed: false },
  int:    { size: 4, signed: true },
  long:   { size: 8, signed: true },
  ulong:  { size: 8, signed: false },
  int8:   { size: 1, signed: true },
  uint8:  { size: 1, signed: false },
  int16:  { size: 2, signed: true },
  uint16: { size: 2, signed: false },
  int32:  { size: 4, signed: true },
  uint32: { size: 4, signed: false },
  int64:  { size: 8, signed: true },
  uint64: { size: 8, signed: false },
};

const numberForms: { [name: string]: Builtin } = {};
for (const [name, { size, signed }] of Object.entries(numbers)) {
  const read = (c: BuiltinHost, address: Long): Long | undefined => {
    const bytes = c.readMemory(address, size);
    return bytes && integer(bytes, signed);
  };
  numberForms[`user_${name}`] = (c, address: Long) => read(c, address) ?? 0;
  numberForms[`user_${name}_error`] = (c, address: Long) => read(c, address) ?? c.fail(unreadable(name, address));
  // The types of fixed size have no such form.
  if (/\d/.test(name)) continue;
  numberForms[`user_${name}_warn`] = (c, address: Long) => {
    const value = read(c, address);
    if (value === undefined) c.warn(unreadable(name, address));
    return value ?? 0;
  };
}

export const uconversions = {
  ...numberForms,
  user_buffer_quoted: (c, address: Long, inlen: Long, outlen: Long) =>
    buffer(c, address, inlen, outlen) ?? hex(address),
  user_buffer_quoted_error: (c, address: Long, inlen: Long, outlen: Long) =>
    buffer(c, address, inlen, outlen) ?? c.fail(unreadable("buffer", address)),
  user_string: (c, address: Long, otherwise?: string) => string(c, address, whole(c), otherwise),
  user_string2: (c, address: Long, otherwise: string) => string(c, address, whole(c), otherwise),
  user_string2_n_warn: (c, address: Long, n: Long, message: string) => warned(c, address, within(c, n), message),
  user_string2_warn: (c, address: Long, message: string) => warned(c, address, whole(c), message),
  user_string_n: (c, address: Long, n: Long, otherwise?: string) => string(c, address, within(c, n), otherwise),
  user_string_n2: (c, address: Long, n: Long, otherwise: string) => string(c, address, within(c, n), otherwise),
  user_string_n2_quoted: (c, address: Long, inlen: Long, outlen: Long) => quoted(c, address, inlen, outlen),
  user_string_n_nofault: (c, address: Long, n: Long) => string(c, address, within(c, n), ""),
  user_string_n_quoted: (c, address: Long, inlen: Long, outlen?: Long) => quoted(c, address, inlen, outlen ?? 0),
  user_string_n_warn: (c, address: Long, n: Long, message?: string) => warned(c, address, within(c, n), message),
  user_string_nofault: (c, address: Long) => string(c, address, whole(c), ""),
  user_string_quoted: (c, address: Long) => quoted(c, address, 0, 0),
  user_string_warn: (c, address: Long, message?: string) => warned(c, address, whole(c), message),
} satisfies BuiltinTable;

/** Little-endian, as the machines utap knows. */
function integer(bytes: Uint8Array, signed: boolean): Long {
  const value = bytes.reduceRight((high, byte) => (high << 8n) | BigInt(byte), 0n);
  return long(signed ? BigInt.asIntN(bytes.length * 8, value) : value);
}

function whole(c: BuiltinHost): number {
  return c.maxString - 1;
}

/** A length that a script gives for bytes of a string. */
function within(c: BuiltinHost, n: Long): number {
  return Math.max(0, Math.min(Number(n), whole(c)));
}

function string(c: BuiltinHost, address: Long, limit: number, otherwise: string | undefined): string {
  return c.readString(address, limit) ?? otherwise ?? c.fail(unreadable("string", address));
}

function warned(c: BuiltinHost, address: Long, limit: number, message: string | undefined): string {
  const text = c.readString(address, limit);
  if (text !== undefined) return text;
  c.warn(message ?? unreadable("string", address));
  return message ?? UNKNOWN;
}

/** At most `inlen` bytes as at most `outlen`; 0 for either is as much as a string holds. */
function quoted(c: BuiltinHost, address: Long, inlen: Long, outlen: Long): string {
  const text = c.readString(address, inlen > 0 ? Math.min(Number(inlen), c.maxString) : c.maxString);
  return text === undefined ? hex(address) : quoteWithin(text, outLength(c, outlen));
}

/** Every one of the bytes, NULs too; no more are read than could be shown. */
function buffer(c: BuiltinHost, address: Long, inlen: Long, outlen: Long): string | undefined {
  const size = Math.max(0, Math.min(Number(inlen), c.maxString));
  const bytes = size === 0 ? new Uint8Array(0) : c.readMemory(address, size);
  return bytes && quoteWithin(fromBytes(bytes), outLength(c, outlen));
}

function outLength(c: BuiltinHost, outlen: Long): number {
  return outlen > 0 ? Math.min(Number(outlen), whole(c)) : whole(c);
}

function unreadable(what: string, address: Long): string {
  return `cannot read a user ${what}: no memory at ${hex(address)}`;
}

export function hex(address: Long): string {
  return `0x${unsigned(address).toString(16)}`;
}
