/**
 * Arrays of a million entries: how long and how much memory against a Map, and against an array of a tenth.
 *
 * Each operation is done once for each entry, so 10 against a tenth is linear; processor caches make it more, for a Map
 * as well, whose own growth stands beside ours. Every measurement takes an array of its own, filled before the clock
 * starts; the contestants take turns, and the shortest run of each counts.
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { GlobalSpec } from "../abi/manifest.ts";
import { scriptLimits } from "../base/limits.ts";
import { ScalarTable } from "../runtime/maps.ts";
import type { Row } from "./main.ts";

const MANY = 1_000_000;
const TURNS = 5;
/** So that V8 has compiled an operation before it is timed. */
const WARM_UPS = 300;
const FEW = 1000;

interface Operation {
  readonly name: string;
  readonly ours: (array: ScalarTable, n: number) => unknown;
  readonly byHand: (map: Map<number, number>, n: number) => unknown;
  /** It begins with an empty array; otherwise with a full one. */
  readonly empty?: boolean;
  readonly wrap?: boolean;
  /** It leaves the array as it is, so it is timed three times, for V8 throws code away when garbage is collected. */
  readonly again?: boolean;
}

// biome-ignore format: table
const operations: readonly Operation[] = [
  { name: "insert", empty: true, ours: (a, n) => { for (let i = 0; i < n; i++) a.set(i, mixed(i)); },
                  byHand: (a, n) => { for (let i = 0; i < n; i++) a.set(i, mixed(i)); } },
  { name: "lookup", again: true, ours: (a, n) => { let s = 0; for (let i = 0; i < n; i++) s += a.get(i) as number; return s; },
                  byHand: (a, n) => { let s = 0; for (let i = 0; i < n; i++) s += a.get(i) ?? 0; return s; } },
  { name: "update", again: true, ours: (a, n) => { for (let i = 0; i < n; i++) a.set(i, (a.get(i) as number) + 1); },
                  byHand: (a, n) => { for (let i = 0; i < n; i++) a.set(i, (a.get(i) ?? 0) + 1); } },
  { name: "walk over keys", again: true, ours: (a) => { let s = 0; for (const c = a.walkKeys(); c.next();) s += c.key(0) as number; return s; },
                  byHand: (a) => { let s = 0; for (const key of a.keys()) s += key; return s; } },
  { name: "walk", again: true, ours: (a) => { let s = 0; for (const c = a.walk(); c.next();) s += (c.key(0) as number) + (c.value as number); return s; },
                  byHand: (a) => { let s = 0; for (const [key, value] of a) s += key + value; return s; } },
  { name: "walk, sorted by value", ours: (a) => { let s = 0; for (const c = a.walk({ by: "value" }); c.next();) s += c.value as number; return s; },
                  byHand: (a) => { let s = 0; for (const [, value] of [...a].sort((x, y) => x[1] - y[1])) s += value; return s; } },
  { name: "walk, the 10 largest", ours: (a) => { let s = 0; for (const c = a.walk({ by: "value", direction: -1, limit: 10 }); c.next();) s += c.value as number; return s; },
                  byHand: (a) => { let s = 0; for (const [, value] of [...a].sort((x, y) => y[1] - x[1]).slice(0, 10)) s += value; return s; } },
  { name: "delete, first to last", ours: (a, n) => { for (let i = 0; i < n; i++) a.delete(i); },
                  byHand: (a, n) => { for (let i = 0; i < n; i++) a.delete(i); } },
  { name: "new entries in a full array that wraps", wrap: true, ours: (a, n) => { for (let i = n; i < 2 * n; i++) a.set(i, i); },
                  byHand: (a, n) => { const first = a.keys(); for (let i = n; i < 2 * n; i++) { a.delete(first.next().value as number); a.set(i, i); } } },
];

export function benchGrowth(): readonly Row[] {
  const bytes = [memory(() => fill(MANY)), memory(() => fillMap(MANY))] as const;
  return [
    ...operations.flatMap(measure),
    {
      name: `memory of 1,000,000 entries (${Math.round(bytes[0] / MANY)} bytes each)`,
      against: "Map",
      ratio: bytes[0] / bytes[1],
    },
  ];
}

function measure({ name, ours, byHand, empty, wrap, again }: Operation): readonly Row[] {
  const array = (n: number): (() => number) => {
    const made = empty ? emptyTable(n, false) : fill(n, wrap);
    return () => time(() => ours(made, n), again ? 3 : 1);
  };
  const map = (n: number): (() => number) => {
    const made = empty ? new Map<number, number>() : fillMap(n);
    return () => time(() => byHand(made, n), again ? 3 : 1);
  };
  for (let i = 0; i < WARM_UPS; i++) {
    ours(empty ? emptyTable(FEW, false) : fill(FEW, wrap), FEW);
    byHand(empty ? new Map() : fillMap(FEW), FEW);
  }
  const [all = 0, tenth = 0, allByHand = 0, tenthByHand = 0] = shortest([
    () => array(MANY),
    () => array(MANY / 10),
    () => map(MANY),
    () => map(MANY / 10),
  ]);
  const what = `1,000,000 entries: ${name}`;
  return [
    { name: what, against: "Map", ratio: all / allByHand },
    { name: what, against: "100,000 entries", ratio: all / tenth },
    { name: `a Map of ${what}`, against: "a Map of 100,000", ratio: allByHand / tenthByHand },
  ];
}

/** Each contestant is made ready, then timed. */
function shortest(contestants: readonly (() => () => number)[]): readonly number[] {
  const best = contestants.map(() => Number.POSITIVE_INFINITY);
  for (let turn = 0; turn < TURNS; turn++) {
    contestants.forEach((prepare, i) => {
      const run = prepare();
      collect();
      best[i] = Math.min(best[i]!, run());
    });
  }
  return best;
}

function time(run: () => unknown, times: number): number {
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < times; i++) {
    const start = performance.now();
    run();
    best = Math.min(best, performance.now() - start);
  }
  return best;
}

function emptyTable(n: number, wrap: boolean): ScalarTable {
  const spec: GlobalSpec = { name: "a", type: "long", keys: ["long"], size: n, wrap, autoPrint: false, pointer: false };
  return new ScalarTable(spec, scriptLimits);
}

function fill(n: number, wrap = false): ScalarTable {
  const array = emptyTable(n, wrap);
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
