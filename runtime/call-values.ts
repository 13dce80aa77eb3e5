/**
 * Registers, arguments and return values of a stopped task by the calling conventions of its machine, without debug
 * information; and stores into user memory. What `runtime/context.ts` answers builtins like int_arg() from.
 */
import { type Long, long, unsigned } from "../base/int64.ts";
import type { Arch } from "../target/arch.ts";
import type { Task } from "../target/target.ts";
import { littleEndian, type ReadMemory } from "./variables.ts";

const WORD = 8;

/** By ABI name; `pc` and the frame pointer's other name too. */
export function readNamedRegister(arch: Arch, task: Task, name: string): Long | undefined {
  if (name === "pc") return task.pc;
  const dwarf = arch.registerNames.indexOf(name === "fp" ? "s0" : name);
  return dwarf < 0 ? undefined : long(task.readRegister(dwarf));
}

/** Argument `n`, from 1, while the task stands at the first instruction of a function. */
export function readArgument(arch: Arch, task: Task, n: number, readMemory: ReadMemory): Long | undefined {
  const place = argumentPlace(arch, task, n);
  if (place === undefined) return undefined;
  if ("register" in place) return long(task.readRegister(place.register));
  const bytes = readMemory(task, place.address, WORD);
  return bytes && long(littleEndian(bytes));
}

export function writeArgument(arch: Arch, task: Task, n: number, value: Long): boolean {
  const place = argumentPlace(arch, task, n);
  if (place === undefined) return false;
  if ("address" in place) return writeUser(task, place.address, wordBytes(value));
  task.writeRegister(place.register, unsigned(value));
  return true;
}

/** A store as the program could do it itself: its constants and code stay as they are. */
export function writeUser(task: Task, address: number, bytes: Uint8Array): boolean {
  const end = address + bytes.length;
  let at = address;
  for (const area of task.mm.mappings()) {
    if (at < end && area.writable && area.start <= at && at < area.end) at = area.end;
  }
  return at >= end && task.mm.write(address, bytes) === true;
}

function argumentPlace(
  arch: Arch,
  task: Task,
  n: number,
): { readonly register: number } | { readonly address: number } | undefined {
  if (n < 1) return undefined;
  const register = arch.argumentRegisters[n - 1];
  if (register !== undefined) return { register };
  const above = n - 1 - arch.argumentRegisters.length;
  const address = Number(task.readRegister(arch.stackPointer)) + above * WORD;
  return Number.isSafeInteger(address) ? { address } : undefined;
}

function wordBytes(value: Long): Uint8Array {
  const bytes = new Uint8Array(WORD);
  new DataView(bytes.buffer).setBigUint64(0, unsigned(value), true);
  return bytes;
}
