/**
 * What a stop of a thread means: the statuses of wait4 as task events, and the answers carried out.
 *
 * Called by `tracer.ts` for every status; afterwards the thread goes on, unless somebody holds it. What ptrace(2) says of
 * each stop is in one function here or in `syscall-stops.ts`, `signal-stops.ts` and `life-cycle.ts`. Nothing is reported
 * when the tracer has no hooks, but the bookkeeping goes on.
 */
import { UTRACE_EVENT } from "../target/events.ts";
import { endInterruptedCall, redoInterruptedCall } from "./interrupted-calls.ts";
import { cloned, ended, execed } from "./life-cycle.ts";
import { eventMessage, readSyscallStop } from "./ptrace/ptrace.ts";
import { decodeStatus, PTRACE_EVENT } from "./ptrace/status.ts";
import { atSignal } from "./signal-stops.ts";
import { endIn } from "./spaces.ts";
import type { Stop } from "./stop.ts";
import { atSyscall } from "./syscall-stops.ts";
import type { LiveTask } from "./task.ts";
import type { Tracer } from "./tracer.ts";

export function handleStatus(tracer: Tracer, task: LiveTask, waited: number): void {
  const status = decodeStatus(waited);
  switch (status.kind) {
    case "exited":
    case "signaled":
      ended(tracer, task, waited);
      break;
    case "continued":
      break;
    case "syscall":
      atSyscall(tracer, task, false);
      break;
    case "event":
      atEvent(tracer, task, status.event);
      break;
    case "group-stop":
      task.stop = { kind: "group-stop" };
      // It was interrupted meanwhile, and is still stopped.
      if (task.groupStopped) break;
      task.groupStopped = true;
      if (task.wants(UTRACE_EVENT.JCTL)) tracer.report({ kind: "jctl", task, signal: status.signal });
      break;
    case "interrupted":
      interrupted(tracer, task);
      break;
    case "signal":
      task.stop = { kind: "signal" };
      atSignal(tracer, task, status.signal);
      break;
  }
}

/** Where a thread stands by its status; undefined when it is no more. */
export function stopOf(tid: number, waited: number): Stop | undefined {
  const status = decodeStatus(waited);
  switch (status.kind) {
    case "syscall":
      return syscallStop(tid);
    case "event":
      if (status.event === PTRACE_EVENT.SECCOMP) return { kind: "syscall-entry" };
      return { kind: status.event === PTRACE_EVENT.EXIT ? "exit" : "event" };
    case "signal":
    case "group-stop":
    case "interrupted":
      return { kind: status.kind };
    default:
      return undefined;
  }
}

function syscallStop(tid: number): Stop {
  const stop = readSyscallStop(tid);
  return { kind: stop ? `syscall-${stop.op}` : "event" };
}

function interrupted(tracer: Tracer, task: LiveTask): void {
  task.stop = { kind: "interrupted" };
  if (!task.endsCall || !endInterruptedCall(task, tracer.machine)) redoInterruptedCall(task, tracer.machine);
  if (task.groupStopped) {
    task.groupStopped = false;
    if (task.wants(UTRACE_EVENT.JCTL)) tracer.report({ kind: "jctl", task, signal: 0 });
  }
}

// ---- events of ptrace ----

function atEvent(tracer: Tracer, task: LiveTask, event: number): void {
  task.stop = { kind: "event" };
  switch (event) {
    case PTRACE_EVENT.FORK:
    case PTRACE_EVENT.VFORK:
    case PTRACE_EVENT.CLONE:
      cloned(tracer, task, event);
      break;
    case PTRACE_EVENT.EXEC:
      execed(tracer, task);
      break;
    case PTRACE_EVENT.EXIT:
      task.stop = { kind: "exit" };
      endIn(tracer, task);
      tracer.early.adopt(tracer, task);
      if (task.wants(UTRACE_EVENT.DEATH) || task.wants(UTRACE_EVENT.REAP)) task.remember();
      if (task.wants(UTRACE_EVENT.EXIT)) tracer.report({ kind: "exit", task, code: eventMessage(task.tid) ?? 0 });
      break;
    case PTRACE_EVENT.SECCOMP:
      atSyscall(tracer, task, true);
      break;
  }
}
