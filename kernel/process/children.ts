/**
 * The children of a process: all of them, and those that wait4 and waitid have something to tell of.
 *
 * Both in the order in which they came: a wait takes the first that it is asked for, and costs the same whether ten or ten
 * thousand others go on living. Whoever changes `zombie`, `unreportedStop` or `unreportedContinue` of a child calls `update`.
 */
import type { Process } from "./process.ts";

export class Children {
  /** With the number of each: later ones have larger numbers. */
  readonly #all = new Map<Process, number>();
  #lastNumber = 0;
  /** By number. */
  readonly #changed: Process[] = [];

  [Symbol.iterator](): Iterator<Process> {
    return this.#all.keys();
  }

  get changed(): readonly Process[] {
    return this.#changed;
  }

  has(child: Process): boolean {
    return this.#all.has(child);
  }

  add(child: Process): void {
    this.#all.set(child, ++this.#lastNumber);
    this.update(child);
  }

  delete(child: Process): void {
    this.#note(child, false);
    this.#all.delete(child);
  }

  update(child: Process): void {
    if (this.#all.has(child)) this.#note(child, child.zombie || child.unreportedStop || child.unreportedContinue);
  }

  #note(child: Process, changed: boolean): void {
    const at = this.#placeOf(child);
    const known = this.#changed[at] === child;
    if (changed === known) return;
    if (changed) this.#changed.splice(at, 0, child);
    else this.#changed.splice(at, 1);
  }

  /** Where it is, or belongs, among the changed ones. */
  #placeOf(child: Process): number {
    const number = this.#all.get(child) ?? 0;
    let low = 0;
    let high = this.#changed.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#all.get(this.#changed[middle]!)! < number) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
