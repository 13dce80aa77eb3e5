/** One place of the kernel that can be probed: who listens there, and what listeners are given. */
import { bug } from "../../base/assert.ts";
import type { KernelEvent, KernelValue } from "../../target/kernel-points.ts";
import type { Task } from "../process/task.ts";

export type KernelListener = (event: KernelEvent) => void;

/** The values of a hit by name. */
export type Values<Name extends string = string> = { readonly [name in Name]: KernelValue };

export class Point<V extends Values = Values> {
  /** Somebody listens. */
  watched = false;
  readonly #listeners = new Set<KernelListener>();
  readonly #changed: ((watched: boolean) => void) | undefined;

  constructor(changed?: (watched: boolean) => void) {
    this.#changed = changed;
  }

  /** Until what it gives back is called. */
  watch(listener: KernelListener): () => void {
    // The same function may listen twice.
    const own: KernelListener = (event) => listener(event);
    this.#listeners.add(own);
    this.#note();
    return () => {
      this.#listeners.delete(own);
      this.#note();
    };
  }

  /** `task` is in whose context; undefined for the idle task. */
  fire(task: Task | undefined, values: V): void {
    const event = new PointEvent(task, values);
    for (const tell of [...this.#listeners]) tell(event);
  }

  #note(): void {
    const watched = this.#listeners.size > 0;
    if (watched === this.watched) return;
    this.watched = watched;
    this.#changed?.(watched);
  }
}

/** The values of one hit. */
export class PointEvent implements KernelEvent {
  readonly task: Task | undefined;
  readonly #values: { readonly [name: string]: KernelValue };

  constructor(task: Task | undefined, values: { readonly [name: string]: KernelValue }) {
    this.task = task;
    this.#values = values;
  }

  value(name: string): KernelValue {
    return this.#values[name] ?? bug("kernel/points", `no value '${name}'`);
  }
}
