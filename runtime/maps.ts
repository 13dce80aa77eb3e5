/**
 * Arrays: global tables with one to nine keys.
 *
 * An array keeps its entries in order of creation; writing to an entry keeps its place. As in the reference, a `foreach`
 * that sorts an array of longs or strings leaves it in that order, for later loops and for what follows: a full array
 * is an error of the script or, when it wraps (`global a%`), loses the first entry of the order. Arrays of aggregates
 * stay in order of creation. Keys arrive as abi/module.ts says: one key as itself, several joined with NUL.
 */
import type { GlobalSpec } from "../abi/manifest.ts";
import type { MapKey, ScalarMap, Stat, StatMap, Value, WalkOptions } from "../abi/module.ts";
import { assert } from "../base/assert.ts";
import { type Long, long } from "../base/int64.ts";
import type { ScriptLimits } from "../base/limits.ts";
import { Entries, type Entry, unsplit } from "./entries.ts";
import { ScriptError } from "./errors.ts";
import type { Aggregate } from "./stats.ts";
import { matches, type Slice, sorted, Walk } from "./walk.ts";

abstract class Table<V> {
  protected readonly entries = new Entries<V>();
  readonly #spec: GlobalSpec;
  readonly #capacity: number;
  readonly #split: (entry: Entry<V>) => readonly Value[];

  constructor(spec: GlobalSpec, scriptLimits: ScriptLimits) {
    this.#spec = spec;
    this.#capacity = spec.size ?? scriptLimits.MAXMAPENTRIES;
    this.#split = splitter(spec);
  }

  has(key: MapKey): boolean {
    return this.entries.find(key) !== undefined;
  }

  hasMatching(slice: Slice): boolean {
    return !this.walk({ slice, limit: 1 }).next().done;
  }

  delete(key: MapKey): void {
    const entry = this.entries.find(key);
    if (entry !== undefined) this.entries.remove(entry);
  }

  deleteMatching(slice: Slice): void {
    for (const entry of this.entries.inOrder()) if (matches(this.#keysOf(entry), slice)) this.entries.remove(entry);
  }

  clear(): void {
    this.entries.clear();
  }

  walk({ slice, by, direction = 1, reading, limit }: WalkOptions = {}): Walk<V> {
    const { entries } = this;
    if (by === undefined) return new Walk(entries.list, entries.from, this.#split, slice, limit);
    const rankOf = (entry: Entry<V>): Value =>
      by === "value" ? this.rank(entry.value, reading) : this.#keysOf(entry)[by]!;
    const list = sorted(entries.inOrder(), rankOf, direction, slice ? undefined : limit);
    this.keepOrder(list);
    return new Walk(list, 0, this.#split, slice, limit);
  }

  /** What an entry's value sorts by. */
  protected abstract rank(value: V, reading: WalkOptions["reading"]): Value;

  /** The array was sorted. */
  protected abstract keepOrder(list: Entry<V>[]): void;

  /** Puts a value under a key that is new. */
  protected create(key: MapKey, value: V): void {
    const { entries } = this;
    if (entries.size >= this.#capacity) this.#makeRoom();
    entries.append(key, value);
  }

  #makeRoom(): void {
    const first = this.#spec.wrap ? this.entries.first() : undefined;
    if (first === undefined) {
      const check = this.#spec.size === undefined ? "MAXMAPENTRIES" : `size limit (${this.#spec.size})`;
      throw new ScriptError(`Array overflow, check ${check}`);
    }
    this.entries.remove(first);
  }

  #keysOf(entry: Entry<V>): readonly Value[] {
    if (entry.keys === unsplit) entry.keys = this.#split(entry);
    return entry.keys;
  }
}

/** An array of longs or strings. */
export class ScalarTable extends Table<Value> implements ScalarMap {
  readonly #absent: Value;

  constructor(spec: GlobalSpec, scriptLimits: ScriptLimits) {
    super(spec, scriptLimits);
    this.#absent = spec.type === "string" ? "" : 0;
  }

  get(key: MapKey): Value {
    const entry = this.entries.find(key);
    return entry === undefined ? this.#absent : entry.value;
  }

  set(key: MapKey, value: Value): Value {
    const entry = this.entries.find(key);
    if (entry === undefined) this.create(key, value);
    else entry.value = value;
    return value;
  }

  protected override rank(value: Value): Value {
    return value;
  }

  protected override keepOrder(list: Entry<Value>[]): void {
    this.entries.reorder(list);
  }
}

/** An array of aggregates. */
export class StatTable extends Table<Stat> implements StatMap {
  readonly #make: () => Aggregate;
  readonly #empty: Stat;

  constructor(spec: GlobalSpec, scriptLimits: ScriptLimits, make: () => Aggregate) {
    super(spec, scriptLimits);
    this.#make = make;
    this.#empty = make();
  }

  add(key: MapKey, value: Long): Long {
    const entry = this.entries.find(key);
    if (entry !== undefined) return entry.value.add(value);
    const stat = this.#make();
    this.create(key, stat);
    return stat.add(value);
  }

  at(key: MapKey): Stat {
    return this.entries.find(key)?.value ?? this.#empty;
  }

  protected override rank(stat: Stat, reading: WalkOptions["reading"] = "count"): Value {
    return stat[reading]();
  }

  protected override keepOrder(): void {}
}

function splitter(spec: GlobalSpec): (entry: Entry<unknown>) => readonly Value[] {
  const types = spec.keys;
  if (types.length === 1) return ({ key }) => [key];
  return ({ key }) => {
    const parts = String(key).split("\0");
    assert(parts.length === types.length, "runtime/maps", `a key of ${parts.length} parts for ${spec.name}`);
    return parts.map((part, i) => (types[i] === "long" ? decimal(part) : part));
  };
}

function decimal(text: string): Long {
  return text.length < 16 ? Number(text) : long(BigInt(text));
}
