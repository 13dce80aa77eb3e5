/**
 * Rows of a benchmark that compare two contestants of one table, and the shortest of the runs that they take in turn.
 */
import type { Row } from "./main.ts";

export interface Comparison<N extends string> {
  readonly name: string;
  readonly of: N;
  readonly against: string;
  readonly to: N;
}

/** Times of a shorter and a longer run. */
export interface Pair {
  readonly some: number;
  readonly all: number;
}

/** Every contestant once in a turn, so that what disturbs one of them disturbs all; of each the shortest times count. */
export function shortest<N extends string>(
  names: readonly N[],
  turns: number,
  run: (name: N) => Pair,
): ReadonlyMap<N, Pair> {
  const best = new Map<N, Pair>();
  for (let turn = 0; turn < turns; turn++) {
    for (const name of names) {
      const { some, all } = run(name);
      const before = best.get(name) ?? { some, all };
      best.set(name, { some: Math.min(before.some, some), all: Math.min(before.all, all) });
    }
  }
  return best;
}

export function compared<N extends string>(
  comparisons: readonly Comparison<N>[],
  cost: (name: N) => number,
): readonly Row[] {
  return comparisons.map(({ name, of, against, to }) => ({ name, against, ratio: cost(of) / cost(to) }));
}
