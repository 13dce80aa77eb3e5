/**
 * Futexes: words in user memory that tasks sleep on, FIFO. Keyed by address space and address, so a futex works
 * between the threads of a process, not between processes over shared mappings.
 */
import type { Machine } from "./machine.ts";
import type { AddressSpace } from "./memory/address-space.ts";
import type { WaitQueue } from "./syscall-context.ts";

/** `task.restart` of a waiter. */
export interface FutexWait {
  readonly kind: "futex";
  readonly bits: number;
  woken: boolean;
}

export const FUTEX_BITSET_MATCH_ANY = 0xffff_ffff;

export class Futexes {
  readonly #queues = new WeakMap<AddressSpace, Map<number, WaitQueue>>();

  get(mm: AddressSpace, address: number): WaitQueue {
    let queues = this.#queues.get(mm);
    if (!queues) this.#queues.set(mm, (queues = new Map()));
    let queue = queues.get(address);
    if (!queue) queues.set(address, (queue = { sleepers: new Set() }));
    return queue;
  }
}

/** Wakes at most `count` waiters whose bits match; how many. */
export function wakeFutex(
  machine: Machine,
  mm: AddressSpace,
  address: number,
  count: number,
  bits = FUTEX_BITSET_MATCH_ANY,
): number {
  let woken = 0;
  for (const task of [...machine.futexes.get(mm, address).sleepers]) {
    if (woken >= count) break;
    const wait = task.restart as FutexWait | undefined;
    if (wait?.kind !== "futex" || (wait.bits & bits) === 0) continue;
    wait.woken = true;
    machine.scheduler.wakeTask(task);
    woken++;
  }
  return woken;
}
