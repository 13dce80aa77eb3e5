/**
 * What `foreach` visits: the entries that fit its slice, in order, up to its limit.
 *
 * A walk goes over a list as it was when it began, whatever becomes of its array meanwhile; what is deleted before its
 * turn is not visited. The order of sorting is that of the reference, entries that rank the same included; see `sorted`.
 */
import type { MapEntry, Value, WalkOptions } from "../abi/module.ts";
import type { Long } from "../base/int64.ts";
import { type Entry, GONE, unsplit } from "./entries.ts";

export type Slice = readonly (Value | null)[];

/** An iterator that is its own result: a step allocates nothing. */
export class Walk<V> implements IterableIterator<MapEntry<V>> {
  value: MapEntry<V> = none;
  done = false;
  readonly #list: readonly (Entry<V> | undefined)[];
  readonly #split: (entry: Entry<V>) => readonly Value[];
  readonly #slice: Slice | undefined;
  readonly #to: number;
  #at: number;
  #left: number;

  constructor(
    list: readonly (Entry<V> | undefined)[],
    from: number,
    split: (entry: Entry<V>) => readonly Value[],
    slice: Slice | undefined,
    limit: Long | undefined,
  ) {
    this.#list = list;
    this.#at = from;
    this.#to = list.length;
    this.#split = split;
    this.#slice = slice;
    this.#left = limit === undefined ? Number.POSITIVE_INFINITY : Number(limit);
  }

  [Symbol.iterator](): this {
    return this;
  }

  next(): this & IteratorYieldResult<MapEntry<V>> {
    while (this.#at < this.#to && this.#left > 0) {
      const entry = this.#list[this.#at++];
      if (entry === undefined || entry.at === GONE) continue;
      if (entry.keys === unsplit) entry.keys = this.#split(entry);
      if (this.#slice !== undefined && !matches(entry.keys, this.#slice)) continue;
      this.#left--;
      this.value = entry;
      return this as never;
    }
    this.done = true;
    return this as never;
  }
}

const none: MapEntry<never> = { keys: [], value: undefined as never };

export function matches(keys: readonly Value[], slice: Slice): boolean {
  for (let i = 0; i < slice.length; i++) if (slice[i] !== null && slice[i] !== keys[i]) return false;
  return true;
}

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

/** The same for buckets of histograms, whose list is the walk's own. */
export function walkBuckets(
  buckets: readonly MapEntry<Long>[],
  { slice, by, direction = 1, limit }: WalkOptions,
): readonly MapEntry<Long>[] {
  let list = slice ? buckets.filter(({ keys }) => matches(keys, slice)) : buckets;
  if (by !== undefined) list = sorted(list, ({ keys, value }) => (by === "value" ? value : keys[by]!), direction);
  return limit === undefined ? list : list.slice(0, Math.max(0, Number(limit)));
}

/** The reference sorts everything for more than so many. */
const FEW = 30;

interface Ranked<T> {
  readonly item: T;
  readonly rank: Value;
}

function sortAll<T>(list: Ranked<T>[], direction: 1 | -1): Ranked<T>[] {
  return list.sort((a, b) => (a.rank < b.rank ? -direction : a.rank > b.rank ? direction : 0));
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

function isAfter<T>(a: Ranked<T>, b: Ranked<T>, direction: 1 | -1): boolean {
  return direction > 0 ? a.rank > b.rank : a.rank < b.rank;
}
