/**
 * Nobody traces any more: every thread goes on by itself, as if it had never been traced.
 *
 * `leaveAll` is how a session ends that has no filter to serve; one that cannot be stopped then is left when it next
 * stops, by `leave`.
 */
import { sendDeferred } from "./calls-in-threads.ts";
import { detach, interrupt } from "./ptrace/ptrace.ts";
import type { LiveTask } from "./task.ts";
import type { Tracer } from "./tracer.ts";

/** Stops of a thread on its way out of a call. */
const MAX_STOPS = 100;

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

/** Handles what a thread has still to report, without reporting it. */
function settleNews(tracer: Tracer, task: LiveTask): void {
  for (;;) {
    const status = tracer.statuses.takeKept(task.tid);
    if (status === undefined) return;
    tracer.tell(task, status);
  }
}
