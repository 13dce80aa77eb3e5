/**
 * The entries of one array: found by key, kept in order.
 *
 * A Map gives the place of a key in two lists, of keys and of values, which are in order and have holes where entries
 * were. They are made anew when they are half holes, so that finding, adding and taking out an entry, the first one
 * too, are O(1) however many there are (the first key of a Map is not: it is found behind all that were taken out).
 * An entry is no object of its own, which keeps a million of them small. `runtime/maps.ts` gives entries their meaning.
 */
import type { MapKey, Value } from "../abi/module.ts";

/** Splits what several keys were joined to. */
export type Split = (key: MapKey) => readonly Value[];

export class Entries<V> {
  readonly #places = new Map<MapKey, number>();
  readonly #split: Split | undefined;
  #keys: (MapKey | undefined)[] = [];
  #values: (V | undefined)[] = [];
  /** What keys were split into, as far as somebody asked. */
  #parts: (readonly Value[] | undefined)[] = [];
  /** There is nothing before this place, nor from `#end` on. */
  #from = 0;
  #end = 0;
  /** Changes when entries move to other places. */
  #order = 0;

  /** `split` is absent where there is one key. */
  constructor(split: Split | undefined) {
    this.#split = split;
  }

  get size(): number {
    return this.#places.size;
  }

  get from(): number {
    return this.#from;
  }

  get end(): number {
    return this.#end;
  }

  /** Keys by place; a walk may keep the list. */
  get keys(): readonly (MapKey | undefined)[] {
    return this.#keys;
  }

  get order(): number {
    return this.#order;
  }

  find(key: MapKey): number | undefined {
    return this.#places.get(key);
  }

  /** Of a place that `find` gave. */
  valueAt(place: number): V {
    return this.#values[place] as V;
  }

  setAt(place: number, value: V): void {
    this.#values[place] = value;
  }

  /** The keys of an entry one by one; there is one at this place. */
  partsAt(place: number): readonly Value[] {
    const split = this.#split;
    const key = this.#keys[place]!;
    if (split === undefined) return [key];
    while (this.#parts.length <= place) this.#parts.push(undefined);
    let parts = this.#parts[place];
    if (parts === undefined) {
      parts = split(key);
      this.#parts[place] = parts;
    }
    return parts;
  }

  /** Adds an entry at the end; there is none with this key. */
  append(key: MapKey, value: V): void {
    const place = this.#end++;
    this.#places.set(key, place);
    this.#keys[place] = key;
    this.#values[place] = value;
  }

  remove(place: number): void {
    this.#places.delete(this.#keys[place]!);
    this.#keys[place] = undefined;
    this.#values[place] = undefined;
    if (place < this.#parts.length) this.#parts[place] = undefined;
    if (place === this.#from) this.#from++;
    if (this.#end - this.#from > 2 * this.#places.size + FEW || this.#from > this.#places.size + FEW) {
      this.reorder(this.places());
    }
  }

  /** Where the first entry is; there is one. */
  first(): number {
    while (this.#keys[this.#from] === undefined) this.#from++;
    return this.#from;
  }

  clear(): void {
    this.#places.clear();
    this.#order++;
    this.#from = 0;
    // Short lists are used again: making them grow anew costs more than what they keep.
    if (this.#end > KEPT) {
      this.#keys = [];
      this.#values = [];
    }
    if (this.#parts.length > 0) this.#parts = [];
    this.#end = 0;
  }

  /** Where entries are, in order. */
  places(): number[] {
    const places: number[] = [];
    for (let place = this.#from; place < this.#end; place++) if (this.#keys[place] !== undefined) places.push(place);
    return places;
  }

  /** Puts the entries into the order of `places`, which has every place once. */
  reorder(places: readonly number[]): void {
    const [keys, values, parts] = [this.#keys, this.#values, this.#parts];
    this.#keys = places.map((place) => keys[place]);
    this.#values = places.map((place) => values[place]);
    if (parts.length > 0) this.#parts = places.map((place) => parts[place]);
    for (let place = 0; place < places.length; place++) this.#places.set(this.#keys[place]!, place);
    this.#from = 0;
    this.#end = places.length;
    this.#order++;
  }
}

/** Holes that do no harm. */
const FEW = 32;

/** Places of an emptied array that are kept. */
const KEPT = 256;
