/**
 * Futexes: words in user memory that tasks sleep on, first come, first served.
 *
 * A word in memory that is shared between processes is known by the pages it is in, any other (and every one of a
 * FUTEX_PRIVATE call) by its address in its address space. The handler of futex(2) is in syscalls/futex.ts.
 */
import type { Machine } from "../machine.ts";
import type { AddressSpace } from "../memory/address-space.ts";
import type { Task } from "../process/task.ts";
import type { WaitQueue } from "../syscall-context.ts";

/** `task.restart` of a waiter. */
export interface FutexWait {
  readonly kind: "futex";
  readonly bits: number;
  readonly deadline: number;
  /** FUTEX_REQUEUE changes it. */
  futex: Futex;
  woken: boolean;
}

export const FUTEX_BITSET_MATCH_ANY = 0xffff_ffff;

/** A word that somebody sleeps on. */
export interface Futex {
  readonly owner: object;
  readonly offset: number;
  readonly queue: WaitQueue;
}

export class Futexes {
  readonly #byOwner = new WeakMap<object, Map<number, Futex>>();

  get(mm: AddressSpace, address: number, isPrivate: boolean): Futex {
    const area = isPrivate ? undefined : mm.findArea(address);
    const owner: object = area?.shared ?? mm;
    const offset = area?.shared ? area.offset + (address - area.start) : address;
    return this.#byOwner.get(owner)?.get(offset) ?? { owner, offset, queue: { sleepers: new Set() } };
  }

  /** Before a task sleeps on it. */
  keep(futex: Futex): void {
    const words = this.#byOwner.get(futex.owner) ?? new Map<number, Futex>();
    this.#byOwner.set(futex.owner, words.set(futex.offset, futex));
  }

  /** A futex without sleepers needs no memory; another may have taken its place already. */
  drop(futex: Futex): void {
    const words = this.#byOwner.get(futex.owner);
    if (futex.queue.sleepers.size === 0 && words?.get(futex.offset) === futex) words.delete(futex.offset);
  }
}

/** Wakes at most `count` waiters whose bits match; how many. */
export function wakeFutex(machine: Machine, futex: Futex, count: number, bits = FUTEX_BITSET_MATCH_ANY): number {
  let woken = 0;
  for (const { task, wait } of waiters(futex)) {
    if (woken >= count) break;
    if ((wait.bits & bits) === 0) continue;
    wait.woken = true;
    machine.scheduler.wakeUpProcess(task);
    woken++;
  }
  machine.futexes.drop(futex);
  return woken;
}

/** Lets at most `count` waiters of one word wait for another; how many. */
export function requeueFutex(machine: Machine, from: Futex, to: Futex, count: number): number {
  let moved = 0;
  for (const { task, wait } of waiters(from)) {
    if (moved >= count) break;
    machine.futexes.keep(to);
    if (to !== from) machine.scheduler.moveSleeper(task, from.queue, to.queue);
    wait.futex = to;
    moved++;
  }
  machine.futexes.drop(from);
  return moved;
}

function* waiters(futex: Futex): Iterable<{ readonly task: Task; readonly wait: FutexWait }> {
  for (const task of futex.queue.sleepers) {
    const wait = task.restart as FutexWait | undefined;
    if (wait?.kind === "futex") yield { task, wait };
  }
}
