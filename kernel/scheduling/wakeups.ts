/**
 * Who sleeps until when, and who is woken: from there on the task waits for a CPU (`cpus.ts`).
 *
 * System calls put their task to sleep on queues (`syscall.ts`); whoever changes what the sleepers wait for wakes a queue. The
 * scheduler is made of this.
 */

import type { Machine } from "../machine.ts";
import { tellWoken, wakeUp } from "../points/tasks.ts";
import type { Task } from "../process/task.ts";
import type { WaitQueue } from "../syscall-context.ts";
import type { Cpus } from "./cpus.ts";

export abstract class Wakeups {
  readonly cpus: Cpus;
  protected readonly machine: Machine;

  constructor(machine: Machine, cpus: Cpus) {
    this.machine = machine;
    this.cpus = cpus;
  }

  makeRunnable(task: Task): void {
    this.cpus.add(task);
  }

  sleep(task: Task, queues: readonly WaitQueue[], deadline: number, interruptible: boolean): void {
    const timer =
      deadline < Number.POSITIVE_INFINITY
        ? this.machine.timers.add(deadline, () => this.wakeUpProcess(task))
        : undefined;
    task.sleep = { queues, interruptible, timer };
    for (const queue of queues) queue.sleepers.add(task);
  }

  /** As `wakeTask`, where it is about this one task: its time has come, its futex is free. */
  wakeUpProcess(task: Task): void {
    const { wake_up_process } = this.machine.points.functions;
    if (wake_up_process.watched) wakeUp(task, "wake_up_process", () => this.wakeTask(task));
    else this.wakeTask(task);
  }

  wakeTask(task: Task): void {
    const { try_to_wake_up } = this.machine.points.functions;
    if (try_to_wake_up.watched) wakeUp(task, "try_to_wake_up", () => this.#wake(task));
    else this.#wake(task);
  }

  #wake(task: Task): void {
    if (!task.sleep) return;
    for (const queue of task.sleep.queues) queue.sleepers.delete(task);
    this.machine.timers.cancel(task.sleep.timer);
    task.sleep = undefined;
    this.makeRunnable(task);
    tellWoken(task);
  }

  /** A task that was stopped, not asleep. */
  goOn(task: Task): void {
    this.makeRunnable(task);
    tellWoken(task);
  }

  /** A sleeper waits for another queue from now on, as the last in it. */
  moveSleeper(task: Task, from: WaitQueue, to: WaitQueue): void {
    if (!task.sleep) return;
    from.sleepers.delete(task);
    to.sleepers.add(task);
    task.sleep = { ...task.sleep, queues: task.sleep.queues.map((queue) => (queue === from ? to : queue)) };
  }

  wake(queue: WaitQueue): void {
    queue.wakes = (queue.wakes ?? 0) + 1;
    for (const task of [...queue.sleepers]) this.wakeTask(task);
  }

  /** Ends an interruptible wait; the task looks at its signals and requests. */
  interrupt(task: Task): void {
    if (task.sleep?.interruptible) this.wakeTask(task);
  }
}
