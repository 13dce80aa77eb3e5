/**
 * Who is on which CPU, for sched_switch, and tasks that are dead but still there, for sched_process_free.
 *
 * The scheduler calls `turnEnds` and, when CPUs have been given out, `look`. A task that leaves its CPU and gets it back
 * at once has never left it. A CPU that nobody has is the idle task's.
 */
import type { EventName, EventValues } from "../../target/kernel-points.ts";
import type { Task } from "../process/task.ts";
import type { VirtualCpu } from "../scheduling/cpus.ts";
import type { Point } from "./point.ts";
import type { Handles } from "./structures.ts";
import { IDLE_PRIO, idleComm, idleTask, prioOf, TASK, taskStruct } from "./task-struct.ts";

type Events = { readonly [N in EventName]: Point<EventValues<N>> };

export class Switches {
  readonly #events: Events;
  readonly #handles: Handles;
  /** By CPU. */
  readonly #shown: (Task | undefined)[] = [];
  readonly #states: number[] = [];
  /** Dead tasks that still have their CPU. */
  readonly #leaving = new Set<Task>();

  constructor(events: Events, handles: Handles) {
    this.#events = events;
    this.#handles = handles;
  }

  /** Before anything else happens to the task. */
  turnEnds({ number }: VirtualCpu, task: Task): void {
    if (this.#events.sched_switch.watched) this.#states[number] = reportedState(task);
  }

  /** CPUs have been given to tasks, or taken away. */
  look(cpus: readonly VirtualCpu[]): void {
    for (let i = 0; i < cpus.length; i++) {
      const { number, task } = cpus[i]!;
      if (this.#shown[number] !== task) this.#change(number, task);
    }
  }

  /** Nobody can find it any more: its memory goes as soon as it has no CPU. */
  free(task: Task, by: Task | undefined): void {
    if (!this.#events.sched_process_free.watched) return;
    if (this.#shown.includes(task)) this.#leaving.add(task);
    else this.#tellFree(by, task);
  }

  #change(number: number, next: Task | undefined): void {
    const prev = this.#shown[number];
    this.#shown[number] = next;
    const { sched_switch } = this.#events;
    if (sched_switch.watched) {
      const state = prev ? (this.#states[number] ?? TASK.RUNNING) : TASK.RUNNING;
      sched_switch.fire(prev, {
        // Tasks are preempted on their way to user mode only, where Linux says that they gave way.
        preempt: 0,
        prev: prev ? taskStruct(prev) : idleTask(this.#handles, number),
        next: next ? taskStruct(next) : idleTask(this.#handles, number),
        prev_comm: prev ? prev.execname : idleComm(number),
        prev_pid: prev ? prev.tid : 0,
        prev_prio: prev ? prioOf(prev) : IDLE_PRIO,
        prev_state: state,
        next_comm: next ? next.execname : idleComm(number),
        next_pid: next ? next.tid : 0,
        next_prio: next ? prioOf(next) : IDLE_PRIO,
      });
    }
    if (prev && this.#leaving.delete(prev)) this.#tellFree(next, prev);
  }

  #tellFree(context: Task | undefined, p: Task): void {
    this.#events.sched_process_free.fire(context, {
      p: taskStruct(p),
      comm: p.execname,
      pid: p.tid,
      prio: prioOf(p),
    });
  }
}

/** Bits of TASK_REPORT. */
function reportedState(task: Task): number {
  if (task.life !== "alive") return task.life === "zombie" ? TASK.EXIT_ZOMBIE : TASK.EXIT_DEAD;
  if (task.held) return TASK.TRACED;
  if (task.process.stopSignal !== 0) return TASK.STOPPED;
  if (task.sleep) return task.sleep.interruptible ? TASK.INTERRUPTIBLE : TASK.UNINTERRUPTIBLE;
  return TASK.RUNNING;
}
