/**
 * What `foreach` visits: the entries that fit its slice, in order, up to its limit.
 *
 * A walk goes over a list as it was when it began, whatever becomes of its array meanwhile; what is deleted before its
 * turn is not visited. The order of sorting is that of the reference, entries that rank the same included; see `sorted`.
 */
import type { MapEntry, MapKey, Value, WalkOptions } from "../abi/module.ts";
import type { Long } from "../base/int64.ts";
import type { Entries } from "./entries.ts";

export type Slice = readonly (Value | null)[];

/** Over all entries. */
export class WholeWalk<V> implements IterableIterator<MapEntry<V>> {
  readonly #entries: Entries<V>;
  /** As they were when the walk began. */
  readonly #keys: readonly (MapKey | undefined)[];
  readonly #order: number;
  readonly #to: number;
  #next: number;

  constructor(entries: Entries<V>) {
    this.#entries = entries;
    this.#keys = entries.keys;
    this.#order = entries.order;
    this.#to = entries.end;
    this.#next = entries.from;
  }

  [Symbol.iterator](): this {
    return this;
  }

  next(): IteratorResult<MapEntry<V>, undefined> {
    const entries = this.#entries;
    while (this.#next < this.#to) {
      let place: number | undefined = this.#next++;
      const key = this.#keys[place];
      if (key === undefined) continue;
      if (entries.order !== this.#order) place = entries.find(key);
      if (place !== undefined) {
        return { done: false, value: { keys: entries.partsAt(place), value: entries.valueAt(place) } };
      }
    }
    return over;
  }
}

const over = { done: true, value: undefined } as const;

/** What is to be visited: entries at these places in turn, or all. */
export interface Visit {
  readonly places?: readonly number[];
  readonly slice?: Slice | undefined;
  readonly limit?: Long | undefined;
}

/** Over some entries. */
export class Walk<V> implements IterableIterator<MapEntry<V>> {
  readonly #source: IterableIterator<MapEntry<V>>;
  readonly #slice: Slice | undefined;
  #left: number;

  constructor(entries: Entries<V>, { places, slice, limit }: Visit) {
    this.#source = places ? atPlaces(entries, places) : new WholeWalk(entries);
    this.#slice = slice;
    this.#left = limit === undefined ? Number.POSITIVE_INFINITY : Number(limit);
  }

  [Symbol.iterator](): this {
    return this;
  }

  next(): IteratorResult<MapEntry<V>, undefined> {
    while (this.#left > 0) {
      const result = this.#source.next();
      if (result.done === true) break;
      if (this.#slice !== undefined && !matches(result.value.keys, this.#slice)) continue;
      this.#left--;
      return result;
    }
    return over;
  }
}

function* atPlaces<V>(entries: Entries<V>, places: readonly number[]): Generator<MapEntry<V>, undefined> {
  const { keys, order } = entries;
  for (const before of places) {
    const key = keys[before];
    if (key === undefined) continue;
    const place = entries.order === order ? before : entries.find(key);
    if (place !== undefined) yield { keys: entries.partsAt(place), value: entries.valueAt(place) };
  }
  return undefined;
}

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
