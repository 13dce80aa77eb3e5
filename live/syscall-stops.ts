/**
 * Stops at the entry and the exit of a system call: reported with their answers carried out, and what a call has done to
 * the mappings of files. Called by `stops.ts`.
 */

import { ERRNO } from "../target/errno.ts";
import { UTRACE_EVENT } from "../target/events.ts";
import type { Mapping } from "../target/target.ts";
import { hostSyscallNumber } from "./host-syscall.ts";
import { endInterruptedCall, redoInterruptedCall } from "./interrupted-calls.ts";
import { readSyscallStop } from "./ptrace/ptrace.ts";
import { stepped } from "./signal-stops.ts";
import type { LiveTask } from "./task.ts";
import type { Tracer } from "./tracer.ts";

/** `isFilters`: the stop comes from the filter, not from PTRACE_SYSCALL; at the entry of a call both may come. */
export function atSyscall(tracer: Tracer, task: LiveTask, isFilters: boolean): void {
  const stop = readSyscallStop(task.tid);
  if (stop?.op === "entry") enterSyscall(tracer, task, stop.nr, stop.args, isFilters);
  else if (stop) leaveSyscall(tracer, task, stop.retval);
  else task.stop = { kind: "event" };
}

function enterSyscall(tracer: Tracer, task: LiveTask, nr: number, args: readonly bigint[], isFilters: boolean): void {
  task.stop = { kind: "syscall-entry" };
  // What the filter has to say of this call is still to come; of the kernel's own continuation of a wait it says nothing.
  if (tracer.filtered && !isFilters && nr !== hostSyscallNumber("restart_syscall")) return;
  if (task.resumesCall) {
    // Nobody was told that it was left.
    task.resumesCall = false;
    return;
  }
  task.syscall = { nr, maps: mappedByCall(nr, args) };
  if (!task.wants(UTRACE_EVENT.SYSCALL_ENTRY) || !tracer.isObserved(nr)) return;
  const answer = tracer.report({ kind: "syscall_entry", task, nr, args });
  const { registers } = task;
  const { syscallNumber, syscallResult, syscallArguments } = tracer.machine;
  if (answer.abortSyscall) {
    registers.setWord(syscallNumber, -1n);
    registers.setWord(syscallResult, answer.retval ?? BigInt(-ERRNO.ENOSYS));
    task.syscall = { nr, maps: 0 };
    return;
  }
  const changed = { nr: answer.nr ?? nr, args: answer.args ?? args };
  if (answer.nr !== undefined) registers.setWord(syscallNumber, BigInt(answer.nr));
  if (answer.args) for (const [i, word] of syscallArguments.entries()) registers.setWord(word, answer.args[i] ?? 0n);
  if (answer.nr !== undefined || answer.args)
    task.syscall = { nr: changed.nr, maps: mappedByCall(changed.nr, changed.args) };
}

function leaveSyscall(tracer: Tracer, task: LiveTask, retval: bigint): void {
  task.stop = { kind: "syscall-exit" };
  if (task.interrupted && !task.endsCall && redoInterruptedCall(task, tracer.machine)) {
    task.resumesCall = true;
    return;
  }
  const result = task.endsCall && endInterruptedCall(task, tracer.machine) ? BigInt(-ERRNO.EINTR) : retval;
  reportLeft(tracer, task, result);
  if (task.stepping) stepped(tracer, task);
}

function reportLeft(tracer: Tracer, task: LiveTask, retval: bigint): void {
  const { syscall } = task;
  task.syscall = undefined;
  const nr = syscall?.nr ?? Number(BigInt.asIntN(32, task.registers.word(tracer.machine.syscallNumber)));
  if (syscall?.maps && retval >= 0n) reportMappings(tracer, task, Number(retval), syscall.maps);
  if (!task.wants(UTRACE_EVENT.SYSCALL_EXIT) || !tracer.isObserved(nr)) return;
  const answer = tracer.report({ kind: "syscall_exit", task, nr, retval });
  if (answer.retval !== undefined) task.registers.setWord(tracer.machine.syscallResult, answer.retval);
}

const PROT_WRITE_OR_EXEC = 6n;
const MAP_ANONYMOUS = 0x20n;

/** Code and data of a file appear by mmap: how many bytes. */
function mappedByCall(nr: number, [, length = 0n, prot = 0n, flags = 0n]: readonly bigint[]): number {
  return nr === mmap() && (prot & PROT_WRITE_OR_EXEC) !== 0n && (flags & MAP_ANONYMOUS) === 0n ? Number(length) : 0;
}

let mmapNumber: number | undefined;

function mmap(): number {
  mmapNumber ??= hostSyscallNumber("mmap");
  return mmapNumber;
}

/** `start` and `length`: what a call has just mapped. */
export function reportMappings(tracer: Tracer, task: LiveTask, start = 0, length = 0): void {
  if (!task.wants(UTRACE_EVENT.MAP)) {
    task.mm.forgetMappings();
    return;
  }
  const { removed, added } = task.mm.takeChanges({ start, end: start + length });
  const tell = (kind: "map" | "unmap", mapping: Mapping): void => void tracer.report({ kind, task, mapping });
  for (const mapping of removed) tell("unmap", mapping);
  for (const mapping of added) tell("map", mapping);
}
