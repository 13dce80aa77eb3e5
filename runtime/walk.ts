/**
 * What `foreach` visits: the entries that fit its slice, in order, up to its limit.
 *
 * The compiler sees to it that a loop adds nothing to the array it goes over; embedded code that does so all the same may
 * or may not meet its entries. An array can be sorted by a loop in the loop, and emptied: `Entries.map` is then
 * another Map, so what is no longer in it is passed.
 */
import type { Cursor, KeyCursor, MapKey, Value, WalkOptions } from "../abi/module.ts";
import type { Entries } from "./entries.ts";

export type Slice = readonly (Value | null)[];

/** Over the keys of all entries. */
export class KeyWalk<V> implements KeyCursor {
  readonly #entries: Entries<V>;
  readonly #map: ReadonlyMap<MapKey, V>;
  readonly #keys: Iterator<MapKey>;
  #key: MapKey = 0;

  constructor(entries: Entries<V>) {
    this.#entries = entries;
    this.#map = entries.map;
    this.#keys = entries.map.keys();
  }

  next(): boolean {
    for (;;) {
      const step = this.#keys.next();
      if (step.done) return false;
      this.#key = step.value;
      const { map } = this.#entries;
      if (map === this.#map || map.has(step.value)) return true;
    }
  }

  key(i: number): Value {
    return this.#entries.part(this.#key, i);
  }
}

/** Over all entries, or over those of a list of them. */
export class EntryWalk<V> implements Cursor<V> {
  readonly #entries: Entries<V>;
  /** Where keys and values are taken from; undefined for a list. */
  readonly #map: ReadonlyMap<MapKey, V> | undefined;
  readonly #pairs: Iterator<readonly [MapKey, V]>;
  #key: MapKey = 0;
  #value: V | undefined;

  constructor(entries: Entries<V>, list?: readonly (readonly [MapKey, V])[]) {
    this.#entries = entries;
    this.#map = list ? undefined : entries.map;
    this.#pairs = list ? list.values() : entries.map.entries();
  }

  next(): boolean {
    for (;;) {
      const step = this.#pairs.next();
      if (step.done) return false;
      const pair = step.value;
      const { map } = this.#entries;
      this.#key = pair[0];
      this.#value = map === this.#map ? pair[1] : map.get(pair[0]);
      if (this.#value !== undefined) return true;
    }
  }

  key(i: number): Value {
    return this.#entries.part(this.#key, i);
  }

  get value(): V {
    return this.#value as V;
  }
}

/** Over what fits a slice, at most `limit` of it. */
export class SomeWalk<V> implements Cursor<V> {
  readonly #source: Cursor<V>;
  readonly #slice: Slice | undefined;
  #left: number;

  constructor(source: Cursor<V>, { slice, limit }: WalkOptions) {
    this.#source = source;
    this.#slice = slice;
    this.#left = limit === undefined ? Number.POSITIVE_INFINITY : Number(limit);
  }

  next(): boolean {
    while (this.#left > 0 && this.#source.next()) {
      if (this.#slice !== undefined && !matches(this.#source, this.#slice)) continue;
      this.#left--;
      return true;
    }
    return false;
  }

  key(i: number): Value {
    return this.#source.key(i);
  }

  get value(): V {
    return this.#source.value;
  }
}

export function matches(entry: Pick<KeyCursor, "key">, slice: Slice): boolean {
  for (let i = 0; i < slice.length; i++) if (slice[i] !== null && slice[i] !== entry.key(i)) return false;
  return true;
}
