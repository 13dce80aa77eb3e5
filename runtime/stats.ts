/**
 * Aggregates: what `<<<` feeds and `@count`, `@sum`, `@min`, `@max`, `@avg`, `@variance` and the histograms read.
 *
 * Only what the global's StatSpec names is kept. Sums wrap at 64 bits as all arithmetic does; `@avg` truncates toward
 * zero. Counts and sums of an empty aggregate are 0; its other readings are errors of the script.
 */
import type { StatSpec } from "../abi/manifest.ts";
import type { Chart, Cursor, Stat, WalkOptions } from "../abi/module.ts";
import { bug } from "../base/assert.ts";
import { add, div, type Long } from "../base/int64.ts";
import type { ScriptLimits } from "../base/limits.ts";
import { ScriptError } from "./errors.ts";
import { Histogram } from "./histogram.ts";
import { Variance } from "./variance.ts";

export class Aggregate implements Stat {
  readonly #histograms: readonly Histogram[];
  readonly #limits: ScriptLimits;
  readonly #keepsSum: boolean;
  readonly #keepsRange: boolean;
  readonly #variance: Variance | undefined;
  #count = 0;
  #sum: Long = 0;
  #min: Long = 0;
  #max: Long = 0;

  constructor(spec: StatSpec, limits: ScriptLimits) {
    this.#histograms = spec.histograms.map((histogram) => new Histogram(histogram));
    this.#limits = limits;
    const keepsVariance = spec.operators.includes("@variance");
    this.#keepsSum = keepsVariance || spec.operators.includes("@sum") || spec.operators.includes("@avg");
    this.#variance = keepsVariance ? new Variance(spec.shift ?? 0) : undefined;
    this.#keepsRange = spec.operators.includes("@min") || spec.operators.includes("@max");
  }

  add(value: Long): Long {
    if (this.#keepsSum) this.#sum = plus(this.#sum, value);
    if (this.#keepsRange) {
      if (this.#count === 0 || value < this.#min) this.#min = value;
      if (this.#count === 0 || value > this.#max) this.#max = value;
    }
    this.#count++;
    this.#variance?.add(value, this.#count);
    for (let i = 0; i < this.#histograms.length; i++) this.#histograms[i]!.add(value);
    return value;
  }

  count(): Long {
    return this.#count;
  }

  sum(): Long {
    return this.#sum;
  }

  min(): Long {
    this.#needValues();
    return this.#min;
  }

  max(): Long {
    this.#needValues();
    return this.#max;
  }

  avg(): Long {
    this.#needValues();
    const sum = this.#sum;
    return typeof sum === "number" ? Math.trunc(sum / this.#count) + 0 : div(sum, this.#count);
  }

  variance(): Long {
    this.#needValues();
    return this.#variance?.read(this.#count, this.#sum) ?? bug("runtime/stats", "a variance that is not kept");
  }

  render(histogram: number): string {
    this.#needValues();
    return this.#histograms[histogram]!.render(this.#limits.HIST_WIDTH, this.#limits.HIST_ELISION);
  }

  chart(number: number, name: string): Chart {
    this.#needValues();
    const histogram = this.#histograms[number]!;
    return { name, kind: histogram.kind, buckets: () => histogram.buckets(), render: () => this.render(number) };
  }

  bucket(histogram: number, index: Long): Long {
    this.#needValues();
    return this.#histograms[histogram]!.bucket(index);
  }

  hasBucket(histogram: number, index: Long): boolean {
    return this.#histograms[histogram]!.hasBucket(index);
  }

  walkBuckets(histogram: number, options?: WalkOptions): Cursor<Long> {
    return this.#histograms[histogram]!.walk(options);
  }

  clear(): void {
    this.#count = 0;
    this.#sum = 0;
    this.#min = 0;
    this.#max = 0;
    for (const histogram of this.#histograms) histogram.clear();
  }

  #needValues(): void {
    if (this.#count === 0) throw new ScriptError("empty aggregate");
  }
}

/** `add`, with what V8 has seen of operands kept apart from all others. */
function plus(a: Long, b: Long): Long {
  if (typeof a === "number" && typeof b === "number") {
    const r = a + b;
    if (r === (r | 0) || (r <= 9007199254740991 && r >= -9007199254740991)) return r;
  }
  return add(a, b);
}

/** All that is printed of an aggregate that nobody reads. */
export const everyReading: StatSpec["operators"] = ["@count", "@sum", "@min", "@max", "@avg"];
