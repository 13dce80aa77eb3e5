/**
 * Aggregates: what `<<<` feeds and `@count`, `@sum`, `@min`, `@max`, `@avg` and the histograms read.
 *
 * Only what the global's StatSpec names is kept. Sums wrap at 64 bits as all arithmetic does; `@avg` truncates toward
 * zero. Counts and sums of an empty aggregate are 0; its other readings are errors of the script.
 */
import type { StatSpec } from "../abi/manifest.ts";
import type { Stat } from "../abi/module.ts";
import { add, div, type Long } from "../base/int64.ts";
import type { ScriptLimits } from "../base/limits.ts";
import { ScriptError } from "./errors.ts";
import { Histogram } from "./histogram.ts";

export class Aggregate implements Stat {
  readonly #histograms: readonly Histogram[];
  readonly #limits: ScriptLimits;
  readonly #keepsSum: boolean;
  readonly #keepsRange: boolean;
  #count = 0;
  #sum: Long = 0;
  #min: Long = 0;
  #max: Long = 0;

  constructor(spec: StatSpec, limits: ScriptLimits) {
    this.#histograms = spec.histograms.map((histogram) => new Histogram(histogram));
    this.#limits = limits;
    this.#keepsSum = spec.operators.includes("@sum") || spec.operators.includes("@avg");
    this.#keepsRange = spec.operators.includes("@min") || spec.operators.includes("@max");
  }

  add(value: Long): Long {
    if (this.#keepsSum) this.#sum = add(this.#sum, value);
    if (this.#keepsRange) {
      if (this.#count === 0 || value < this.#min) this.#min = value;
      if (this.#count === 0 || value > this.#max) this.#max = value;
    }
    this.#count++;
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
    return div(this.#sum, this.#count);
  }

  render(histogram: number): string {
    this.#needValues();
    return this.#histograms[histogram]!.render(this.#limits.HIST_WIDTH, this.#limits.HIST_ELISION);
  }

  bucket(histogram: number, index: Long): Long {
    this.#needValues();
    return this.#histograms[histogram]!.bucket(index);
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

/** All that is printed of an aggregate that nobody reads. */
export const everyReading: StatSpec["operators"] = ["@count", "@sum", "@min", "@max", "@avg"];
