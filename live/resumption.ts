/**
 * How a thread goes on: past its system calls, stopping at them, or by one instruction. Asked by `tracer.ts`; pure but
 * for a look at the next instruction of a thread that steps.
 */
import { UTRACE_EVENT } from "../target/events.ts";
import type { Machine } from "./machines/machine.ts";
import type { Go } from "./ptrace/ptrace.ts";
import type { LiveTask } from "./task.ts";
import type { Tracer } from "./tracer.ts";

export function goFor(tracer: Tracer, task: LiveTask): Go {
  // Where a call begins that we have interrupted already, its end is of interest.
  if (task.interrupted && task.stop?.kind === "syscall-entry") return "syscall";
  if (!tracer.hooks) return "cont";
  const otherwise = task.stepping ? "step" : "cont";
  if (task.resumesCall) return "syscall";
  if (!tracer.filtered) {
    if (!wantsCalls(task)) return otherwise;
    return task.stepping && !isAtCall(task, tracer.machine) ? "step" : "syscall";
  }
  const { syscall } = task;
  if (!syscall) return otherwise;
  return syscall.maps || (task.wants(UTRACE_EVENT.SYSCALL_EXIT) && tracer.isObserved(syscall.nr))
    ? "syscall"
    : otherwise;
}

function wantsCalls(task: LiveTask): boolean {
  if (task.wants(UTRACE_EVENT.SYSCALL_ENTRY | UTRACE_EVENT.SYSCALL_EXIT)) return true;
  return task.wants(UTRACE_EVENT.MAP) && !task.mm.tellsOfLibraries;
}

/** A step over a system call would pass its entry and exit unseen. */
function isAtCall(task: LiveTask, { syscallInstruction, pc }: Machine): boolean {
  if (task.stop?.kind === "syscall-entry") return true;
  const code = task.mm.read(Number(task.registers.word(pc)), syscallInstruction.length);
  return code instanceof Uint8Array && syscallInstruction.every((byte, i) => code[i] === byte);
}
