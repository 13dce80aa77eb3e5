/**
 * The tasks that wait for a CPU, by rank and, within a rank, in the order in which they came.
 *
 * `cpus.ts` adds and takes. A task that cannot run any more when its turn comes is dropped then, not before.
 */

import type { Task } from "../process/task.ts";
import { rankOf, type Schedule } from "./schedule.ts";

export class RunQueue {
  /** By rank. */
  readonly #levels: Task[][] = [];
  /** Tasks in all levels. */
  #size = 0;

  add(task: Task, place: "head" | "tail"): void {
    task.queued = true;
    const level = (this.#levels[rankOf(task.scheduling)] ??= []);
    if (place === "tail") level.push(task);
    else level.unshift(task);
    this.#size++;
  }

  /** The highest rank of which somebody waits. */
  get top(): number {
    if (this.#size === 0) return -1;
    let rank = this.#levels.length - 1;
    while (rank >= 0 && !this.#levels[rank]?.length) rank--;
    return rank;
  }

  remove(task: Task): void {
    for (const level of this.#levels) {
      const at = level?.indexOf(task) ?? -1;
      if (level && at >= 0) this.#drop(level, at);
    }
  }

  /** Of the tasks of the highest rank that `fits` lets pass, the one that the schedule picks. */
  take(schedule: Schedule, fits: (task: Task) => boolean): Task | undefined {
    for (let rank = this.#levels.length - 1; rank >= 0 && this.#size > 0; rank--) {
      const level = this.#levels[rank];
      const task = level && this.#takeFrom(level, schedule, fits);
      if (task) return task;
    }
    return undefined;
  }

  /** From a place that chance gives, the first that fits. */
  #takeFrom(level: Task[], schedule: Schedule, fits: (task: Task) => boolean): Task | undefined {
    let at = level.length > 1 ? schedule.pick(level.length) : 0;
    for (let unseen = level.length; unseen > 0; unseen--) {
      if (at >= level.length) at = 0;
      const task = level[at]!;
      if (!task.runnable) this.#drop(level, at);
      else if (!fits(task)) at++;
      else {
        this.#drop(level, at);
        return task;
      }
    }
    return undefined;
  }

  #drop(level: Task[], at: number): void {
    const task = at === 0 ? level.shift() : level.splice(at, 1)[0];
    if (task) task.queued = false;
    this.#size--;
  }
}
