/**
 * Arrays: global tables with one to nine keys.
 *
 * A table keeps its entries in order of creation; writing to an entry keeps its place. Sorting makes a sorted copy, so
 * that order stays. A full table is an error of the script, or, when it wraps (`global a%`), loses its oldest entry.
 * Keys arrive as abi/module.ts says: one key as itself, several joined with NUL.
 */
import type { GlobalSpec } from "../abi/manifest.ts";
import type { MapEntry, MapKey, ScalarMap, Stat, StatMap, Value, WalkOptions } from "../abi/module.ts";
import { assert, bug } from "../base/assert.ts";
import { type Long, long } from "../base/int64.ts";
import type { ScriptLimits } from "../base/limits.ts";
import { ScriptError } from "./errors.ts";
import type { Aggregate } from "./stats.ts";
import { matches, walkEntries } from "./walk.ts";

class Table<V> {
  protected readonly entries = new Map<MapKey, V>();
  readonly #spec: GlobalSpec;
  readonly #capacity: number;

  constructor(spec: GlobalSpec, limits: ScriptLimits) {
    this.#spec = spec;
    this.#capacity = spec.size ?? limits.MAXMAPENTRIES;
  }

  has(key: MapKey): boolean {
    return this.entries.has(key);
  }

  hasMatching(slice: readonly (Value | null)[]): boolean {
    for (const key of this.entries.keys()) if (matches(this.#split(key), slice)) return true;
    return false;
  }

  delete(key: MapKey): void {
    this.entries.delete(key);
  }

  deleteMatching(slice: readonly (Value | null)[]): void {
    for (const key of this.entries.keys()) if (matches(this.#split(key), slice)) this.entries.delete(key);
  }

  clear(): void {
    this.entries.clear();
  }

  walk(options: WalkOptions = {}): readonly MapEntry<V>[] {
    const list: MapEntry<V>[] = [];
    for (const [key, value] of this.entries) list.push({ keys: this.#split(key), value });
    return walkEntries(list, options, (value) => this.rank(value, options.reading));
  }

  /** What an entry's value sorts by. */
  protected rank(_value: V, _reading: WalkOptions["reading"]): Value {
    return bug("runtime/maps", "a table without an order of values");
  }

  /** Puts a value under a key, which may be new. */
  protected put(key: MapKey, value: V): void {
    const { entries } = this;
    const before = entries.size;
    entries.set(key, value);
    if (entries.size > before && before >= this.#capacity) this.#makeRoom(key);
  }

  /** One entry too many: the new one goes again, or the oldest. */
  #makeRoom(created: MapKey): void {
    if (!this.#spec.wrap) {
      this.entries.delete(created);
      const check = this.#spec.size === undefined ? "MAXMAPENTRIES" : `size limit (${this.#spec.size})`;
      throw new ScriptError(`Array overflow, check ${check}`);
    }
    const [oldest] = this.entries.keys();
    if (oldest !== undefined) this.entries.delete(oldest);
  }

  #split(key: MapKey): readonly Value[] {
    const types = this.#spec.keys;
    if (types.length === 1) return [key];
    const parts = String(key).split("\0");
    assert(parts.length === types.length, "runtime/maps", `a key of ${parts.length} parts for ${this.#spec.name}`);
    return parts.map((part, i) => (types[i] === "long" ? decimal(part) : part));
  }
}

/** An array of longs or strings. */
export class ScalarTable extends Table<Value> implements ScalarMap {
  readonly #absent: Value;

  constructor(spec: GlobalSpec, limits: ScriptLimits) {
    super(spec, limits);
    this.#absent = spec.type === "string" ? "" : 0;
  }

  get(key: MapKey): Value {
    const value = this.entries.get(key);
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
  readonly #make: () => Aggregate;
  readonly #empty: Stat;

  constructor(spec: GlobalSpec, limits: ScriptLimits, make: () => Aggregate) {
    super(spec, limits);
    this.#make = make;
    this.#empty = make();
  }

  add(key: MapKey, value: Long): Long {
    let stat = this.entries.get(key);
    if (!stat) {
      stat = this.#make();
      this.put(key, stat);
    }
    return stat.add(value);
  }

  at(key: MapKey): Stat {
    return this.entries.get(key) ?? this.#empty;
  }

  protected override rank(stat: Stat, reading: WalkOptions["reading"] = "count"): Value {
    return stat[reading]();
  }
}

function decimal(text: string): Long {
  return text.length < 16 ? Number(text) : long(BigInt(text));
}
