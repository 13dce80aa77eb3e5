/**
 * The globals that a script writes and never reads, printed when its session ends.
 *
 * `readUnreadGlobals` takes them out of the session; `globalAsText` is how they look as text. Scalars are `name=5`,
 * `name="text"`, pointers hexadecimal; arrays one line an entry, largest value first; aggregates show their readings.
 */
import type { GlobalSpec } from "../abi/manifest.ts";
import type { Cursor, ModuleInstance, RuntimeApi, Stat, Value, WalkOptions } from "../abi/module.ts";
import { bug } from "../base/assert.ts";
import { quoteBytes } from "../base/escape.ts";
import { type Long, unsigned } from "../base/int64.ts";
import { ScalarTable, StatTable } from "./maps.ts";
import type { PrintedGlobal, Readings } from "./output.ts";
import { Aggregate } from "./stats.ts";

export function readUnreadGlobals(
  specs: readonly GlobalSpec[],
  globals: RuntimeApi["globals"],
  scalars: ModuleInstance["scalars"],
): readonly PrintedGlobal[] {
  return specs.flatMap((spec, index) => (spec.autoPrint ? [readGlobal(spec, globals[index], scalars)] : []));
}

function readGlobal(
  spec: GlobalSpec,
  global: RuntimeApi["globals"][number],
  scalars: ModuleInstance["scalars"],
): PrintedGlobal {
  const { name, pointer } = spec;
  const arity = spec.keys.length;
  if (global instanceof ScalarTable) {
    return {
      kind: "map",
      name,
      arity,
      pointer,
      entries: listEntries(global.walk(LARGEST_FIRST), arity, (value) => value),
    };
  }
  if (global instanceof StatTable) {
    return { kind: "stats-map", name, arity, entries: listEntries(global.walk(LARGEST_FIRST), arity, read) };
  }
  if (global instanceof Aggregate) return { kind: "stats", name, readings: read(global) };
  const scalar = scalars[name] ?? bug("runtime/autoprint", `no value of global ${name}`);
  return { kind: "value", name, value: scalar.get(), pointer };
}

const LARGEST_FIRST: WalkOptions = { by: "value", direction: -1 };

function listEntries<V, T>(
  walk: Cursor<V>,
  arity: number,
  show: (value: V) => T,
): { readonly keys: readonly Value[]; readonly value: T }[] {
  const list: { keys: readonly Value[]; value: T }[] = [];
  while (walk.next())
    list.push({ keys: Array.from({ length: arity }, (_, i) => walk.key(i)), value: show(walk.value) });
  return list;
}

function read(stat: Pick<Stat, "count" | "min" | "max" | "sum" | "avg">): Readings {
  const count = stat.count();
  return count === 0 ? { count } : { count, min: stat.min(), max: stat.max(), sum: stat.sum(), avg: stat.avg() };
}

export function globalAsText(global: PrintedGlobal): string {
  const { name } = global;
  switch (global.kind) {
    case "value":
      return `${name}=${show(global.value, global.pointer)}\n`;
    case "stats":
      return `${name} ${readingsAsText(global.readings)}\n`;
    case "map":
      return global.entries.map(({ keys, value }) => `${name}${index(keys)}=${show(value, global.pointer)}\n`).join("");
    case "stats-map":
      return global.entries.map(({ keys, value }) => `${name}${index(keys)} ${readingsAsText(value)}\n`).join("");
  }
}

export function hexOf(value: Long): string {
  return `0x${unsigned(value).toString(16)}`;
}

function index(keys: readonly Value[]): string {
  return `[${keys.map((key) => show(key, false)).join(",")}]`;
}

function show(value: Value, pointer: boolean): string {
  if (typeof value === "string") return quoteBytes(value);
  return pointer ? hexOf(value) : String(value);
}

function readingsAsText({ count, min, max, sum, avg }: Readings): string {
  if (count === 0) return "@count=0x0";
  return `@count=${count} @min=${min} @max=${max} @sum=${sum} @avg=${avg}`;
}
