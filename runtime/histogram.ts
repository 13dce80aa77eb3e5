/**
 * Histograms: `@hist_log` and `@hist_linear`.
 *
 * A log histogram has 128 buckets: 64 holds 0, 64+k holds [2^(k-1), 2^k), 64-k the same below zero. A linear one has
 * a bucket for what is below `low`, (high-low)/width + 1 buckets of `width` from `low` on, and one for what is above.
 * `render` gives the text that the language prints.
 */
import type { HistogramSpec } from "../abi/manifest.ts";
import type { ChartBucket, Cursor, WalkOptions } from "../abi/module.ts";
import { assert } from "../base/assert.ts";
import { type Long, long } from "../base/int64.ts";
import { limits } from "../base/limits.ts";
import { ScriptError } from "./errors.ts";
import { sorted } from "./sorting.ts";
import { SomeWalk } from "./walk.ts";

const LOG_BUCKETS = 128;
const LOG_ZERO = 64;
/** Empty rows shown before the first and after the last sample. */
const MARGIN = 2;

type LinearSpec = HistogramSpec & { readonly kind: "linear" };

interface Row {
  readonly label: string;
  readonly count: number;
}

export class Histogram {
  readonly #spec: HistogramSpec;
  readonly #linear: LinearSpec | undefined;
  readonly #counts: Float64Array;

  constructor(spec: HistogramSpec) {
    this.#spec = spec;
    this.#linear = spec.kind === "linear" ? spec : undefined;
    const buckets = spec.kind === "log" ? LOG_BUCKETS : Math.floor((spec.high - spec.low) / spec.width) + 3;
    assert(
      buckets >= 3 && buckets <= limits.maxHistogramBuckets,
      "runtime/histogram",
      `a histogram of ${buckets} buckets`,
    );
    this.#counts = new Float64Array(buckets);
  }

  get kind(): HistogramSpec["kind"] {
    return this.#spec.kind;
  }

  add(value: Long): void {
    const spec = this.#linear;
    this.#counts[spec ? linearBucket(value, spec, this.#counts.length) : logBucket(value)]!++;
  }

  bucket(index: Long): number {
    const count = typeof index === "number" ? this.#counts[index] : undefined;
    if (count === undefined) throw new ScriptError("the histogram has no such bucket");
    return count;
  }

  hasBucket(index: Long): boolean {
    return index >= 0 && index < this.#counts.length;
  }

  /** Over each bucket's number and count, empty ones too, as they are now. */
  walk(options?: WalkOptions): Cursor<Long> {
    const counts = this.#counts.slice();
    if (options === undefined) return new BucketWalk(counts);
    const { by, direction = 1 } = options;
    const rankOf = (index: number): number => (by === "value" ? counts[index]! : index);
    const order = by === undefined ? undefined : sorted([...counts.keys()], rankOf, direction);
    return new SomeWalk(new BucketWalk(counts, order), options);
  }

  clear(): void {
    this.#counts.fill(0);
  }

