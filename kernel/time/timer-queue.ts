/**
 * What happens at a time: sleeps that end, interval timers, POSIX timers.
 *
 * A binary heap by monotonic ns and, for one time, by the order of adding. The scheduler asks `next` before each slice and
 * calls `fireDue`; whoever added a timer may cancel it, which costs nothing: it leaves the heap when it comes to the top,
 * or when more than half of the heap is cancelled.
 */
export interface Timer {
  readonly time: number;
  readonly order: number;
  /** Undefined once fired or cancelled. */
  fire: (() => void) | undefined;
}

const SMALL = 64;

export class TimerQueue {
  #heap: Timer[] = [];
  #order = 0;
  #cancelled = 0;

  add(time: number, fire: () => void): Timer {
    const timer: Timer = { time, order: this.#order++, fire };
    this.#push(timer);
    return timer;
  }

  cancel(timer: Timer | undefined): void {
    if (!timer?.fire) return;
    timer.fire = undefined;
    if (++this.#cancelled <= SMALL || this.#cancelled * 2 < this.#heap.length) return;
    const live = this.#heap.filter((other) => other.fire);
    this.#heap = [];
    this.#cancelled = 0;
    for (const other of live) this.#push(other);
  }

  /** When the next one is due; Infinity for never. */
  get next(): number {
    for (let top = this.#heap[0]; top; top = this.#heap[0]) {
      if (top.fire) return top.time;
      this.#pop();
      this.#cancelled--;
    }
    return Number.POSITIVE_INFINITY;
  }

  /** Fires what is due at `now`, not what that adds. */
  fireDue(now: number): void {
    const limit = this.#order;
    const later: Timer[] = [];
    while (this.next <= now) {
      const timer = this.#pop();
      if (timer.order >= limit) {
        later.push(timer);
        continue;
      }
      const { fire } = timer;
      timer.fire = undefined;
      fire?.();
    }
    for (const timer of later) this.#push(timer);
  }

  #push(timer: Timer): void {
    const heap = this.#heap;
    let at = heap.length;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!before(timer, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = timer;
  }

  #pop(): Timer {
    const heap = this.#heap;
    const top = heap[0]!;
    const last = heap.pop()!;
    if (last === top) return top;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child++;
      if (!before(heap[child]!, last)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
    return top;
  }
}

function before(a: Timer, b: Timer): boolean {
  return a.time < b.time || (a.time === b.time && a.order < b.order);
}
