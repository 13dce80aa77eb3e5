/**
 * What a task without CAP_SYS_NICE may ask of the scheduler, for itself and for others: sched(7), RLIMIT_NICE, RLIMIT_RTPRIO.
 *
 * `scheduling.ts` and `limits.ts` ask; user 0 is not asked.
 */
import { RLIMIT } from "../process/process.ts";
import type { Task } from "../process/task.ts";
import { rankOf, SCHED, type Scheduling } from "../scheduling/schedule.ts";

/** The caller is whom the other belongs to, or whom it acts for. */
export function isSameOwner(caller: Task, other: Task): boolean {
  return caller.euid === other.uid || caller.euid === other.euid;
}

/** Nicer is always allowed; less nice as far as RLIMIT_NICE goes, which counts from 20 down. */
export function mayHaveNice(task: Task, nice: number): boolean {
  return 20 - nice <= softLimit(task, RLIMIT.RLIMIT_NICE);
}

export function maySet(caller: Task, task: Task, next: Scheduling): boolean {
  const old = task.scheduling;
  if (!isSameOwner(caller, task)) return false;
  if (old.resetOnFork && !next.resetOnFork) return false;
  // Out of SCHED_IDLE is a rise, though the niceness stays.
  const leavesIdle = old.policy === SCHED.IDLE && next.policy !== SCHED.IDLE;
  if (leavesIdle && !mayHaveNice(task, old.nice)) return false;
  if (rankOf(next) === 0) return next.nice >= old.nice || mayHaveNice(task, next.nice);
  const highest = softLimit(task, RLIMIT.RLIMIT_RTPRIO);
  if (next.policy !== old.policy && highest === 0) return false;
  return next.priority <= old.priority || next.priority <= highest;
}

function softLimit(task: Task, resource: number): number {
  return Number(task.process.resourceLimits[resource]!.soft);
}
