/**
 * Histograms: `@hist_log` and `@hist_linear`.
 *
 * A log histogram has 128 buckets: 64 holds 0, 64+k holds [2^(k-1), 2^k), 64-k the same below zero. A linear one has
 * a bucket for what is below `low`, (high-low)/width + 1 buckets of `width` from `low` on, and one for what is above.
 * `render` gives the text that the language prints.
 */
import type { HistogramSpec } from "../abi/manifest.ts";
import type { MapEntry } from "../abi/module.ts";
import { assert } from "../base/assert.ts";
import type { Long } from "../base/int64.ts";
import { limits } from "../base/limits.ts";
import { ScriptError } from "./errors.ts";

const LOG_BUCKETS = 128;
const LOG_ZERO = 64;
/** Empty rows shown before the first and after the last sample. */
const MARGIN = 2;

export class Histogram {
  readonly #spec: HistogramSpec;
  readonly #counts: Float64Array;

  constructor(spec: HistogramSpec) {
    this.#spec = spec;
    const buckets = spec.kind === "log" ? LOG_BUCKETS : Math.floor((spec.high - spec.low) / spec.width) + 3;
    assert(
      buckets >= 3 && buckets <= limits.maxHistogramBuckets,
      "runtime/histogram",
      `a histogram of ${buckets} buckets`,
    );
    this.#counts = new Float64Array(buckets);
  }

  add(value: Long): void {
    const bucket = this.#spec.kind === "log" ? logBucket(value) : linearBucket(value, this.#spec, this.#counts.length);
    this.#counts[bucket]!++;
  }

  bucket(index: Long): number {
    const count = typeof index === "number" ? this.#counts[index] : undefined;
    if (count === undefined) throw new ScriptError("histogram index out of range");
    return count;
  }

  /** Each bucket's number and count, in order, empty ones too. */
  entries(): MapEntry<Long>[] {
    return Array.from(this.#counts, (value, index) => ({ keys: [index], value }));
  }

  clear(): void {
    this.#counts.fill(0);
  }

  /** `columns`: width of the longest bar; `elision`: see HIST_ELISION in base/limits.ts. */
  render(columns: number, elision: number): string {
    const width = Math.max(1, columns);
    const rows = this.#rows(elision);
    const labelWidth = Math.max("value".length, ...rows.map((row) => row?.label.length ?? 0));
    const countWidth = Math.max(...rows.map((row) => (row ? String(row.count).length : 0)));
    const most = this.#counts.reduce((a, b) => Math.max(a, b));
    const scale = Math.max(1, Math.ceil(most / width));
    let text = `${"value".padStart(labelWidth)} |${"-".repeat(width)} count\n`;
    for (const row of rows) {
      if (!row) text += `${" ".repeat(labelWidth)} ~\n`;
      else {
        const bar = "@".repeat(Math.floor(row.count / scale)).padEnd(width);
        text += `${row.label.padStart(labelWidth)} |${bar} ${String(row.count).padStart(countWidth)}\n`;
      }
    }
    return `${text}\n`;
  }

  /** The rows to show; undefined stands for a run of empty ones that is left out. */
  #rows(elision: number): ({ readonly label: string; readonly count: number } | undefined)[] {
    const counts = this.#counts;
    const used = Array.from(counts.keys()).filter((index) => counts[index] !== 0);
    // Rows for what is below and above a linear histogram, and below zero in a logarithmic one, only with samples.
    const linear = this.#spec.kind === "linear";
    const first = used[0] ?? LOG_ZERO;
    const last = used.at(-1) ?? LOG_ZERO;
    const lowest = linear ? Math.min(first, 1) : first < LOG_ZERO ? 0 : LOG_ZERO;
    const highest = linear ? Math.max(last, counts.length - 2) : counts.length - 1;
    const from = Math.max(lowest, first - MARGIN);
    const to = Math.min(highest, last + MARGIN);
    let left = false;
    const rows: ({ label: string; count: number } | undefined)[] = [];
    for (let index = from; index <= to; index++) {
      const near = counts.subarray(Math.max(from, index - elision), Math.min(to, index + elision) + 1);
      if (elision >= 0 && near.every((count) => count === 0)) {
        left = true;
        continue;
      }
      // What is left out after the last row that is shown bears no mark.
      if (left) rows.push(undefined);
      left = false;
      rows.push({ label: this.#label(index), count: counts[index]! });
    }
    return rows;
  }

  #label(index: number): string {
    const spec = this.#spec;
    if (spec.kind === "log") {
      if (index === LOG_ZERO) return "0";
      const power = 1n << BigInt(Math.abs(index - LOG_ZERO) - 1);
      return String(index > LOG_ZERO ? power : -power);
    }
    if (index === 0) return `<${spec.low}`;
    if (index === this.#counts.length - 1) return `>${spec.high}`;
    return String(spec.low + (index - 1) * spec.width);
  }
}

function logBucket(value: Long): number {
  return value < 0 ? LOG_ZERO - bitLength(value) : LOG_ZERO + bitLength(value);
}

/** Bits of the absolute value. */
function bitLength(value: Long): number {
  if (typeof value === "bigint") return (value < 0n ? -value : value).toString(2).length;
  const size = Math.abs(value);
  const high = Math.floor(size / 2 ** 32);
  return high > 0 ? 64 - Math.clz32(high) : 32 - Math.clz32(size);
}

function linearBucket(value: Long, spec: HistogramSpec & { kind: "linear" }, buckets: number): number {
  if (value < spec.low) return 0;
  if (value >= spec.low + (buckets - 2) * spec.width) return buckets - 1;
  return 1 + Math.floor((Number(value) - spec.low) / spec.width);
}
