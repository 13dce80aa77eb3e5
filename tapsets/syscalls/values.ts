/**
 * What the decoders of arguments are made from: values as text, and what programs have in their memory.
 *
 * Texts are those that strace shows. Memory that cannot be read is shown as its address, and a null pointer as NULL.
 */
import type { BuiltinHost } from "../../abi/builtins.ts";
import { fromBytes } from "../../base/bytestring.ts";
import { quoteWithin } from "../../base/escape.ts";
import { type Long, long, unsigned } from "../../base/int64.ts";
import { limits } from "../../base/limits.ts";
import { bits, enums } from "./constants.ts";

/** The arguments of a call, of which one is to be shown; `at` counts from 0. */
export interface Argument {
  readonly c: BuiltinHost;
  readonly all: readonly Long[];
  readonly at: number;
}

/** Undefined: the call does not use the argument, and nothing is shown. */
export type Decoder = (argument: Argument) => string | undefined;

export function value({ all, at }: Argument, offset = 0): Long {
  return all[at + offset] ?? 0;
}

export function int(argument: Argument, offset = 0): number {
  return toInt32(value(argument, offset));
}

export function uint(argument: Argument, offset = 0): number {
  return toInt32(value(argument, offset)) >>> 0;
}

/** The low 32 bits, signed. */
export function toInt32(number: Long): number {
  return typeof number === "number" ? number | 0 : Number(BigInt.asIntN(32, number));
}

/** A length in bytes or elements that a program gives: a number that it may be wise to bound. */
export function count(argument: Argument, offset = 0): number {
  return Number(unsigned(value(argument, offset)));
}

export function address(pointer: Long): string {
  return pointer === 0 ? "NULL" : `0x${unsigned(pointer).toString(16)}`;
}

export function hex(number: Long | bigint): string {
  const text = BigInt.asUintN(64, BigInt(number)).toString(16);
  return text === "0" ? "0" : `0x${text}`;
}

// ---- named values ----

interface Named {
  readonly name: string;
  readonly value: bigint;
}

const tables = new Map<string, readonly Named[]>();

function tableOf(list: string): readonly Named[] {
  let table = tables.get(list);
  if (!table) {
    table = list.split(" ").map((entry) => {
      const [name = "", number = "0"] = entry.split("=");
      return { name, value: BigInt(number) };
    });
    tables.set(list, table);
  }
  return table;
}

/** Flags as they were shown before, by set: programs use few. */
const shownFlags = new Map<string, Map<Long, string>>();
/** Texts kept of a set. */
const MAX_SHOWN = 256;

/** The names of the bits that are set, and what is left over; `zero` for none. */
export function flags(set: keyof typeof bits, number: Long, zero = "0"): string {
  if (number === 0) return zero;
  let shown = shownFlags.get(set);
  if (!shown || shown.size >= MAX_SHOWN) shownFlags.set(set, (shown = new Map()));
  const known = shown.get(number);
  if (known !== undefined) return known;
  const text = namesOfBits(set, number);
  shown.set(number, text);
  return text;
}

function namesOfBits(set: keyof typeof bits, number: Long): string {
  let left = unsigned(number);
  const names: string[] = [];
  for (const { name, value } of tableOf(bits[set])) {
    if ((left & value) !== value) continue;
    names.push(name);
    left &= ~value;
  }
  if (names.length === 0) return hex(left);
  return left === 0n ? names.join("|") : [...names, hex(left)].join("|");
}

/** The name of a number; undefined for one that has none. */
export function nameOf(set: keyof typeof enums, number: Long): string | undefined {
  const wanted = BigInt(number);
  return tableOf(enums[set]).find(({ value }) => value === wanted)?.name;
}

export function named(set: keyof typeof enums, number: Long): string {
  return nameOf(set, number) ?? hex(number);
}

// ---- memory ----

/** Integers of a piece of user memory, by offset. */
export class Struct {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  u16(at: number): number {
    return this.#view.getUint16(at, true);
  }

