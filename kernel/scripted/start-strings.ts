/** The arguments and the environment that execve has left on the stack: argc, argv, NULL, envp, NULL. */
import { limits } from "../../base/limits.ts";
import type { Memory } from "./memory-of-program.ts";

export function readStartStrings(memory: Memory, sp: number): { argv: readonly string[]; envp: readonly string[] } {
  const count = memory.u64(sp);
  const argv = stringsAt(memory, sp + 8);
  return { argv, envp: stringsAt(memory, sp + 8 * (count + 2)) };
}

function stringsAt(memory: Memory, at: number): string[] {
  const strings: string[] = [];
  for (let i = 0; i < limits.maxArgBytes / 8; i++) {
    const pointer = memory.u64(at + 8 * i);
    if (pointer === 0) break;
    strings.push(memory.text(pointer));
  }
  return strings;
}
