/**
 * Arguments of a step: what is no number is put into the process's memory, below its stack pointer.
 *
 * Called by `scripts.ts` before a call. The stack pointer then stands below what was put there, so a signal frame does
 * not touch it; `giveBack` fills buffers from what the call has written.
 */
import { encode } from "./memory.ts";
import type { Memory } from "./memory-of-program.ts";
import type { Argument, Code } from "./program.ts";

/** Of a system call, and of a function. */
export const SYSCALL_ARGUMENTS = 6;
export const CALL_ARGUMENTS = 8;
/** Lists in lists. */
const MAX_DEPTH = 8;
const MAX_BYTES = 4 << 20;

export interface PlacedArguments {
  readonly registers: readonly bigint[];
  readonly sp: number;
  giveBack(): void;
}

export function placeArguments(
  memory: Memory,
  sp: number,
  args: readonly Argument[],
  count: number,
  addressOf: (code: Code) => number,
): PlacedArguments {
  if (args.length > count) throw new TypeError(`${args.length} arguments: there are ${count} at most`);
  const buffers: { readonly at: number; readonly bytes: Uint8Array }[] = [];
  let at = sp;
  const push = (bytes: Uint8Array): number => {
    at = Math.floor((at - bytes.length) / 16) * 16;
    if (sp - at > MAX_BYTES) throw new RangeError(`arguments of more than ${MAX_BYTES} bytes: use memory of sys.mmap`);
    memory.write(at, bytes);
    return at;
  };
  const place = (argument: Argument, depth: number): bigint => {
    switch (typeof argument) {
      case "number":
        if (!Number.isFinite(argument)) throw new TypeError(`${argument} is no argument of a call`);
        return BigInt.asIntN(64, BigInt(Math.trunc(argument)));
      case "bigint":
        return BigInt.asIntN(64, argument);
      case "boolean":
        return argument ? 1n : 0n;
      case "string":
        return BigInt(push(encode(argument)));
      case "function":
        return BigInt(addressOf(argument));
    }
    if (argument === null) return 0n;
    if (argument instanceof Uint8Array) {
      const address = push(argument);
      buffers.push({ at: address, bytes: argument });
      return BigInt(address);
    }
    if (!Array.isArray(argument) || depth >= MAX_DEPTH) {
      throw new TypeError(
        `${describe(argument)} is no argument of a call: give numbers, strings, bytes or lists of them`,
      );
    }
    const words = (argument as readonly Argument[]).map((item) => place(item, depth + 1));
    return BigInt(push(new Uint8Array(BigInt64Array.from(words).buffer)));
  };
  const registers = args.map((argument) => place(argument, 0));
  return {
    registers: [...registers, ...new Array<bigint>(count - args.length).fill(0n)],
    sp: at,
    giveBack() {
      for (const { at: address, bytes } of buffers) bytes.set(memory.read(address, bytes.length));
    },
  };
}

function describe(value: unknown): string {
  return value === undefined ? "undefined" : Object.prototype.toString.call(value);
}
