/** Arrays against a plain model (a list of pairs), aggregates and histograms against reasoning written here. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { GlobalSpec } from "../../abi/manifest.ts";
import { scriptLimits } from "../../base/limits.ts";
import { Histogram } from "../../runtime/histogram.ts";
import { ScalarTable, StatTable } from "../../runtime/maps.ts";
import { Aggregate } from "../../runtime/stats.ts";

const spec: GlobalSpec = {
  name: "a",
  type: "long",
  keys: ["long", "string"],
  wrap: false,
  autoPrint: false,
  pointer: false,
};
const all = { operators: ["@count", "@sum", "@min", "@max", "@avg"], histograms: [] } as const;

const operation = fc.tuple(
  fc.constantFrom("set", "delete", "deleteMatching"),
  fc.integer({ min: -2, max: 2 }),
  fc.constantFrom("", "k", "l"),
  fc.integer({ min: -3, max: 3 }),
);

test.each([false, true])("arrays follow the model, wrap %s", (wrap) => {
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 40 }), (operations) => {
      const size = 5;
      const table = new ScalarTable({ ...spec, size, wrap }, scriptLimits);
      let model: { keys: [number, string]; value: number }[] = [];
      for (const [kind, first, second, value] of operations) {
        const same = (entry: { keys: [number, string] }) => entry.keys[0] === first && entry.keys[1] === second;
        const key = `${first}\0${second}`;
        if (kind === "delete") {
          table.delete(key);
          model = model.filter((entry) => !same(entry));
        } else if (kind === "deleteMatching") {
          table.deleteMatching([null, second]);
          model = model.filter((entry) => entry.keys[1] !== second);
        } else {
          const old = model.find(same);
          if (old) old.value = value;
          else if (model.length === size && !wrap) {
            expect(() => table.set(key, value)).toThrow("Array overflow, check size limit (5)");
            continue;
          } else {
            if (model.length === size) model.shift();
            model.push({ keys: [first, second], value });
          }
          table.set(key, value);
        }
      }
      expect([...table.walk()]).toEqual(model);
      const sorted = [...model].sort((a, b) => b.value - a.value);
      expect([...table.walk({ by: "value", direction: -1, limit: 3 })]).toEqual(sorted.slice(0, 3));
      expect([...table.walk({ slice: [1, null] })]).toEqual(model.filter((entry) => entry.keys[0] === 1));
      expect(table.hasMatching([null, "k"])).toBe(model.some((entry) => entry.keys[1] === "k"));
    }),
  );
});

test("reading does not create; limits of 0 and less give nothing; MAXMAPENTRIES is the default size", () => {
  const table = new ScalarTable({ ...spec, keys: ["long"] }, { ...scriptLimits, MAXMAPENTRIES: 1 });
  expect([table.get(1), table.has(1)]).toEqual([0, false]);
  table.set(2n ** 60n, 5);
  expect([table.get(2n ** 60n), [...table.walk({ limit: -1 })]]).toEqual([5, []]);
  expect(() => table.set(3, 1)).toThrow("Array overflow, check MAXMAPENTRIES");
});

test("arrays of aggregates sort by a reading", () => {
  const table = new StatTable(
    { ...spec, type: "stats", keys: ["string"] },
    scriptLimits,
    () => new Aggregate(all, scriptLimits),
  );
  for (const value of [1, 2, 3]) table.add("small", value);
  table.add("large", 100);
  const keys = (reading?: "sum") =>
    table.walk({ by: "value", direction: -1, ...(reading && { reading }) }).map((e) => e.keys[0]);
  expect([keys(), keys("sum")]).toEqual([
    ["small", "large"],
    ["large", "small"],
  ]);
  expect([table.at("none").count(), table.has("none")]).toEqual([0, false]);
});

test("aggregates are exact to 64 bits", () => {
  fc.assert(
    fc.property(fc.array(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), { minLength: 1 }), (numbers) => {
      const stat = new Aggregate(all, scriptLimits);
      const safe = (n: bigint) => (n >= -(2n ** 53n) + 1n && n <= 2n ** 53n - 1n ? Number(n) : n);
      for (const n of numbers) stat.add(safe(n));
      const sum = BigInt.asIntN(
        64,
        numbers.reduce((a, b) => a + b),
      );
      expect(BigInt(stat.sum())).toBe(sum);
      expect(BigInt(stat.avg())).toBe(sum / BigInt(numbers.length));
      const sorted = BigInt64Array.from(numbers).sort();
      expect([BigInt(stat.min()), BigInt(stat.max())]).toEqual([sorted.at(0), sorted.at(-1)]);
    }),
  );
  const empty = new Aggregate(all, scriptLimits);
  expect([empty.count(), empty.sum()]).toEqual([0, 0]);
  expect(() => empty.avg()).toThrow("empty aggregate");
});

test("buckets of a log histogram", () => {
  const chart = new Histogram({ kind: "log" });
  const into = [
    [0, 64],
    [1, 65],
    [2, 66],
    [3, 66],
    [4, 67],
    [-1, 63],
    [-2, 62],
    [2 ** 52, 117],
  ] as const;
  for (const [value] of into) chart.add(value);
  chart.add(2n ** 63n - 1n);
  chart.add(-(2n ** 63n));
  // 2 and 3 share bucket 66.
  for (const [, bucket] of into) expect(chart.bucket(bucket)).toBe(bucket === 66 ? 2 : 1);
  expect([chart.bucket(127), chart.bucket(0)]).toEqual([1, 1]);
  expect(() => chart.bucket(128)).toThrow("histogram index out of range");
});

test("a log histogram as text: two empty rows at each side, a longer run in the middle is left out", () => {
  const chart = new Histogram({ kind: "log" });
  for (let i = 0; i < 120; i++) chart.add(8);
  chart.add(1000);
  // 120 at most, so an @ stands for ceil(120 / 50) = 3. 1000 is in the bucket from 512. Labels are 5 wide as "value" is.
  const row = (label: string, bar: string, count: string) =>
    `${label.padStart(5)} |${bar.padEnd(50)} ${count.padStart(3)}\n`;
  const wanted = [
    `value |${"-".repeat(50)} count\n`,
    row("2", "", "0"),
    row("4", "", "0"),
    row("8", "@".repeat(40), "120"),
    row("16", "", "0"),
    row("32", "", "0"),
    "      ~\n",
    row("128", "", "0"),
    row("256", "", "0"),
    row("512", "", "1"),
    row("1024", "", "0"),
    row("2048", "", "0"),
    "\n",
  ];
  expect(chart.render(50, 2)).toBe(wanted.join(""));
});

test("a linear histogram: stop belongs to the last bucket, the outer rows are there when they hold something", () => {
  const chart = new Histogram({ kind: "linear", low: -10, high: 10, width: 10 });
  for (const value of [-11, -10, 9, 10, 19]) chart.add(value);
  const row = (label: string, bar: string, count: number) => `${label.padStart(5)} |${bar.padEnd(10)} ${count}\n`;
  const head = `value |${"-".repeat(10)} count\n`;
  // -10..-1, 0..9, 10..19: 10 and 19 are in the last one.
  const inner = row("-10", "@", 1) + row("0", "@", 1) + row("10", "@@", 2);
  expect(chart.render(10, 2)).toBe(`${head}${row("<-10", "@", 1)}${inner}\n`);
  chart.add(20);
  expect(chart.render(10, 2)).toBe(`${head}${row("<-10", "@", 1)}${inner}${row(">10", "@", 1)}\n`);
});
