/**
 * `memory`: the memory of a process, as its own JavaScript code sees it.
 *
 * Reads and writes are those of user code: protections hold, pages come when they are touched, and an access that is
 * not allowed throws `MemoryFault`; a generator that does not catch it gets SIGSEGV or SIGBUS there. `alloc` gives zeroed
 * memory of the program's .bss and keeps its count there, so a forked child goes on from the parent's.
 */
import { fromText, toBytes, toText } from "../../base/bytestring.ts";
import type { Fault, FaultCause } from "../memory/fault.ts";
import { copyFrom, copyString, copyTo } from "../memory/user-copy.ts";
import type { Task } from "../task.ts";
import { ARENA, ARENA_SIZE } from "./image.ts";

/** Longer strings are none. */
const MAX_STRING = 1 << 20;
/** The word in which `alloc` keeps its count. */
const COUNT_SIZE = 16;

export class MemoryFault extends Error {
  readonly address: number;
  readonly access: "read" | "write";
  readonly faultCause: FaultCause;

  constructor({ address, access, cause }: Fault) {
    super(`${access} of user memory at 0x${address.toString(16)}: ${cause}`);
    this.name = "MemoryFault";
    this.address = address;
    this.access = access;
    this.faultCause = cause;
  }
}

export class Memory {
  readonly #task: Task;

  constructor(task: Task) {
    this.#task = task;
  }

  read(address: number, size: number): Uint8Array {
    const bytes = copyFrom(this.#task.mm, address, size, false);
    if (!(bytes instanceof Uint8Array)) throw new MemoryFault(bytes);
    return bytes;
  }

  write(address: number, bytes: Uint8Array): void {
    const done = copyTo(this.#task.mm, address, bytes, false);
    if (done !== true) throw new MemoryFault(done);
  }

  /** Zeroed memory of the process, 16-byte aligned; it cannot be given back. */
  alloc(size: number): number {
    const used = this.u64(ARENA) || COUNT_SIZE;
    const end = used + Math.ceil(size / 16) * 16;
    if (!(size >= 0) || end > ARENA_SIZE) {
      throw new RangeError(`memory.alloc(${size}): a program has ${ARENA_SIZE} bytes; take more with sys.mmap`);
    }
    this.setU64(ARENA, end);
    return ARENA + used;
  }

  /** Memory with a string in it, in UTF-8 with a NUL. */
  string(text: string): number {
    const bytes = encode(text);
    const address = this.alloc(bytes.length);
    this.write(address, bytes);
    return address;
  }

  /** The string that ends at the next NUL. */
  text(address: number): string {
    const text = copyString(this.#task.mm, address, MAX_STRING);
    if (typeof text !== "string") throw new MemoryFault(text);
    return toText(text);
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

  /** As a number: exact up to 2^53. */
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

  #view(address: number, size: number): DataView {
    const bytes = this.read(address, size);
    return new DataView(bytes.buffer, bytes.byteOffset, size);
  }
}

/** UTF-8 with a NUL. */
export function encode(text: string): Uint8Array {
  return toBytes(`${fromText(text)}\0`);
}
