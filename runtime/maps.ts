/**
 * Arrays: global tables with one to nine keys.
 *
 * An array keeps its entries in order of creation; writing to an entry keeps its place. As in the reference, a `foreach`
 * that sorts an array of longs or strings leaves it in that order, for later loops and for what follows: a full array
 * is an error of the script or, when it wraps (`global a%`), loses the first entry of the order. Arrays of aggregates
 * stay in order of creation. Keys arrive as abi/module.ts says: one key as itself, several joined with NUL.
 */
import type { GlobalSpec } from "../abi/manifest.ts";
import type { Cursor, KeyCursor, MapKey, ScalarMap, Stat, StatMap, Value, WalkOptions } from "../abi/module.ts";
import { assert } from "../base/assert.ts";
import { type Long, long } from "../base/int64.ts";
import { limits, type ScriptLimits } from "../base/limits.ts";
import { Entries, type Split } from "./entries.ts";
import { ScriptError } from "./errors.ts";
import { sorted } from "./sorting.ts";
import type { Aggregate } from "./stats.ts";
import { EntryWalk, KeyWalk, matches, type Slice, SomeWalk } from "./walk.ts";

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
    return this.entries.map.size;
  }

  has(key: MapKey): boolean {
    return this.entries.map.has(key);
  }

  hasMatching(slice: Slice): boolean {
    this.looked(this.size);
    return new SomeWalk(new EntryWalk(this.entries), { slice }).next();
  }

  delete(key: MapKey): void {
    this.entries.remove(key);
  }

  deleteMatching(slice: Slice): void {
    this.looked(this.size);
    const { entries } = this;
    for (const key of entries.map.keys()) {
      if (matches({ key: (i) => entries.part(key, i) }, slice)) entries.remove(key);
    }
  }

  clear(): void {
    this.entries.clear();
  }

  walkKeys(options?: WalkOptions): KeyCursor {
    return options === undefined ? new KeyWalk(this.entries) : this.walk(options);
  }

  walk(options?: WalkOptions): Cursor<V> {
    const { entries } = this;
    if (options === undefined) return new EntryWalk(entries);
    const { by } = options;
    this.looked(by === undefined ? this.size : this.size * SORTING);
    const walk = by === undefined ? new EntryWalk(entries) : this.#sort(by, options);
    return options.slice || options.limit !== undefined ? new SomeWalk(walk, options) : walk;
  }

  #sort(by: number | "value", { direction = 1, reading, slice, limit }: WalkOptions): Cursor<V> {
    const { entries } = this;
    const list = [...entries.map];
    const rankOf = ([key, value]: readonly [MapKey, V]): Value =>
      by === "value" ? this.rank(value, reading) : entries.part(key, by);
    const inOrder = sorted(list, rankOf, direction, slice ? undefined : limit);
    if (!this.keepsOrder) return new EntryWalk(entries, inOrder);
    if (inOrder.some((entry, i) => entry !== list[i])) entries.reorder(inOrder);
    return new EntryWalk(entries);
  }

  /** Whether a loop that sorts the array leaves it sorted. */
  protected abstract readonly keepsOrder: boolean;

  /** What an entry's value sorts by. */
  protected abstract rank(value: V, reading: WalkOptions["reading"]): Value;

  /** Puts a value under a key, which may be new. */
  protected put(key: MapKey, value: V): void {
    const { map } = this.entries;
    if (map.size >= this.#capacity && !map.has(key)) this.#makeRoom();
    map.set(key, value);
  }

  #makeRoom(): void {
    const { size, wrap } = this.#spec;
    if (!wrap || this.size === 0) {
      if (this.#capacity === limits.maxArrayEntries) throw new ScriptError(`Array overflow, ${TOO_MANY}`);
      throw new ScriptError(`Array overflow, check ${size === undefined ? "MAXMAPENTRIES" : `size limit (${size})`}`);
    }
    this.entries.removeFirst();
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
    const value = this.entries.map.get(key);
    return value === undefined ? this.#absent : value;
  }

  set(key: MapKey, value: Value): Value {
    this.put(key, value);
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
    let stat = this.entries.map.get(key);
    if (stat === undefined) {
      stat = this.#make();
      this.put(key, stat);
    }
    return stat.add(value);
  }

  at(key: MapKey): Stat {
    return this.entries.map.get(key) ?? this.#empty;
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
