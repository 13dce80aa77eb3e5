/** What loops see of an array that is sorted, changed or emptied, and how sizes end; reasoning beside each. */
import { expect, test } from "vitest";
import type { GlobalSpec } from "../../abi/manifest.ts";
import { scriptLimits } from "../../base/limits.ts";
import { ScalarTable } from "../../runtime/maps.ts";
import { sorted } from "../../runtime/sorting.ts";
import { entriesOf } from "./cursors.ts";

const spec: GlobalSpec = { name: "a", type: "long", keys: ["long"], wrap: false, autoPrint: false, pointer: false };

/** An array whose keys are 0, 1, 2… in order. */
function table(values: readonly number[], more: Partial<GlobalSpec> = {}): ScalarTable {
  const made = new ScalarTable({ ...spec, ...more }, scriptLimits);
  values.forEach((value, key) => {
    made.set(key, value);
  });
  return made;
}

const keys = (made: ScalarTable, options?: Parameters<ScalarTable["walk"]>[0]) =>
  Array.from(entriesOf(made.walk(options)), (entry) => entry.keys[0]);

test("a sorted loop leaves the array sorted; new entries go to the end", () => {
  const a = table([3, 1, 2]);
  expect(keys(a, { by: "value" })).toEqual([1, 2, 0]);
  a.set(9, 0);
  expect(keys(a)).toEqual([1, 2, 0, 9]);
});

test("the first few: what lost its place comes next, the last that did in front, then the others as they were", () => {
  // The first two are 5 and 4. 1 stays out; 6 goes before 5 and drives out 4; 2 stays out; 7 drives out 5.
  const a = table([4, 5, 1, 6, 2, 7]);
  expect(keys(a, { by: "value", direction: -1, limit: 2 })).toEqual([5, 3]);
  expect(keys(a)).toEqual([5, 3, 1, 0, 2, 4]);
});

test("from 31 on, and for none, all is sorted", () => {
  const values = Array.from({ length: 40 }, (_, i) => (i * 7) % 40);
  const ascending = [...values.keys()].sort((a, b) => values[a]! - values[b]!);
  for (const limit of [31, 0, -5, 2n ** 63n - 1n]) {
    const a = table(values);
    expect(keys(a, { by: "value", limit })).toEqual(ascending.slice(0, Math.max(0, Number(limit))));
    expect(keys(a)).toEqual(ascending);
  }
});

test("the first few of a list are those of the whole list sorted, for every number of them, ties in order", () => {
  const list = Array.from({ length: 60 }, (_, i) => ({ i, rank: (i * i * 31) % 17 }));
  for (const direction of [1, -1] as const) {
    const all = sorted(list, ({ rank }) => rank, direction);
    for (let limit = 1; limit <= 60; limit++) {
      const few = sorted(list, ({ rank }) => rank, direction, limit);
      expect(few.slice(0, limit)).toEqual(all.slice(0, limit));
      expect(new Set(few)).toEqual(new Set(list));
    }
  }
});

test("an array that wraps loses the first of its order", () => {
  const a = table([3, 1, 2], { size: 3, wrap: true });
  a.set(0, 30);
  a.set(7, 7);
  expect(keys(a)).toEqual([1, 2, 7]);
  expect(keys(a, { by: "value", direction: -1 })).toEqual([7, 2, 1]);
  a.set(8, 8);
  expect(keys(a)).toEqual([2, 1, 8]);
});

test("an array that wraps loses the first of its order, whatever else was deleted", () => {
  const a = table([0, 1, 2, 3], { size: 4, wrap: true });
  const expected = [0, 1, 2, 3];
  // A pattern of deletions and new entries that comes to every state of a small array.
  for (let i = 0; i < 2000; i++) {
    if (i % 7 < 2 && expected.length > 0) a.delete(expected.splice((i * 5) % expected.length, 1)[0]!);
    if (i % 501 === 500) {
      a.clear();
      expected.length = 0;
    }
    if (i % 11 === 10) {
      keys(a, { by: "value", direction: i % 2 === 0 ? 1 : -1 });
      expected.sort((x, y) => (i % 2 === 0 ? x - y : y - x));
    }
    a.set(4 + i, 4 + i);
    expected.push(4 + i);
    if (expected.length > 4) expected.shift();
    expect(keys(a)).toEqual(expected);
  }
});

test("a loop does not visit what was deleted before its turn", () => {
  const a = table([0, 1, 2, 3, 4]);
  const seen: unknown[] = [];
  for (const entry of entriesOf(a.walk())) {
    seen.push(entry.keys[0]);
    if (entry.keys[0] === 1) {
      a.delete(2);
      a.delete(0);
    }
  }
  expect(seen).toEqual([0, 1, 3, 4]);
  expect(keys(a)).toEqual([1, 3, 4]);
});

test("a loop ends when its array is emptied, in order of creation or sorted", () => {
  for (const options of [{}, { by: "value" as const }]) {
    const a = table(Array.from({ length: 100 }, (_, i) => i));
    let steps = 0;
    for (const _ of entriesOf(a.walk(options))) {
      if (++steps === 3) a.clear();
    }
    expect([steps, keys(a)]).toEqual([3, []]);
  }
});

test("a loop goes its way when another one sorts the array", () => {
  const a = table([2, 1, 0]);
  const seen: unknown[] = [];
  for (const entry of entriesOf(a.walk())) {
    seen.push(entry.keys[0]);
    keys(a, { by: "value" });
  }
  expect(seen).toEqual([0, 1, 2]);
});

test("a loop ends when another one sorts its array and then empties it", () => {
  for (const walk of ["walk", "walkKeys"] as const) {
    const a = table([2, 1, 0]);
    const cursor = a[walk]();
    expect([cursor.next(), cursor.key(0)]).toEqual([true, 0]);
    keys(a, { by: "value" });
    a.delete(1);
    expect([cursor.next(), cursor.key(0)]).toEqual([true, 2]);
    a.clear();
    expect(cursor.next()).toBe(false);
  }
});

test("a loop goes its way when most of its array is deleted", () => {
  const a = table(Array.from({ length: 200 }, (_, i) => i));
  const seen: unknown[] = [];
  for (const entry of entriesOf(a.walk())) {
    if (seen.length === 0) for (let key = 10; key < 190; key++) a.delete(key);
    seen.push(entry.keys[0]);
  }
  expect(seen).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 190, 191, 192, 193, 194, 195, 196, 197, 198, 199]);
});

test("reading does not create; a limit of 0 and less gives nothing; MAXMAPENTRIES is the size of what declares none", () => {
  const a = new ScalarTable(spec, { ...scriptLimits, MAXMAPENTRIES: 1 });
  expect([a.get(1), a.has(1)]).toEqual([0, false]);
  a.set(2n ** 60n, 5);
  expect([a.get(2n ** 60n), keys(a, { limit: -1 })]).toEqual([5, []]);
  expect(() => a.set(3, 1)).toThrow("Array overflow, check MAXMAPENTRIES");
  expect(keys(a)).toEqual([2n ** 60n]);
});
