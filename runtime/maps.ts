/**
 * Arrays: global tables with one to nine keys.
 *
 * An array keeps its entries in order of creation; writing to an entry keeps its place. As in the reference, a `foreach`
 * that sorts an array of longs or strings leaves it in that order, for later loops and for what follows: a full array
 * is an error of the script or, when it wraps (`global a%`), loses the first entry of the order. Arrays of aggregates
 * stay in order of creation. Keys arrive as abi/module.ts says: one key as itself, several joined with NUL.
 */
import type { GlobalSpec } from "../abi/manifest.ts";
import type { MapEntry, MapKey, ScalarMap, Stat, StatMap, Value, WalkOptions } from "../abi/module.ts";
import { assert } from "../base/assert.ts";
import { type Long, long } from "../base/int64.ts";
import { limits, type ScriptLimits } from "../base/limits.ts";
import { Entries, type Split } from "./entries.ts";
import { ScriptError } from "./errors.ts";
import type { Aggregate } from "./stats.ts";
import { matches, type Slice, sorted, Walk, WholeWalk } from "./walk.ts";

/** What an entry costs in a sort, in entries that are only looked at. */
const SORTING = 10;

abstract class Table<V> {
  /** Told how many entries an operation goes through that is not of one key. */
  looked: (entries: number) => void = () => {};
  protected readonly entries: Entries<V>;
  readonly #spec: GlobalSpec;
  readonly #capacity: number;

  constructor(spec: GlobalSpec, scriptLimits: ScriptLimits) {
    this.#spec = spec;
    this.#capacity = Math.min(spec.size ?? scriptLimits.MAXMAPENTRIES, limits.maxArrayEntries);
    this.entries = new Entries<V>(splitter(spec));
  }

  get size(): number {
    return this.entries.size;
  }

  has(key: MapKey): boolean {
    return this.entries.find(key) !== undefined;
  }

  hasMatching(slice: Slice): boolean {
    this.looked(this.entries.size);
    return !new Walk(this.entries, { slice }).next().done;
  }

  delete(key: MapKey): void {
    const place = this.entries.find(key);
    if (place !== undefined) this.entries.remove(place);
  }

  deleteMatching(slice: Slice): void {
    this.looked(this.entries.size);
    const { entries } = this;
    const keys = entries.places().flatMap((place) => {
      const key = entries.keys[place];
      return key !== undefined && matches(entries.partsAt(place), slice) ? [key] : [];
    });
    for (const key of keys) this.delete(key);
  }

  clear(): void {
    this.entries.clear();
  }

  walk(options?: WalkOptions): IterableIterator<MapEntry<V>> {
    const { entries } = this;
    if (options === undefined) return new WholeWalk(entries);
    this.looked(options.by === undefined ? entries.size : entries.size * SORTING);
    const { slice, by, direction = 1, reading, limit } = options;
    if (by === undefined) return new Walk(entries, { slice, limit });
    const rankOf = (place: number): Value =>
      by === "value" ? this.rank(entries.valueAt(place), reading) : entries.partsAt(place)[by]!;
    const places = sorted(entries.places(), rankOf, direction, slice ? undefined : limit);
    if (!this.keepsOrder) return new Walk(entries, { places, slice, limit });
    entries.reorder(places);
    return new Walk(entries, { slice, limit });
  }

  /** Whether a loop that sorts the array leaves it sorted. */
  protected abstract readonly keepsOrder: boolean;

  /** What an entry's value sorts by. */
  protected abstract rank(value: V, reading: WalkOptions["reading"]): Value;

  /** Puts a value under a key that is new. */
  protected create(key: MapKey, value: V): void {
    if (this.entries.size >= this.#capacity) this.#makeRoom();
    this.entries.append(key, value);
  }

  #makeRoom(): void {
    const { size, wrap } = this.#spec;
    if (!wrap || this.entries.size === 0) {
      if (this.#capacity === limits.maxArrayEntries) throw new ScriptError(`Array overflow, ${TOO_MANY}`);
      throw new ScriptError(`Array overflow, check ${size === undefined ? "MAXMAPENTRIES" : `size limit (${size})`}`);
    }
    this.entries.remove(this.entries.first());
  }
}

const TOO_MANY = `an array has at most ${limits.maxArrayEntries} entries`;

/** An array of longs or strings. */
export class ScalarTable extends Table<Value> implements ScalarMap {
  protected override readonly keepsOrder = true;
  readonly #absent: Value;

  constructor(spec: GlobalSpec, scriptLimits: ScriptLimits) {
    super(spec, scriptLimits);
    this.#absent = spec.type === "string" ? "" : 0;
  }

  get(key: MapKey): Value {
    const place = this.entries.find(key);
    return place === undefined ? this.#absent : this.entries.valueAt(place);
  }

  set(key: MapKey, value: Value): Value {
    const place = this.entries.find(key);
    if (place === undefined) this.create(key, value);
    else this.entries.setAt(place, value);
    return value;
  }

  protected override rank(value: Value): Value {
    return value;
  }
}

/** An array of aggregates. */
export class StatTable extends Table<Stat> implements StatMap {
  protected override readonly keepsOrder = false;
  readonly #make: () => Aggregate;
  readonly #empty: Stat;

  constructor(spec: GlobalSpec, scriptLimits: ScriptLimits, make: () => Aggregate) {
    super(spec, scriptLimits);
    this.#make = make;
    this.#empty = make();
  }

  add(key: MapKey, value: Long): Long {
    const place = this.entries.find(key);
    if (place !== undefined) return this.entries.valueAt(place).add(value);
    const stat = this.#make();
    this.create(key, stat);
    return stat.add(value);
  }

  at(key: MapKey): Stat {
    const place = this.entries.find(key);
    return place === undefined ? this.#empty : this.entries.valueAt(place);
  }

  protected override rank(stat: Stat, reading: WalkOptions["reading"] = "count"): Value {
    return stat[reading]();
  }
}

function splitter(spec: GlobalSpec): Split | undefined {
  const types = spec.keys;
  if (types.length === 1) return undefined;
  return (key) => {
    const parts = String(key).split("\0");
    assert(parts.length === types.length, "runtime/maps", `a key of ${parts.length} parts for ${spec.name}`);
    return parts.map((part, i) => (types[i] === "long" ? decimal(part) : part));
  };
}

function decimal(text: string): Long {
  return text.length < 16 ? Number(text) : long(BigInt(text));
}
