/**
 * Values of C types in memory: `memory.make`, `memory.set` and `memory.get`.
 *
 * A number or a bigint is what it is; a struct or union is an object of its members, of which `set` writes those that are
 * there; an array is a list. A string goes into an array of char as it is, and a pointer gets the address of a new one;
 * a pointer gets an object or list in new memory too. Called by `../memory.ts`.
 */
import type { Value } from "../memory-of-program.ts";
import { type CMember, type CType, describeType, plain, sizeOf } from "./types.ts";

/** What is read: a struct is an object, an array a list, an array of char its text up to the NUL. */
export type Read = number | bigint | string | readonly Read[] | { readonly [member: string]: Read };

/** Where values are. */
export interface Place {
  read(address: number, size: number): Uint8Array;
  write(address: number, bytes: Uint8Array): void;
  alloc(size: number): number;
  encode(text: string): Uint8Array;
  decode(bytes: Uint8Array): string;
}

export function writeValue(place: Place, address: number, type: CType, value: Value): void {
  const at = plain(type);
  switch (at.kind) {
    case "base":
      if (at.encoding === "float") place.write(address, floatBytes(at.size, Number(value)));
      else place.write(address, integerBytes(at.size, toInteger(value, type)));
      break;
    case "enum":
      place.write(address, integerBytes(4, toInteger(value, type)));
      break;
    case "pointer":
      place.write(address, integerBytes(8, BigInt(pointerTo(place, at.to, value))));
      break;
    case "array":
      writeArray(place, address, at, value);
      break;
    case "struct":
    case "union":
      writeMembers(place, address, at, value);
      break;
    default:
      throw new TypeError(`${describeType(type)} has no values`);
  }
}

export function readValue(place: Place, address: number, type: CType): Read {
  const at = plain(type);
  switch (at.kind) {
    case "base":
      return readBase(place.read(address, at.size), at.encoding);
    case "enum":
      return readBase(place.read(address, 4), "signed");
    case "pointer":
      return readBase(place.read(address, 8), "unsigned");
    case "array": {
      const size = sizeOf(at.of) ?? 0;
      if (isChar(at.of)) {
        const bytes = place.read(address, at.count ?? 0);
        const end = bytes.indexOf(0);
        return place.decode(end < 0 ? bytes : bytes.subarray(0, end));
      }
      return Array.from({ length: at.count ?? 0 }, (_, i) => readValue(place, address + i * size, at.of));
    }
    case "struct":
    case "union": {
      const found: { [member: string]: Read } = {};
      for (const member of membersOf(at)) {
        const value = member.bits
          ? readBits(place, address, member)
          : readValue(place, address + member.offset, member.type);
        if (member.name === undefined) Object.assign(found, value as object);
        else found[member.name] = value;
      }
      return found;
    }
    default:
      throw new TypeError(`${describeType(type)} has no values`);
  }
}

type Struct = Extract<CType, { kind: "struct" | "union" }>;

function membersOf(type: Struct): readonly CMember[] {
  if (!type.body) throw new TypeError(`${describeType(type)} is declared, but its members are not`);
  return type.body.members;
}

function writeMembers(place: Place, address: number, type: Struct, value: Value): void {
  if (typeof value !== "object" || value === null || Array.isArray(value) || value instanceof Uint8Array) {
    throw new TypeError(`${describeType(type)} is written from an object of its members`);
  }
  for (const [name, item] of Object.entries(value)) {
    const found = findMember(type, name, address);
    if (!found) {
      const names = membersOf(type).map((member) => member.name ?? "{…}");
      throw new TypeError(`${describeType(type)} has no member ${name}: it has ${names.join(", ")}`);
    }
    if (found.member.bits) writeBits(place, found.start, found.member, toInteger(item, found.member.type));
    else writeValue(place, found.start + found.member.offset, found.member.type, item);
  }
}

/** Those of structs without a name too. */
function findMember(type: Struct, name: string, start: number): { member: CMember; start: number } | undefined {
  for (const member of membersOf(type)) {
    if (member.name === name) return { member, start };
    const inner = plain(member.type);
    if (member.name !== undefined || (inner.kind !== "struct" && inner.kind !== "union")) continue;
    const found = findMember(inner, name, start + member.offset);
    if (found) return found;
  }
  return undefined;
}

