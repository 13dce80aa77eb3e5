/**
 * Takes a running process: every thread is seized and stands still afterwards.
 *
 * Threads make threads while they are taken, so the list is read again until it holds no new one. If one refuses, those
 * that were taken go on as if nothing had been.
 */

import { type Explanation, explainAttach } from "./attach-errors.ts";
import { readAttachFacts } from "./attach-facts.ts";
import { hostSyscall } from "./host-syscall.ts";
import { leaveAll, settleAll } from "./leaving.ts";
import { hasEnded, livingThread, readStatus, readTasks } from "./proc.ts";
import { seize } from "./ptrace/ptrace.ts";
import { newSpace } from "./spaces.ts";
import type { Tracer } from "./tracer.ts";

/** Readings of the list of threads; a process that makes threads faster than that is taken as far as it was seen. */
const MAX_ROUNDS = 100;
const EPERM = 1;
const ESRCH = 3;

/** Undefined when all went well, else why not. */
export function attachProcess(tracer: Tracer, pid: number): Explanation | undefined {
  const before = explainAttach(0, readAttachFacts(pid));
  if (before) return before;
  const mm = newSpace(tracer, livingThread(pid));
  /** Threads that have ended, the first one is listed until all have; and those that were made by others just taken. */
  const over = new Set<number>();
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const fresh = readTasks(pid).filter((tid) => !tracer.find(tid) && !over.has(tid));
    if (fresh.length === 0) break;
    for (const tid of fresh) {
      const result = seize(tid, tracer.options);
      if (result === -ESRCH || (result === -EPERM && (hasEnded(pid, tid) || isOurs(pid, tid)))) {
        over.add(tid);
        continue;
      }
      if (result < 0) {
        leaveAll(tracer);
        return explainAttach(-result, readAttachFacts(pid));
      }
      const task = tracer.add(tid, pid, mm);
      task.stop = undefined;
      tracer.ensureStopped(task);
      if (!tracer.find(mm.tid)) mm.moveTo(tid);
    }
  }
  settleAll(tracer);
  return tracer.tasks().length > 0 ? undefined : explainAttach(ESRCH, readAttachFacts(pid));
}

/** Its maker was ours already, and tells of it. */
function isOurs(pid: number, tid: number): boolean {
  return readStatus(pid, tid)?.tracer === hostSyscall("gettid");
}
