/**
 * Which of many ranges of addresses hold an address. Called by `functions.ts` for units and the functions in them.
 *
 * Ranges may overlap; what was given first is found first.
 */
import type { Range } from "./dwarf/ranges.ts";

interface Stretch<T> extends Range {
  readonly order: number;
  readonly value: T;
  /** The highest end up to here: nothing before can reach further. */
  reach: bigint;
}

export class Intervals<T> {
  readonly #stretches: readonly Stretch<T>[];

  constructor(all: Iterable<readonly [value: T, ranges: readonly Range[]]>) {
    const stretches: Stretch<T>[] = [];
    let order = 0;
    for (const [value, ranges] of all) {
      for (const { low, high } of ranges) stretches.push({ low, high, value, order, reach: high });
      order++;
    }
    stretches.sort((a, b) => (a.low < b.low ? -1 : a.low > b.low ? 1 : 0));
    let reach = 0n;
    for (const stretch of stretches) {
      if (stretch.high > reach) reach = stretch.high;
      stretch.reach = reach;
    }
    this.#stretches = stretches;
  }

  at(address: bigint): readonly T[] {
    let low = 0;
    let high = this.#stretches.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#stretches[middle]!.low <= address) low = middle + 1;
      else high = middle;
    }
    const found: Stretch<T>[] = [];
    for (let i = low - 1; i >= 0 && this.#stretches[i]!.reach > address; i--) {
      if (this.#stretches[i]!.high > address) found.push(this.#stretches[i]!);
    }
    return found.sort((a, b) => a.order - b.order).map(({ value }) => value);
  }
}