function writeArray(place: Place, address: number, type: Extract<CType, { kind: "array" }>, value: Value): void {
  const size = sizeOf(type.of) ?? 0;
  const room = (type.count ?? 0) * size;
  if (typeof value === "string" || value instanceof Uint8Array) {
    const encoded = typeof value === "string" ? place.encode(value) : value;
    // As in C, the NUL may be what does not fit.
    const bytes = typeof value === "string" && encoded.length === room + 1 ? encoded.subarray(0, room) : encoded;
    if (!isChar(type.of) || bytes.length > room) {
      throw new RangeError(`${bytes.length} bytes do not fit into ${describeType(type)}`);
    }
    place.write(address, bytes);
    return;
  }
  if (!Array.isArray(value)) throw new TypeError(`${describeType(type)} is written from a list`);
  if (value.length > (type.count ?? 0))
    throw new RangeError(`${value.length} items do not fit into ${describeType(type)}`);
  (value as readonly Value[]).forEach((item, i) => void writeValue(place, address + i * size, type.of, item));
}

function pointerTo(place: Place, type: CType, value: Value): number | bigint {
  if (value === null) return 0;
  if (typeof value === "number" || typeof value === "bigint") return value;
  if (typeof value === "string" || value instanceof Uint8Array) {
    const bytes = typeof value === "string" ? place.encode(value) : value;
    const address = place.alloc(bytes.length);
    place.write(address, bytes);
    return address;
  }
  if (typeof value === "boolean") throw new TypeError(`${value} is no pointer`);
  const isList = Array.isArray(value);
  const whole: CType = isList ? { kind: "array", of: type, count: value.length } : type;
  const size = sizeOf(whole);
  if (size === undefined) throw new TypeError(`${describeType(type)} has no size: give an address`);
  const address = place.alloc(size);
  writeValue(place, address, whole, value);
  return address;
}

function isChar(type: CType): boolean {
  const at = plain(type);
  return at.kind === "base" && at.size === 1;
}

function toInteger(value: Value, type: CType): bigint {
  if (typeof value === "number" && Number.isFinite(value)) return BigInt(Math.trunc(value));
  if (typeof value === "bigint" || typeof value === "boolean") return BigInt(value);
  const at = plain(type);
  if (at.kind === "enum" && typeof value === "string") {
    const known = at.values?.find(([name]) => name === value);
    if (known) return BigInt(known[1]);
    throw new TypeError(`${describeType(type)} has no ${value}`);
  }
  throw new TypeError(`${describeType(type)} is written from a number`);
}

function integerBytes(size: number, value: bigint): Uint8Array {
  return new Uint8Array(BigInt64Array.of(BigInt.asIntN(64, value)).buffer).subarray(0, size);
}

function floatBytes(size: number, value: number): Uint8Array {
  return new Uint8Array(size === 4 ? Float32Array.of(value).buffer : Float64Array.of(value).buffer);
}

function readBase(bytes: Uint8Array, encoding: string): number | bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (encoding === "float") return bytes.length === 4 ? view.getFloat32(0, true) : view.getFloat64(0, true);
  let value = 0n;
  bytes.forEach((byte, i) => void (value |= BigInt(byte) << BigInt(8 * i)));
  return narrowed(encoding === "signed" ? BigInt.asIntN(8 * bytes.length, value) : value);
}

function narrowed(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** The bytes that a bit-field is in. */
function span({ bits }: CMember): { from: number; size: number; shift: bigint } {
  const { at, size } = bits!;
  const from = Math.floor(at / 8);
  return { from, size: Math.ceil((at + size) / 8) - from, shift: BigInt(at % 8) };
}

function readBits(place: Place, address: number, member: CMember): number | bigint {
  const { from, size, shift } = span(member);
  const bits = member.bits!.size;
  const value = BigInt(readBase(place.read(address + from, size), "unsigned")) >> shift;
  const at = plain(member.type);
  const isSigned = at.kind === "base" && at.encoding === "signed";
  return narrowed(isSigned ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value));
}

function writeBits(place: Place, address: number, member: CMember, value: bigint): void {
  const { from, size, shift } = span(member);
  const mask = ((1n << BigInt(member.bits!.size)) - 1n) << shift;
  const old = BigInt(readBase(place.read(address + from, size), "unsigned"));
  place.write(address + from, integerBytes(size, (old & ~mask) | ((value << shift) & mask)));
}
