/** Histograms: how wide they are as text, and their buckets as data. Expected values are worked out beside them. */
import { expect, test } from "vitest";
import { Histogram } from "../../runtime/histogram.ts";

test("a linear histogram is as wide as its start and as what would follow its last row", () => {
  // Buckets from 0, 10, 20: the last holds up to 29, and what is above bears the number where it starts.
  const chart = new Histogram({ kind: "linear", low: 0, high: 25, width: 10 });
  for (const value of [29, 30]) chart.add(value);
  const row = (label: string, bar: string, count: number) => `${label.padStart(5)} |${bar.padEnd(4)} ${count}\n`;
  expect(chart.render(4, 2)).toBe(
    `value |---- count\n${row("0", "", 0)}${row("10", "", 0)}${row("20", "@", 1)}${row(">20", "@", 1)}\n`,
  );
  // A start of -1000000: seven digits and a sign. The row of 99990 is followed by 100000, with one digit more.
  const low = new Histogram({ kind: "linear", low: -1_000_000, high: -999_990, width: 1 });
  low.add(-1_000_000);
  expect(low.render(1, 2).split("\n")[0]).toBe("   value |- count");
  const high = new Histogram({ kind: "linear", low: 99_980, high: 99_990, width: 10 });
  high.add(99_990);
  expect(high.render(1, 2)).toBe(" value |- count\n 99980 |  0\n 99990 |@ 1\n\n");
});

test("buckets that hold something, with their bounds", () => {
  const chart = new Histogram({ kind: "log" });
  for (const value of [-3, 0, 2, 3]) chart.add(value);
  expect(chart.buckets()).toEqual([
    { min: -3, max: -2, count: 1 },
    { min: -1, max: -1, count: 0 },
    { min: 0, max: 0, count: 1 },
    { min: 1, max: 1, count: 0 },
    { min: 2, max: 3, count: 2 },
  ]);
  const linear = new Histogram({ kind: "linear", low: 0, high: 10, width: 10 });
  for (const value of [-1, 5, 20]) linear.add(value);
  expect(linear.buckets()).toEqual([
    { max: -1, count: 1 },
    { min: 0, max: 9, count: 1 },
    { min: 10, max: 19, count: 0 },
    { min: 20, count: 1 },
  ]);
});
