/**
 * The order of loops that sort, which is that of the reference; `sorted` is called by arrays and by histograms.
 *
 * Each item is ranked once, for a rank may be a reading of an aggregate.
 */
import type { Value } from "../abi/module.ts";
import type { Long } from "../base/int64.ts";

/**
 * All of the list, sorted; what ranks the same keeps its order. If only the first few are wanted, the others follow as
 * the reference leaves them, which later loops over the array can see: first those that had a place among the few and
 * lost it, the last of them in front, then the rest as they were.
 */
export function sorted<T>(list: readonly T[], rankOf: (item: T) => Value, direction: 1 | -1, limit?: Long): T[] {
  const ranked = list.map((item) => ({ item, rank: rankOf(item) }));
  const few = limit !== undefined && limit > 0 && limit <= FEW ? Number(limit) : 0;
  return (few > 0 && few < ranked.length ? topFirst(ranked, few, direction) : sortAll(ranked, direction)).map(
    ({ item }) => item,
  );
}

/** The reference sorts everything for more than so many. */
const FEW = 30;

interface Ranked<T> {
  readonly item: T;
  readonly rank: Value;
}

function sortAll<T>(list: Ranked<T>[], direction: 1 | -1): Ranked<T>[] {
  return list.sort((a, b) => direction * compare(a.rank, b.rank));
}

function topFirst<T>(list: readonly Ranked<T>[], n: number, direction: 1 | -1): Ranked<T>[] {
  const top = sortAll(list.slice(0, n), direction);
  const displaced: Ranked<T>[] = [];
  const others: Ranked<T>[] = [];
  for (let i = n; i < list.length; i++) {
    const item = list[i]!;
    let at = n;
    while (at > 0 && isAfter(top[at - 1]!, item, direction)) at--;
    if (at === n) others.push(item);
    else {
      displaced.push(top.pop()!);
      top.splice(at, 0, item);
    }
  }
  return top.concat(displaced.reverse(), others);
}

function compare(a: Value, b: Value): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  return a < b ? -1 : a > b ? 1 : 0;
}

function isAfter<T>(a: Ranked<T>, b: Ranked<T>, direction: 1 | -1): boolean {
  return direction * compare(a.rank, b.rank) > 0;
}
