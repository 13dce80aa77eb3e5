/**
 * Return instances: the calls of one task whose return address was replaced by the trampoline.
 *
 * Pushed at function entry, popped when the task arrives at the trampoline. Calls that never return (longjmp, exec)
 * are told by the stack pointer: the stack grows down, so when a task is back at `sp`, every instance entered below
 * the frame that returns now is stale. Tail calls put several instances on one stack pointer; they return together,
 * newest first.
 */

export interface ReturnInstance<T> {
  /** Stack pointer at the entry of the function. */
  readonly sp: bigint;
  /** Where the function would have returned to; the trampoline itself when a caller tail-called. */
  readonly returnAddress: number;
  /** What the probes of this call remember from its entry. */
  readonly payload: T;
}

export class ReturnStack<T> {
  #instances: ReturnInstance<T>[] = [];

  push(instance: ReturnInstance<T>): void {
    // A call entered at or above an older one's stack pointer means that the older one was left by a longjmp,
    // unless both are the same frame (a tail call).
    while (this.#instances.length > 0 && (this.#instances.at(-1)?.sp ?? 0n) < instance.sp) this.#instances.pop();
    this.#instances.push(instance);
  }

  /** The instances that end with this return, newest first; the last one's `returnAddress` is where to go on. */
  returned(sp: bigint, trampoline: number): readonly ReturnInstance<T>[] {
    const frame = this.#instances.reduce<bigint | undefined>(
      (best, { sp: own }) => (own <= sp && (best === undefined || own > best) ? own : best),
      undefined,
    );
    if (frame === undefined) return [];
    while (this.#instances.length > 0 && (this.#instances.at(-1)?.sp ?? 0n) < frame) this.#instances.pop();
    const ended: ReturnInstance<T>[] = [];
    for (;;) {
      const instance = this.#instances.pop();
      if (!instance) return ended;
      ended.push(instance);
      if (instance.returnAddress !== trampoline) return ended;
    }
  }

  /** A forked child returns through the same frames. */
  copy(): ReturnStack<T> {
    const copy = new ReturnStack<T>();
    copy.#instances = [...this.#instances];
    return copy;
  }

  /** Newest first. */
  outstanding(): readonly ReturnInstance<T>[] {
    return [...this.#instances].reverse();
  }

  clear(): void {
    this.#instances = [];
  }
}
