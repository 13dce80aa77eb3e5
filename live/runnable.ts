/** Whom a timer interrupts: a thread that computes, each in its turn. */
import { readStat } from "./proc.ts";
import type { LiveTask } from "./task.ts";
import type { Tracer } from "./tracer.ts";

/** Threads looked at for one timer. */
const MAX_LOOKS = 32;

let turn = 0;

/** Stands still afterwards; the tracer lets it go on with its next status. */
export function runnable(tracer: Tracer): LiveTask | undefined {
  const tasks = tracer.tasks();
  for (let i = 0; i < Math.min(tasks.length, MAX_LOOKS); i++) {
    const task = tasks[++turn % tasks.length];
    if (task && !task.stop && readStat(task.pid, task.tid)?.state === "running" && tracer.ensureStopped(task))
      return task;
  }
  return undefined;
}
