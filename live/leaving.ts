/**
 * Nobody traces any more: every thread goes on by itself, as if it had never been traced.
 *
 * `leaveAll` is how a session ends that has no filter to serve; one that cannot be stopped then is left when it next
 * stops, by `leave`.
 */
import { sendDeferred } from "./calls-in-threads.ts";
import { detach, interrupt, isTrapDue, resume } from "./ptrace/ptrace.ts";
import { decodeStatus, PTRACE_EVENT } from "./ptrace/status.ts";
import type { LiveTask } from "./task.ts";
import type { Tracer } from "./tracer.ts";

/** Generations of processes that are made while they are being stopped. */
const MAX_ROUNDS = 100;
/** Stops of a thread on its way out of a call. */
const MAX_STOPS = 100;

/**
 * Everybody stands still, and what they had done before that is reported as far as others are concerned: no process is
 * unknown that has a copy of somebody's memory, and nobody has become another program.
 */
export function standStill(tracer: Tracer): void {
  if (!tracer.hooks) return;
  tracer.standing = true;
  tracer.early.adopt(tracer, undefined, true);
  const seen = new Set<LiveTask>();
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const fresh = tracer.tasks().filter((task) => !seen.has(task));
    if (fresh.length === 0) return;
    for (const task of fresh) {
      seen.add(task);
      if (!tracer.ensureStopped(task)) continue;
      const status = tracer.statuses.takeKept(task.tid, concernsOthers);
      if (status !== undefined) tracer.handle(task, status);
    }
  }
}

/**
 * Everybody has just been taken, and what they were about to report is not for the session: they stand still with nothing
 * to say, as those must that make calls for us. What they have forked stands still too.
 */
export function settleAll(tracer: Tracer): void {
  tracer.standing = true;
  for (const task of tracer.tasks()) settleNews(tracer, task, (status) => decodeStatus(status).kind !== "interrupted");
  tracer.standing = false;
}

const { FORK, VFORK, CLONE, EXEC } = PTRACE_EVENT;

function concernsOthers(waited: number): boolean {
  const status = decodeStatus(waited);
  return status.kind === "event" && [FORK, VFORK, CLONE, EXEC].includes(status.event as typeof FORK);
}

export function leaveAll(tracer: Tracer): void {
  tracer.leaving = true;
  tracer.early.adopt(tracer, undefined, true);
  const stopped = tracer.tasks().filter((task) => tracer.ensureStopped(task));
  for (const task of stopped) settleNews(tracer, task);
  for (const mm of new Set(tracer.tasks().map((task) => task.mm))) {
    mm.leaveLibraries();
    mm.guard?.close();
  }
  for (const task of stopped) tracer.goOn(task);
}

/** A thread that stands still. */
export function leave(tracer: Tracer, task: LiveTask): void {
  awaitInterrupt(tracer, task);
  if (task.stop && isTrapDue(task.tid)) takeTrap(tracer, task);
  if (task.life === "dead") return;
  sendDeferred(task);
  task.registers.flush();
  detach(task.tid, task.signal);
  tracer.remove(task);
}

/** Left at the entry of a call, a thread that was interrupted would see it end with EINTR: the end is waited for. */
function awaitInterrupt(tracer: Tracer, task: LiveTask): void {
  for (let stops = 0; task.interrupted && task.life === "alive" && stops < MAX_STOPS; stops++) {
    tracer.resume(task);
    interrupt(task.tid);
    const status = tracer.takeFirstStop(task.tid);
    if (status === undefined) return;
    tracer.tell(task, status);
  }
}

/**
 * The process was stopped, as a shell does it, before this thread could report its breakpoint. That it runs for a moment
 * nobody sees: it stops again when it is detached.
 */
function takeTrap(tracer: Tracer, task: LiveTask): void {
  task.registers.flush();
  resume(task.tid, "cont", 0);
  const status = tracer.takeFirstStop(task.tid);
  if (status !== undefined) tracer.tell(task, status);
}

/** Handles what a thread has still to report, while nobody is interested in it. */
function settleNews(tracer: Tracer, task: LiveTask, isWanted?: (status: number) => boolean): void {
  for (;;) {
    const status = tracer.statuses.takeKept(task.tid, isWanted);
    if (status === undefined) return;
    tracer.tell(task, status);
  }
}
