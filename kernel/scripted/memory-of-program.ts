/** The memory of a process, as its own functions see it: the type of their `memory`. `memory.ts` has it done. */
import type { Code } from "./program.ts";

/**
 * The memory of a process. Addresses are numbers; what the process may not touch is a `MemoryFault`, and SIGSEGV or
 * SIGBUS for a program that does not catch it.
 *
 * Types are named as C names them, `struct request`, `char *`, `int[4]`: those that `declarations` has, and C's own.
 */
export interface Memory {
  read(address: number, size: number): Uint8Array;
  write(address: number, bytes: Uint8Array): void;
  /** Zeroed memory of the process, 16-byte aligned; it cannot be given back. */
  alloc(size: number): number;
  /** Memory with a string in it, in UTF-8 with a NUL. */
  string(text: string): number;
  /** The string that ends at the next NUL. */
  text(address: number): string;

  /** Memory with a value of a type in it; what the value does not say is zeroes. */
  make(type: string, value?: Value): number;
  /** Writes a value; members of a struct that it does not have stay as they are. */
  set(address: number, type: string, value: Value): void;
  /**
   * Reads a value: a number (a bigint beyond 2^53), an object of a struct's members, a list for an array, the text up to the
   * NUL for an array of char. A pointer is a number.
   */
  get<T = number>(address: number, type: string): T;
  sizeof(type: string): number;
  /** The address of a variable that the program declares. */
  variable(name: string): number;
  /** The address of a function. */
  addressOf(code: Code | string): number;

  u8(address: number): number;
  i32(address: number): number;
  u32(address: number): number;
  /** As a number: exact up to 2^53. */
  u64(address: number): number;
  setU8(address: number, value: number): void;
  setU32(address: number, value: number): void;
  setU64(address: number, value: number | bigint): void;
}

/**
 * What stands for a value of C: a number for integers, enums and pointers, an object of its members for a struct, a list
 * for an array, a string or bytes for an array of char. A pointer that is given a string, bytes, an object or a list gets
 * the address of new memory with that in it. An enum takes names too.
 */
export type Value =
  | number
  | bigint
  | boolean
  | null
  | string
  | Uint8Array
  | readonly Value[]
  | { readonly [member: string]: Value };
