/**
 * The entries of one array: found by key, kept in order.
 *
 * A Map keeps its entries in order of creation, and writing to one keeps its place, which is what the language asks of
 * arrays; so finding, adding and taking out an entry cost what they cost in a Map. Two things it has not: the first entry
 * at once, and another order. `runtime/maps.ts` gives entries their meaning.
 */
import type { MapKey, Value } from "../abi/module.ts";

/** Splits what several keys were joined to. */
export type Split = (key: MapKey) => readonly Value[];

export class Entries<V> {
  /** Another one after `reorder`, so that a loop over the entries goes its way when another one sorts them. */
  map = new Map<MapKey, V>();
  readonly #split: Split | undefined;
  /** What keys were split into, as far as somebody asked. */
  readonly #parts = new Map<MapKey, readonly Value[]>();
  /** All entries lie behind it. */
  #front: Iterator<MapKey> | undefined;
  /** How many entries were taken out since `#front` was used. */
  #removed = 0;

  /** `split` is absent where there is one key. */
  constructor(split: Split | undefined) {
    this.#split = split;
  }

  /** Key number `i` of an entry. */
  part(key: MapKey, i: number): Value {
    return this.#split === undefined ? key : this.#partsOf(key, this.#split)[i]!;
  }

  #partsOf(key: MapKey, split: Split): readonly Value[] {
    let parts = this.#parts.get(key);
    if (parts === undefined) {
      parts = split(key);
      this.#parts.set(key, parts);
    }
    return parts;
  }

  remove(key: MapKey): void {
    this.map.delete(key);
    if (this.#parts.size > 0) this.#parts.delete(key);
    if (this.#front !== undefined && ++this.#removed > this.map.size) this.#front = undefined;
  }

  /**
   * There is an entry. A new iterator of a Map has to pass all that was taken out of it, so one is kept; but not while
   * much else is taken out, because an iterator that rests holds on to memory that the Map has left.
   */
  removeFirst(): void {
    this.#front ??= this.map.keys();
    this.#removed = 0;
    this.remove(this.#front.next().value);
  }

  clear(): void {
    this.map.clear();
    this.#parts.clear();
    this.#front = undefined;
  }

  /** Puts the entries into the order of `list`, which has every one once. */
  reorder(list: readonly (readonly [MapKey, V])[]): void {
    this.map = new Map(list);
    this.#front = undefined;
  }
}
