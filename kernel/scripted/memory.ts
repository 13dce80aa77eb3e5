/**
 * `memory` of the functions of a program (`program.ts`): user memory of the process that runs.
 *
 * Reads and writes are those of user code: protections hold, and pages come when they are touched. `alloc` gives zeroed
 * memory of the program's .bss and keeps its count there, so a forked child goes on from the parent's.
 */
import { fromBytes, fromText, toBytes, toText } from "../../base/bytestring.ts";
import { copyFrom, copyString, copyTo } from "../memory/user-copy.ts";
import { userPages } from "../points/page-faults.ts";
import type { Task } from "../process/task.ts";
import { type CType, describeType, sizeOf } from "./c/types.ts";
import { type Place, readValue, writeValue } from "./c/values.ts";
import type { CodeTable } from "./code-table.ts";
import { ARENA, ARENA_SIZE } from "./image.ts";
import { MemoryFault } from "./memory-fault.ts";
import type { Memory, Value } from "./memory-of-program.ts";
import type { Code } from "./program.ts";

/** Longer strings are none. */
const MAX_STRING = 1 << 20;

export class UserMemory implements Memory, Place {
  readonly #task: Task;
  readonly #program: CodeTable;

  constructor(task: Task, program: CodeTable) {
    this.#task = task;
    this.#program = program;
  }

  read(address: number, size: number): Uint8Array {
    const bytes = copyFrom(userPages(this.#task, address), address, size, false);
    if (!(bytes instanceof Uint8Array)) throw new MemoryFault(bytes);
    return bytes;
  }

  write(address: number, bytes: Uint8Array): void {
    const done = copyTo(userPages(this.#task, address), address, bytes, false);
    if (done !== true) throw new MemoryFault(done);
  }

  alloc(size: number): number {
    const { heap } = this.#program;
    const end = (this.u64(ARENA) || heap) + Math.ceil(size / 16) * 16;
    if (!(size >= 0) || end > ARENA + ARENA_SIZE) {
      throw new RangeError(`memory.alloc(${size}): a program has ${ARENA_SIZE} bytes; take more with sys.mmap`);
    }
    const at = this.u64(ARENA) || heap;
    this.setU64(ARENA, end);
    return at;
  }

  string(text: string): number {
    const bytes = encode(text);
    const address = this.alloc(bytes.length);
    this.write(address, bytes);
    return address;
  }

  text(address: number): string {
    const text = copyString(userPages(this.#task, address), address, MAX_STRING);
    if (typeof text !== "string") throw new MemoryFault(text);
    return toText(text);
  }

  make(typeName: string, value: Value = {}): number {
    const { type, size } = this.#sized(typeName);
    const address = this.alloc(size);
    if (!isEmpty(value)) writeValue(this, address, type, value);
    return address;
  }

  set(address: number, typeName: string, value: Value): void {
    writeValue(this, address, this.#type(typeName), value);
  }

  get<T = number>(address: number, typeName: string): T {
    return readValue(this, address, this.#sized(typeName).type) as T;
  }

  sizeof(typeName: string): number {
    return this.#sized(typeName).size;
  }

  variable(name: string): number {
    return this.#program.variableAddress(name);
  }

  addressOf(code: Code | string): number {
    return this.#program.addressOf(code);
  }

  u8(address: number): number {
    return this.#view(address, 1).getUint8(0);
  }

  i32(address: number): number {
    return this.#view(address, 4).getInt32(0, true);
  }

  u32(address: number): number {
    return this.#view(address, 4).getUint32(0, true);
  }

  u64(address: number): number {
    return Number(this.#view(address, 8).getBigUint64(0, true));
  }

  setU8(address: number, value: number): void {
    this.write(address, Uint8Array.of(value));
  }

  setU32(address: number, value: number): void {
    this.write(address, new Uint8Array(Uint32Array.of(value).buffer));
  }

  setU64(address: number, value: number | bigint): void {
    this.write(address, new Uint8Array(BigUint64Array.of(BigInt(value)).buffer));
  }

  encode(text: string): Uint8Array {
    return encode(text);
  }

  decode(bytes: Uint8Array): string {
    return toText(fromBytes(bytes));
  }

  #type(name: string): CType {
    return this.#program.declarations.typeOf(name);
  }

  #sized(name: string): { type: CType; size: number } {
    const type = this.#type(name);
    const size = sizeOf(type);
    if (size === undefined) throw new TypeError(`${describeType(type)} has no size`);
    return { type, size };
  }

  #view(address: number, size: number): DataView {
    const bytes = this.read(address, size);
    return new DataView(bytes.buffer, bytes.byteOffset, size);
  }
}

/** UTF-8 with a NUL. */
export function encode(text: string): Uint8Array {
  return toBytes(`${fromText(text)}\0`);
}

function isEmpty(value: Value): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}
