/**
 * Our own machine code in our own process: a function of one address, made callable.
 *
 * Written to fresh memory that is made executable afterwards; it is never both. Where the system refuses that, whoever
 * asks does with the calls of the C library.
 */
import { libc } from "./libc.ts";

const PROT_READ_EXEC = 5;

/** Undefined where memory cannot be made executable. */
export function loadMachineCode(code: Uint8Array): ((address: number) => number) | undefined {
  const address = libc.mmap(code.length);
  new Uint8Array(libc.view(address, code.length)).set(code);
  return libc.mprotect(address, code.length, PROT_READ_EXEC) < 0 ? undefined : libc.functionAt(address);
}
