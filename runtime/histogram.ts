/**
 * Histograms: `@hist_log` and `@hist_linear`.
 *
 * A log histogram has 128 buckets: 64 holds 0, 64+k holds [2^(k-1), 2^k), 64-k the same below zero. A linear one has
 * a bucket for what is below `low`, (high-low)/width + 1 buckets of `width` from `low` on, and one for what is above.
 * How they look as text is `histogram-text.ts`.
 */
import type { HistogramSpec } from "../abi/manifest.ts";
import type { ChartBucket, Cursor, WalkOptions } from "../abi/module.ts";
import { assert } from "../base/assert.ts";
import { type Long, long } from "../base/int64.ts";
import { limits } from "../base/limits.ts";
import { ScriptError } from "./errors.ts";
import { LOG_ZERO, renderHistogram } from "./histogram-text.ts";
import { sorted } from "./sorting.ts";
import { SomeWalk } from "./walk.ts";

const LOG_BUCKETS = 128;

export class Histogram {
  readonly #spec: HistogramSpec;
  readonly #counts: Float64Array;
  readonly #isLinear: boolean;
  // Of a linear one: where its first and its last bucket of `width` begin and end.
  readonly #low: number = 0;
  readonly #width: number = 1;
  readonly #end: number = 0;

  constructor(spec: HistogramSpec) {
    this.#spec = spec;
    this.#isLinear = spec.kind === "linear";
    const buckets = spec.kind === "log" ? LOG_BUCKETS : Math.floor((spec.high - spec.low) / spec.width) + 3;
    assert(
      buckets >= 3 && buckets <= limits.maxHistogramBuckets,
      "runtime/histogram",
      `a histogram of ${buckets} buckets`,
    );
    this.#counts = new Float64Array(buckets);
    if (spec.kind === "linear") {
      this.#low = spec.low;
      this.#width = spec.width;
      this.#end = spec.low + (buckets - 2) * spec.width;
    }
  }

  get kind(): HistogramSpec["kind"] {
    return this.#spec.kind;
  }

  add(value: Long): void {
    this.#counts[this.#isLinear ? this.#linearBucket(value) : logBucket(value)]!++;
  }

  #linearBucket(value: Long): number {
    // No bucket reaches beyond the safe integers.
    if (typeof value === "bigint") return value < 0n ? 0 : this.#counts.length - 1;
    if (value < this.#low) return 0;
    if (value >= this.#end) return this.#counts.length - 1;
    return 1 + (((value - this.#low) / this.#width) | 0);
  }

  bucket(index: Long): number {
    const count = typeof index === "number" ? this.#counts[index] : undefined;
    if (count === undefined) throw new ScriptError("the histogram has no such bucket");
    return count;
  }

  hasBucket(index: Long): boolean {
    return typeof index === "number" && index >= 0 && index < this.#counts.length;
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
    return renderHistogram(this.#spec, this.#counts, columns, elision);
  }

  /** The buckets from the first to the last that hold something, with the samples that each is for, both ends included. */
  buckets(): readonly ChartBucket[] {
    const counts = this.#counts;
    const isUsed = (count: number): boolean => count !== 0;
    const shown = [...counts.keys()].slice(counts.findIndex(isUsed), counts.findLastIndex(isUsed) + 1);
    return shown.map((index) => ({ ...this.#range(index), count: counts[index]! }));
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

function logBucket(value: Long): number {
  // Most values have 32 bits.
  if (typeof value === "number" && value === (value | 0))
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
