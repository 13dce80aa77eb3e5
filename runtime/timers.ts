/**
 * The timers of a session: a heap ordered by due time, on the target's clock.
 *
 * The session arms them when it starts to run, tells the target the next due time, and fires what is due. Ticks that
 * were missed are not made up for. A `randomize(M)` moves every period by a random amount in [-M, +M].
 */

export interface TimerSpec {
  readonly period: number;
  readonly randomize: number;
}

interface Timer extends TimerSpec {
  /** What is handed back when it fires. */
  readonly id: number;
  due: number;
}

export class Timers {
  /** `#heap[0]` is next; the children of i are 2i+1 and 2i+2. */
  readonly #heap: Timer[] = [];
  readonly #random: (n: number) => number;

  /** `random(n)`: an integer in [0, n). */
  constructor(random: (n: number) => number) {
    this.#random = random;
  }

  /** Timers of one due time fire in order of id. */
  start(id: number, spec: TimerSpec, now: number): void {
    const timer = { ...spec, id, due: now };
    timer.due = this.#after(timer, now);
    this.#heap.push(timer);
    this.#up(this.#heap.length - 1);
  }

  stop(): void {
    this.#heap.length = 0;
  }

  /** Takes one timer out; it can be started again. */
  cancel(id: number): void {
    const at = this.#heap.findIndex((timer) => timer.id === id);
    const last = at < 0 ? undefined : this.#heap.pop();
    if (!last || at === this.#heap.length) return;
    this.#heap[at] = last;
    this.#up(at);
    this.#down(at);
  }

  /** Due time of the next timer; Infinity without one. */
  next(): number {
    return this.#heap[0]?.due ?? Number.POSITIVE_INFINITY;
  }

  /** The ids of the timers that are due, in order; each is set to its next time. */
  takeDue(now: number): readonly number[] {
    const ids: number[] = [];
    for (let timer = this.#heap[0]; timer && timer.due <= now; timer = this.#heap[0]) {
      ids.push(timer.id);
      timer.due = this.#after(timer, now);
      this.#down(0);
    }
    return ids;
  }

  #after(timer: Timer, now: number): number {
    const jitter = timer.randomize > 0 ? this.#random(2 * timer.randomize + 1) - timer.randomize : 0;
    const period = Math.max(1, timer.period + jitter);
    const due = timer.due + period;
    return due > now ? due : now + period;
  }

  #before(a: number, b: number): boolean {
    const first = this.#heap[a]!;
    const second = this.#heap[b]!;
    return first.due < second.due || (first.due === second.due && first.id < second.id);
  }

  #swap(a: number, b: number): void {
    [this.#heap[a], this.#heap[b]] = [this.#heap[b]!, this.#heap[a]!];
  }

  #up(from: number): void {
    for (let at = from; at > 0; ) {
      const parent = (at - 1) >> 1;
      if (!this.#before(at, parent)) return;
      this.#swap(at, parent);
      at = parent;
    }
  }

  #down(from: number): void {
    for (let at = from; ; ) {
      let least = at;
      for (const child of [2 * at + 1, 2 * at + 2]) {
        if (child < this.#heap.length && this.#before(child, least)) least = child;
      }
      if (least === at) return;
      this.#swap(at, least);
      at = least;
    }
  }
}