  /** `columns`: width of the longest bar; `elision`: see HIST_ELISION in base/limits.ts. */
  render(columns: number, elision: number): string {
    const width = Math.max(1, columns);
    const [from, to] = this.#bounds();
    const rows = this.#rows(from, to, elision);
    const labelWidth = this.#labelWidth(from, to);
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

  /** The buckets from the first to the last that hold something, with the samples that each is for, both ends included. */
  buckets(): readonly ChartBucket[] {
    const counts = this.#counts;
    const used = this.#used();
    const shown = Array.from(counts.keys()).slice(used[0] ?? counts.length, (used.at(-1) ?? -1) + 1);
    return shown.map((index) => ({ ...this.#range(index), count: counts[index]! }));
  }

  #used(): readonly number[] {
    return Array.from(this.#counts.keys()).filter((index) => this.#counts[index] !== 0);
  }

  #range(index: number): Pick<ChartBucket, "min" | "max"> {
    const spec = this.#spec;
    if (spec.kind === "log") {
      if (index === LOG_ZERO) return { min: 0, max: 0 };
      const power = 1n << BigInt(Math.abs(index - LOG_ZERO) - 1);
      const last = 2n * power - 1n;
      // Of 2^63 only the negative is a long, alone in its bucket.
      if (index === 0) return { min: long(-power), max: long(-power) };
      return index > LOG_ZERO ? { min: long(power), max: long(last) } : { min: long(-last), max: long(-power) };
    }
    const from = spec.low + (index - 1) * spec.width;
    if (index === 0) return { max: spec.low - 1 };
    return index === this.#counts.length - 1 ? { min: from } : { min: from, max: from + spec.width - 1 };
  }

  /** The first and the last bucket that may have a row: those with samples, and a margin. */
  #bounds(): readonly [number, number] {
    const used = this.#used();
    // Rows for what is below and above a linear histogram, and below zero in a logarithmic one, only with samples.
    const linear = this.#spec.kind === "linear";
    const first = used[0] ?? LOG_ZERO;
    const last = used.at(-1) ?? LOG_ZERO;
    const lowest = linear ? Math.min(first, 1) : first < LOG_ZERO ? 0 : LOG_ZERO;
    const highest = linear ? Math.max(last, this.#counts.length - 2) : this.#counts.length - 1;
    return [Math.max(lowest, first - MARGIN), Math.min(highest, last + MARGIN)];
  }

  /** Rows that are left out count too; a linear histogram takes its start and what would come after its last row. */
  #labelWidth(from: number, to: number): number {
    const spec = this.#spec;
    const ends =
      spec.kind === "log"
        ? [this.#label(from), this.#label(to)]
        : [
            `${from === 0 ? "<" : ""}${spec.low}`,
            `${to === this.#counts.length - 1 ? ">" : ""}${spec.low + spec.width * to}`,
          ];
    return Math.max("value".length, ...ends.map((label) => label.length));
  }

  /** The rows to show; undefined stands for a run of empty ones that is left out. */
  #rows(from: number, to: number, elision: number): (Row | undefined)[] {
    const counts = this.#counts;
    let left = false;
    const rows: (Row | undefined)[] = [];
    for (let index = from; index <= to; index++) {
      if (elision >= 0 && !hasSamples(counts, Math.max(from, index - elision), Math.min(to, index + elision))) {
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
      const bit = Math.abs(index - LOG_ZERO) - 1;
      return `${index > LOG_ZERO ? "" : "-"}${bit < 53 ? 2 ** bit : 1n << BigInt(bit)}`;
    }
    if (index === 0) return `<${spec.low}`;
    // The last bucket starts at the multiple of the width that is at or below `high`.
    if (index === this.#counts.length - 1) return `>${spec.low + (index - 2) * spec.width}`;
    return String(spec.low + (index - 1) * spec.width);
  }
}

class BucketWalk implements Cursor<Long> {
  readonly #counts: Float64Array;
  /** Numbers of buckets; absent: from the first to the last. */
  readonly #order: readonly number[] | undefined;
  #at = -1;

  constructor(counts: Float64Array, order?: readonly number[]) {
    this.#counts = counts;
    this.#order = order;
  }

  next(): boolean {
    return ++this.#at < this.#counts.length;
  }

  key(): number {
    return this.#order === undefined ? this.#at : this.#order[this.#at]!;
  }

  get value(): Long {
    return this.#counts[this.key()]!;
  }
}

function hasSamples(counts: Float64Array, from: number, to: number): boolean {
  for (let index = from; index <= to; index++) if (counts[index] !== 0) return true;
  return false;
}

function logBucket(value: Long): number {
  // Most values have 32 bits.
  if (value === (Number(value) | 0))
    return value < 0 ? LOG_ZERO - 32 + Math.clz32(-value) : LOG_ZERO + 32 - Math.clz32(value);
  return value < 0 ? LOG_ZERO - bitLength(value) : LOG_ZERO + bitLength(value);
}

/** Bits of the absolute value. */
function bitLength(value: Long): number {
  if (typeof value === "bigint") return (value < 0n ? -value : value).toString(2).length;
  const size = Math.abs(value);
  const high = Math.floor(size / 2 ** 32);
  return high > 0 ? 64 - Math.clz32(high) : 32 - Math.clz32(size);
}

function linearBucket(value: Long, spec: LinearSpec, buckets: number): number {
  if (value < spec.low) return 0;
  if (value >= spec.low + (buckets - 2) * spec.width) return buckets - 1;
  return 1 + Math.floor((Number(value) - spec.low) / spec.width);
}
