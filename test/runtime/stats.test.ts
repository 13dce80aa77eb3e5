/**
 * Aggregates and the buckets of histograms, against BigInt and against reasoning written here.
 *
 * What is added is what scripts add: any 64 bits, with the edges of numbers, of buckets and of 64 bits more often.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { StatSpec } from "../../abi/manifest.ts";
import { type Long, long } from "../../base/int64.ts";
import { scriptLimits } from "../../base/limits.ts";
import { Histogram } from "../../runtime/histogram.ts";
import { Aggregate } from "../../runtime/stats.ts";
import { entriesOf } from "../maps/cursors.ts";

const MIN = -(2n ** 63n);
const MAX = 2n ** 63n - 1n;
const everything: StatSpec["operators"] = ["@count", "@sum", "@min", "@max", "@avg", "@variance"];

/** Powers of two and their neighbours of both signs: each bucket of a logarithmic histogram begins at one. */
const edges = Array.from({ length: 64 }, (_, i) => 2n ** BigInt(i)).flatMap((n) =>
  [n - 1n, n, n + 1n].flatMap((m) => [m, -m]),
);
const near = fc.constantFrom(...edges.filter((n) => n >= MIN && n <= MAX), MIN, MAX);
const numbers = fc.oneof(near, fc.bigInt({ min: -100n, max: 100n }), fc.bigInt({ min: MIN, max: MAX }));
const lists = fc.array(numbers, { minLength: 1, maxLength: 30 });

function fill(spec: Partial<StatSpec>, values: readonly bigint[]): Aggregate {
  const stat = new Aggregate({ operators: [], histograms: [], ...spec }, scriptLimits);
  for (const n of values) expect(stat.add(long(n))).toBe(long(n));
  return stat;
}

const wrap = (n: bigint): bigint => BigInt.asIntN(64, n);

test("count, sum, least, greatest and average are exact to 64 bits", () => {
  fc.assert(
    fc.property(lists, (values) => {
      const stat = fill({ operators: everything }, values);
      const sum = wrap(values.reduce((a, b) => a + b));
      const ordered = BigInt64Array.from(values).sort();
      const readings = [stat.count(), stat.sum(), stat.avg(), stat.min(), stat.max()];
      expect(readings).toEqual(
        [BigInt(values.length), sum, sum / BigInt(values.length), ordered.at(0)!, ordered.at(-1)!].map(long),
      );
    }),
    { numRuns: 1000 },
  );
});

test("each reading alone is what it is among all", () => {
  fc.assert(
    fc.property(lists, fc.constantFrom(...everything), (values, operator) => {
      const method = operator.slice(1) as "count" | "sum" | "min" | "max" | "avg" | "variance";
      expect(fill({ operators: [operator] }, values)[method]()).toBe(fill({ operators: everything }, values)[method]());
    }),
  );
});

test("what is not asked for is not kept", () => {
  const counted = fill({ operators: ["@count"] }, [5n, 7n]);
  expect([counted.count(), counted.sum(), counted.min(), counted.max()]).toEqual([2, 0, 0, 0]);
  const summed = fill({ operators: ["@sum"] }, [5n, 7n]);
  expect([summed.sum(), summed.min(), summed.max()]).toEqual([12, 0, 0]);
  expect(() => summed.variance()).toThrow("not kept");
});

test("after it was cleared, an aggregate is as new", () => {
  fc.assert(
    fc.property(lists, lists, (before, values) => {
      const spec: Partial<StatSpec> = { operators: everything, histograms: [{ kind: "log" }], shift: 3 };
      const used = fill(spec, before);
      used.clear();
      expect([used.count(), used.sum()]).toEqual([0, 0]);
      for (const reading of ["min", "max", "avg", "variance"] as const) {
        expect(() => used[reading]()).toThrow("empty aggregate");
      }
      expect(() => used.render(0)).toThrow("empty aggregate");
      expect(() => used.bucket(0, 64)).toThrow("empty aggregate");
      for (const n of values) used.add(long(n));
      const fresh = fill(spec, values);
      for (const reading of ["count", "sum", "min", "max", "avg", "variance"] as const) {
        expect(used[reading]()).toBe(fresh[reading]());
      }
      expect(used.render(0)).toBe(fresh.render(0));
    }),
    { numRuns: 50 },
  );
});