  s16(at: number): number {
    return this.#view.getInt16(at, true);
  }

  u32(at: number): number {
    return this.#view.getUint32(at, true);
  }

  s32(at: number): number {
    return this.#view.getInt32(at, true);
  }

  s64(at: number): Long {
    return long(this.#view.getBigInt64(at, true));
  }

  u64(at: number): bigint {
    return this.#view.getBigUint64(at, true);
  }

  bytes(from: number, to: number): Uint8Array {
    return this.#bytes.subarray(from, to);
  }
}

/** The text of a struct behind a pointer. */
export function struct(c: BuiltinHost, pointer: Long, size: number, show: (struct: Struct) => string): string {
  const bytes = pointer === 0 ? undefined : c.readMemory(pointer, size);
  return bytes ? show(new Struct(bytes)) : address(pointer);
}

/** The numbers of the bits that are set in a mask of so many bytes, below `size`: `[0 3]`. */
export function bitNumbers(a: Argument, pointer: Long, bytes: number, size: number): string {
  if (bytes === 0) return pointer === 0 ? "NULL" : "[]";
  return struct(a.c, pointer, bytes, (s) => {
    const found: number[] = [];
    for (const [i, byte] of s.bytes(0, bytes).entries()) {
      for (let bit = 0; bit < 8; bit++) if ((byte >> bit) & 1 && i * 8 + bit < size) found.push(i * 8 + bit);
    }
    return `[${found.join(" ")}]`;
  });
}

/** At most so many elements of an array are shown, then `...`; as strace. */
const SHOWN = 32;

/** The text of an array behind a pointer: `[a, b]`. */
export function array(
  c: BuiltinHost,
  pointer: Long,
  length: number,
  size: number,
  show: (struct: Struct) => string,
): string {
  if (pointer === 0) return "NULL";
  if (length === 0) return "[]";
  const shown: string[] = [];
  for (let i = 0; i < length && shown.join(", ").length < c.maxString; i++) {
    if (i === SHOWN) return `[${shown.join(", ")}, ...]`;
    const at = long(unsigned(pointer) + BigInt(i * size));
    const bytes = c.readMemory(at, size);
    if (!bytes) return i === 0 ? address(pointer) : `[${shown.join(", ")}, ... /* ${address(at)} */]`;
    shown.push(show(new Struct(bytes)));
  }
  return `[${shown.join(", ")}]`;
}

// ---- strings ----

/** A string in quotes, as user_string_quoted() gives it. */
export function string(c: BuiltinHost, pointer: Long): string {
  if (pointer === 0) return "NULL";
  const text = c.readString(pointer, c.maxString);
  return text === undefined ? address(pointer) : quoteWithin(text, c.maxString - 1);
}

/** The first bytes of a buffer in quotes. */
export function buffer(c: BuiltinHost, pointer: Long, length: number): string {
  if (pointer === 0) return "NULL";
  const bytes = length === 0 ? new Uint8Array(0) : c.readMemory(pointer, Math.min(length, limits.maxShownBuffer));
  return bytes ? quoteBuffer(bytes) + (length > bytes.length ? "..." : "") : address(pointer);
}

// biome-ignore format: table
const escapes: { readonly [character: string]: string } = {
  "\t": "\\t", "\n": "\\n", "\v": "\\v", "\f": "\\f", "\r": "\\r", '"': '\\"', "\\": "\\\\",
};

/** With no more octal digits than it takes. */
export function quoteBuffer(bytes: Uint8Array): string {
  const text = fromBytes(bytes).replace(/([^\x20-\x7e]|["\\])(?=([0-7])?)/gs, (character, _c, digit?: string) => {
    const octal = character.charCodeAt(0).toString(8);
    return escapes[character] ?? `\\${digit === undefined ? octal : octal.padStart(3, "0")}`;
  });
  return `"${text}"`;
}
