/**
 * The entries of one array: found by key, kept in order.
 *
 * A Map finds an entry; a list holds all in order, with holes where entries were. The list is made anew when it is half
 * holes, so that finding, adding and taking out an entry, the first one too, are O(1) however many there are (the first
 * key of a Map is not: it is found behind all that were taken out). `runtime/maps.ts` gives entries their meaning.
 */
import type { MapEntry, MapKey, Value } from "../abi/module.ts";

export class Entry<V> implements MapEntry<V> {
  readonly key: MapKey;
  /** Its keys one by one; `unsplit` until a walk comes by. */
  keys: readonly Value[] = unsplit;
  value: V;
  /** Where it is in the list; `GONE` when it was taken out. */
  at: number;

  constructor(key: MapKey, value: V, at: number) {
    this.key = key;
    this.value = value;
    this.at = at;
  }
}

export const unsplit: readonly Value[] = [];
export const GONE = -1;

export class Entries<V> {
  readonly #byKey = new Map<MapKey, Entry<V>>();
  #list: (Entry<V> | undefined)[] = [];
  /** There is nothing before it in the list. */
  #from = 0;

  get size(): number {
    return this.#byKey.size;
  }

  /** The list as it is: holes are undefined. It may end at any moment, and go on in a new one. */
  get list(): readonly (Entry<V> | undefined)[] {
    return this.#list;
  }

  /** Where in `list` to begin. */
  get from(): number {
    return this.#from;
  }

  find(key: MapKey): Entry<V> | undefined {
    return this.#byKey.get(key);
  }

  /** Adds an entry at the end; there is none with this key. */
  append(key: MapKey, value: V): void {
    const entry = new Entry(key, value, this.#list.length);
    this.#byKey.set(key, entry);
    this.#list.push(entry);
  }

  first(): Entry<V> | undefined {
    const list = this.#list;
    while (this.#from < list.length && list[this.#from] === undefined) this.#from++;
    return list[this.#from];
  }

  remove(entry: Entry<V>): void {
    this.#byKey.delete(entry.key);
    this.#list[entry.at] = undefined;
    entry.at = GONE;
    if (this.#list.length > 2 * this.#byKey.size + FEW) this.reorder(this.inOrder());
  }

  clear(): void {
    for (const entry of this.#byKey.values()) entry.at = GONE;
    this.#byKey.clear();
    this.reorder([]);
  }

  inOrder(): Entry<V>[] {
    return this.#list.filter((entry) => entry !== undefined);
  }

  /** `list` has every entry once. */
  reorder(list: Entry<V>[]): void {
    for (let i = 0; i < list.length; i++) list[i]!.at = i;
    this.#list = list;
    this.#from = 0;
  }
}

/** Holes that do no harm. */
const FEW = 32;
