/**
 * The virtual CPUs: which task has which of them.
 *
 * They take turns, `schedule.ts` says how long, while the clock goes on as if they all worked at the same time. A task that becomes
 * runnable waits in one queue for all until a CPU is free that it may use; one of higher rank takes a CPU away at once.
 */
import { limits } from "../../base/limits.ts";
import type { Task } from "../process/task.ts";
import { RunQueue } from "./run-queue.ts";
import { rankOf, type Schedule, type Scheduling } from "./schedule.ts";

export interface VirtualCpu {
  readonly number: number;
  /** Who has it, also while it is the turn of another CPU. */
  task: Task | undefined;
  /** Who ran on it last. */
  last: Task | undefined;
  busyNs: number;
}

export class Cpus {
  readonly all: readonly VirtualCpu[];
  /** How many have a task. */
  busy = 0;
  /** The turn ends at once: another task should have a CPU. */
  turnOver = false;
  readonly #schedule: Schedule;
  readonly #queue = new RunQueue();
  #turn = 0;

  constructor(count: number, schedule: Schedule) {
    this.all = Array.from({ length: count }, (_, number) => ({ number, task: undefined, last: undefined, busyNs: 0 }));
    this.#schedule = schedule;
  }

  /** A bit for each. */
  get mask(): number {
    return 2 ** this.all.length - 1;
  }

  add(task: Task, place: "head" | "tail" = "tail"): void {
    if (!task.runnable || task.queued || this.#cpuOf(task)) return;
    this.#queue.add(task, place);
    if (this.#cpuFor(task)) this.turnOver = true;
  }

  /** Where nobody else could run it makes no difference where a slice ends, and chance gives short ones, which take their time. */
  get countsSlices(): boolean {
    return this.#schedule.isFair || this.busy > 1 || this.#queue.top >= 0;
  }

  /** CPUs are given to those who should have them; then it is the turn of the next one that has a task. */
  next(): VirtualCpu | undefined {
    this.turnOver = false;
    this.#assign();
    const count = this.all.length;
    for (let i = 1; this.busy > 0 && i <= count; i++) {
      const at = (this.#turn + i) % count;
      if (!this.all[at]!.task) continue;
      this.#turn = at;
      return this.all[at];
    }
    return undefined;
  }

  /** A turn is over, and perhaps the slice of the task with it. */
  endTurn(cpu: VirtualCpu, task: Task): void {
    const over = task.yields || task.sliceLeft <= 0 || !task.runnable;
    task.yields = false;
    if (!over) return;
    task.sliceLeft = 0;
    if (cpu.task === task) this.#free(cpu);
    this.add(task);
  }

  /** What the task asks of the scheduler becomes something else: when it runs (sched(7) says before whom), or where. */
  change(task: Task, scheduling: Scheduling): void {
    const raised = rankOf(scheduling) - rankOf(task.scheduling);
    const waits = task.queued;
    if (waits && raised !== 0) this.#queue.remove(task);
    task.scheduling = scheduling;
    const cpu = this.#cpuOf(task);
    if (raised !== 0) task.sliceLeft = cpu ? this.#schedule.slice(scheduling) : 0;
    if (cpu && !mayUse(task, cpu)) this.#free(cpu);
    if (waits || cpu) this.add(task, raised > 0 ? "tail" : "head");
    this.turnOver = true;
  }

  #assign(): void {
    const fits = (task: Task): boolean => this.#cpuFor(task) !== undefined;
    while (this.all.some((cpu) => rankOn(cpu) < this.#queue.top)) {
      const task = this.#queue.take(this.#schedule, fits);
      const cpu = task && this.#cpuFor(task);
      if (!cpu) return;
      const before = cpu.task;
      if (before) this.#free(cpu);
      cpu.task = task;
      this.busy++;
      if (task.sliceLeft <= 0) task.sliceLeft = this.#schedule.slice(task.scheduling);
      // It keeps the rest of its slice.
      if (before) this.add(before, "head");
    }
  }

  /** The one where it ran last, or the first free one that it may use, or that of the task of the lowest rank below its own. */
  #cpuFor(task: Task): VirtualCpu | undefined {
    const own = this.all[task.cpu];
    if (own && !own.task && mayUse(task, own)) return own;
    let lowest: VirtualCpu | undefined;
    for (const cpu of this.all) {
      if (mayUse(task, cpu) && rankOn(cpu) < (lowest ? rankOn(lowest) : rankOf(task.scheduling))) lowest = cpu;
    }
    return lowest;
  }

  #free(cpu: VirtualCpu): void {
    cpu.task = undefined;
    this.busy--;
  }

  #cpuOf(task: Task): VirtualCpu | undefined {
    return this.all.find((cpu) => cpu.task === task);
  }
}

/** As Linux writes it: `0-2,5`. */
export function cpuList(mask: number): string {
  const numbers = Array.from({ length: limits.maxCpus }, (_, number) => number).filter((cpu) => (mask >>> cpu) & 1);
  const firsts = numbers.filter((cpu) => !numbers.includes(cpu - 1));
  const lasts = numbers.filter((cpu) => !numbers.includes(cpu + 1));
  return firsts.map((first, i) => (first === lasts[i] ? `${first}` : `${first}-${lasts[i]}`)).join(",");
}

function mayUse({ scheduling: { affinity } }: Task, { number }: VirtualCpu): boolean {
  return affinity === undefined || ((affinity >>> number) & 1) !== 0;
}

/** A free CPU is below everything. */
function rankOn({ task }: VirtualCpu): number {
  return task ? rankOf(task.scheduling) : -1;
}