test("variance by its definition, in integers that wrap", () => {
  fc.assert(
    fc.property(lists, fc.integer({ min: 0, max: 62 }), (values, bits) => {
      const shift = BigInt(bits);
      let mean = 0n;
      let squares = 0n;
      values.forEach((value, i) => {
        const scaled = wrap(value << shift);
        if (i === 0) mean = scaled;
        else {
          const delta = wrap(scaled - mean);
          mean = wrap(mean + delta / BigInt(i + 1));
          squares = wrap(squares + delta * wrap(scaled - mean));
        }
      });
      const n = BigInt(values.length);
      const exact = wrap(wrap(values.reduce((a, b) => a + b)) << shift) / n;
      const total = wrap(n * wrap(mean - exact) ** 2n + (n - 1n) * (n > 1n ? squares / (n - 1n) : 0n));
      const wanted = n > 1n ? wrap(total / (n - 1n)) >> ((2n * shift) & 63n) : 0n;
      expect(fill({ operators: ["@variance"], shift: bits }, values).variance()).toBe(long(wanted));
    }),
    { numRuns: 500 },
  );
});

test("with bits enough, variance is within one of what statistics says", () => {
  const small = fc.array(fc.integer({ min: -300, max: 300 }), { minLength: 2, maxLength: 40 });
  fc.assert(
    fc.property(small, (values) => {
      const mean = values.reduce((a, b) => a + b) / values.length;
      const true_ = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
      const got = Number(fill({ operators: ["@variance"], shift: 12 }, values.map(BigInt)).variance());
      expect(Math.abs(got - true_)).toBeLessThanOrEqual(1.01);
    }),
  );
});

test("an empty aggregate counts and sums to 0 and has nothing else", () => {
  const empty = fill({ operators: everything }, []);
  expect([empty.count(), empty.sum()]).toEqual([0, 0]);
  for (const reading of ["min", "max", "avg", "variance"] as const) {
    expect(() => empty[reading]()).toThrow("empty aggregate");
  }
});

/** Bucket 64 holds 0, 64 + k holds 2^(k-1) to 2^k - 1, 64 - k the same below zero; -2^63 has bucket 0. */
function logBucket(n: bigint): number {
  const size = n < 0n ? -n : n;
  let k = 0;
  while (2n ** BigInt(k) <= size) k++;
  return n < 0n ? 64 - k : 64 + k;
}

test("every number has its bucket of a logarithmic histogram", () => {
  const one = (n: bigint, bucket: number) => {
    const stat = fill({ histograms: [{ kind: "log" }] }, [n]);
    const counts = Array.from(entriesOf(stat.walkBuckets(0)), ({ value }) => value);
    expect([counts.length, counts.indexOf(1), stat.bucket(0, bucket)]).toEqual([128, bucket, 1]);
  };
  for (const n of edges) if (n >= MIN && n <= MAX) one(n, logBucket(n));
  one(MIN, 0);
  one(MAX, 127);
  fc.assert(fc.property(numbers, (n) => one(n, logBucket(n))));
});

test("every number has its bucket of a linear histogram", () => {
  const shape = fc
    .tuple(fc.integer({ min: -1000, max: 1000 }), fc.integer({ min: 1, max: 125 }), fc.integer({ min: 1, max: 50 }))
    .chain(([low, payload, width]) =>
      // The end need not be a whole number of widths away.
      fc.integer({ min: 0, max: width - 1 }).map((rest) => ({
        kind: "linear" as const,
        low,
        high: low + (payload - 1) * width + rest,
        width,
      })),
    );
  fc.assert(
    fc.property(shape, fc.oneof(numbers, fc.bigInt({ min: -3000n, max: 9000n })), (spec, n) => {
      const payload = Math.floor((spec.high - spec.low) / spec.width) + 1;
      // Bucket 1 + i holds low + i * width and what comes before the next one's.
      let bucket = 0;
      while (bucket <= payload && n >= BigInt(spec.low) + BigInt(bucket * spec.width)) bucket++;
      const stat = fill({ histograms: [spec] }, [n]);
      const counts = Array.from(entriesOf(stat.walkBuckets(0)), ({ value }) => value);
      expect([counts.length, counts.indexOf(1)]).toEqual([payload + 2, bucket]);
    }),
    { numRuns: 1000 },
  );
});

test("the counts of a histogram add up to the count; buckets beyond are out of range", () => {
  fc.assert(
    fc.property(lists, (values) => {
      // Six of -20, -13, -6, 1, 8 and 15 on, and the two outer ones.
      const linear = { kind: "linear", low: -20, high: 20, width: 7 } as const;
      const stat = fill({ histograms: [{ kind: "log" }, linear] }, values);
      [128, 8].forEach((buckets, histogram) => {
        let total = 0;
        for (let i = 0; i < buckets; i++) total += Number(stat.bucket(histogram, i));
        expect(total).toBe(values.length);
        for (const index of [-1, buckets, 2n ** 62n, MIN] satisfies Long[]) {
          expect(() => stat.bucket(histogram, index)).toThrow("the histogram has no such bucket");
        }
      });
    }),
    { numRuns: 50 },
  );
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
