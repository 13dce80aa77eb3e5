/** System calls of this machine by name, for those that the C library has no function for. */
import { bug } from "../base/assert.ts";
import { findSyscall, type SyscallArch } from "../target/syscalls.ts";
import { libc } from "./ffi/libc.ts";
import { hostMachine } from "./machines/machines.ts";

/** -errno for an error. */
export function hostSyscall(name: string, ...args: number[]): number {
  return libc.syscall(hostSyscallNumber(name), ...args);
}

export function hostSyscallNumber(name: string): number {
  const arch = hostMachine?.arch.name as SyscallArch;
  return findSyscall(name)?.[arch] ?? bug("live", `no system call ${name} on ${arch}`);
}
