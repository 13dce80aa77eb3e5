/**
 * Arrays of a million entries: how long and how much memory against a Map, and against an array of a tenth.
 *
 * Each operation is done once for each entry, so 10 against a tenth is linear; processor caches make it more, for a Map
 * as well. Every measurement takes an array of its own, filled before the clock starts.
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { GlobalSpec } from "../abi/manifest.ts";
import { scriptLimits } from "../base/limits.ts";
import { ScalarTable } from "../runtime/maps.ts";
import type { Row } from "./main.ts";

const MANY = 1_000_000;
const RUNS = 3;

interface Operation {
  readonly name: string;
  readonly ours: (array: ScalarTable, n: number) => unknown;
  /** Absent where a Map has nothing like it. */
  readonly byHand?: (map: Map<number, number>, n: number) => unknown;
  readonly wrap?: boolean;
}

// biome-ignore format: table
const operations: readonly Operation[] = [
  { name: "lookup", ours: (a, n) => { let s = 0; for (let i = 0; i < n; i++) s += a.get(i) as number; return s; },
                  byHand: (a, n) => { let s = 0; for (let i = 0; i < n; i++) s += a.get(i) ?? 0; return s; } },
  { name: "walk",   ours: (a) => { let s = 0; for (const c = a.walk(); c.next();) s += (c.key(0) as number) + (c.value as number); return s; },
                  byHand: (a) => { let s = 0; for (const [key, value] of a) s += key + value; return s; } },
  { name: "walk, sorted by value", ours: (a) => { let s = 0; for (const c = a.walk({ by: "value" }); c.next();) s += c.value as number; return s; },
                  byHand: (a) => { let s = 0; for (const [, value] of [...a].sort((x, y) => x[1] - y[1])) s += value; return s; } },
  { name: "walk, the 10 largest", ours: (a) => { let s = 0; for (const c = a.walk({ by: "value", direction: -1, limit: 10 }); c.next();) s += c.value as number; return s; },
                  byHand: (a) => { let s = 0; for (const [, value] of [...a].sort((x, y) => y[1] - x[1]).slice(0, 10)) s += value; return s; } },
  { name: "delete, first to last", ours: (a, n) => { for (let i = 0; i < n; i++) a.delete(i); },
                  byHand: (a, n) => { for (let i = 0; i < n; i++) a.delete(i); } },
  { name: "new entries in a full array that wraps", wrap: true, ours: (a, n) => { for (let i = n; i < 2 * n; i++) a.set(i, i); } },
];

export function benchGrowth(): readonly Row[] {
  const rows: Row[] = [];
  const insert = [MANY / 10, MANY].map((n) => shortest(() => n, fill));
  const insertByHand = shortest(() => MANY, fillMap);
  rows.push(...pair("insert", insert, insertByHand));
  for (const { name, ours, byHand, wrap } of operations) {
    const times = [MANY / 10, MANY].map((n) =>
      shortest(
        () => fill(n, wrap),
        (array) => ours(array, n),
      ),
    );
    const other =
      byHand &&
      shortest(
        () => fillMap(MANY),
        (map) => byHand(map, MANY),
      );
    rows.push(...pair(name, times, other));
  }
  const bytes = [memory(() => fill(MANY)), memory(() => fillMap(MANY))] as const;
  rows.push({
    name: `memory of 1,000,000 entries (${Math.round(bytes[0] / MANY)} bytes each)`,
    against: "Map",
    ratio: bytes[0] / bytes[1],
  });
  return rows;
}

function pair(
  name: string,
  [tenth = Number.NaN, all = Number.NaN]: readonly number[],
  byHand?: number,
): readonly Row[] {
  const what = `1,000,000 entries: ${name}`;
  const growth = { name: what, against: "100,000 entries", ratio: all / tenth };
  return byHand === undefined ? [growth] : [{ name: what, against: "Map", ratio: all / byHand }, growth];
}

function fill(n: number, wrap = false): ScalarTable {
  const spec: GlobalSpec = { name: "a", type: "long", keys: ["long"], size: n, wrap, autoPrint: false, pointer: false };
  const array = new ScalarTable(spec, scriptLimits);
  for (let i = 0; i < n; i++) array.set(i, mixed(i));
  return array;
}

function fillMap(n: number): Map<number, number> {
  const map = new Map<number, number>();
  for (let i = 0; i < n; i++) map.set(i, mixed(i));
  return map;
}

/** Values in no order, which fit in a machine word. */
function mixed(i: number): number {
  return Math.imul(i, 0x9e3779b1) >> 2;
}

function shortest<T>(prepare: () => T, run: (prepared: T) => unknown): number {
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < RUNS; i++) {
    const prepared = prepare();
    collect();
    const start = performance.now();
    run(prepared);
    best = Math.min(best, performance.now() - start);
  }
  return best;
}

function memory(make: () => unknown): number {
  collect();
  const before = process.memoryUsage().heapUsed;
  const kept = make();
  collect();
  const bytes = process.memoryUsage().heapUsed - before;
  return kept === undefined ? Number.NaN : bytes;
}

function collect(): void {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
}
