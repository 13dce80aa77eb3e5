/**
 * Stops every thread of a process that nobody traces, and keeps them stopped: for `cleanup.ts`.
 *
 * Threads make threads until they are stopped, so the list is read again until there is nothing new in it. A signal that
 * was on its way is kept, and delivered when the thread is let go.
 */

import type { LiveAddressSpace } from "../address-space.ts";
import type { Machine } from "../machines/machine.ts";
import { hasEnded, livingThread, readTasks } from "../proc.ts";
import { detach, interrupt, isTrapDue, PTRACE_O, readSiginfo, resume, seize, wait } from "../ptrace/ptrace.ts";
import { decodeStatus } from "../ptrace/status.ts";
import { newSpace } from "../spaces.ts";
import type { LiveTask } from "../task.ts";
import { Tracer } from "../tracer.ts";

/** Rounds in which threads that appeared meanwhile are stopped too. */
const MAX_ROUNDS = 1000;
const SIGTRAP = 5;
const ESRCH = 3;

export interface StoppedProcess {
  readonly tracer: Tracer;
  readonly mm: LiveAddressSpace;
  readonly threads: readonly LiveTask[];
  /** Those that stand behind a breakpoint instruction, or after a step: the SIGTRAP for it is in `signal`. */
  readonly trapped: Set<LiveTask>;
}

/** A number is the errno of seizing the first thread. */
export function stopProcess(pid: number, machine: Machine): StoppedProcess | number {
  const tracer = new Tracer(machine);
  tracer.options = PTRACE_O.TRACESYSGOOD;
  const mm = newSpace(tracer, livingThread(pid));
  const seen = new Set<number>();
  const trapped = new Set<LiveTask>();
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const fresh = readTasks(pid).filter((tid) => !seen.has(tid));
    if (fresh.length === 0) break;
    for (const tid of fresh) {
      seen.add(tid);
      const seized = seize(tid, tracer.options);
      // One that has ended since the list was read is no loss; the first stays in it as long as others run.
      if (seized < 0 && (hasEnded(pid, tid) || (seized === -ESRCH && seen.size > 1))) continue;
      if (seized < 0) return -seized;
      const task = tracer.add(tid, pid, mm);
      interrupt(tid);
      awaitStop(tracer, task, trapped);
    }
  }
  return { tracer, mm, threads: tracer.tasks(), trapped };
}

/** Lets a thread run a moment, or one instruction. */
export function runOn({ tracer, trapped }: StoppedProcess, task: LiveTask, how: "cont" | "step"): void {
  task.registers.flush();
  const { signal } = task;
  task.signal = 0;
  task.mm.forget();
  resume(task.tid, how, signal);
  if (how === "cont") interrupt(task.tid);
  awaitStop(tracer, task, trapped);
}

export function letGo({ tracer, threads }: StoppedProcess): void {
  for (const task of threads) {
    if (task.life === "dead") continue;
    task.registers.flush();
    detach(task.tid, task.signal);
    tracer.remove(task);
  }
}

function awaitStop(tracer: Tracer, task: LiveTask, trapped: Set<LiveTask>): void {
  trapped.delete(task);
  for (;;) {
    const waited = wait(task.tid, true);
    if (waited === "signal") continue;
    const status = waited === "none" ? undefined : decodeStatus(waited.status);
    if (!status || status.kind === "exited" || status.kind === "signaled") {
      tracer.remove(task);
      return;
    }
    task.stop = { kind: status.kind === "group-stop" || status.kind === "signal" ? status.kind : "interrupted" };
    if (status.kind === "interrupted" && isTrapDue(task.tid)) {
      // It runs no instruction before it reports the trap.
      resume(task.tid, "cont", 0);
      continue;
    }
    if (status.kind !== "signal") return;
    task.signal = status.signal;
    if (status.signal === SIGTRAP && (readSiginfo(task.tid)?.code ?? 0) > 0) trapped.add(task);
    return;
  }
}
