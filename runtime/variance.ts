/**
 * `@variance`: Welford's running mean and sum of squares, in integers, as the language defines it.
 *
 * Values are shifted left by the global's bit shift before anything is divided, and the result shifted back, so a larger
 * shift loses less and overflows sooner. When it is read, the part that the running mean has lost to truncation is put back
 * with the exact mean: 1, 2, 3, 4, 5 give 12 with shift 0 and 2 with shift 1. Everything wraps at 64 bits.
 */
import { add, div, type Long, mul, shl, shr, sub } from "../base/int64.ts";

export class Variance {
  readonly #shift: number;
  readonly #scale: number;
  #mean: Long = 0;
  #squares: Long = 0;

  constructor(shift: number) {
    this.#shift = shift;
    this.#scale = 2 ** shift;
  }

  /** `count`: how many values there are with this one. */
  add(value: Long, count: number): void {
    const mean = this.#mean;
    const squares = this.#squares;
    if (count > 1 && typeof value === "number" && typeof mean === "number" && typeof squares === "number") {
      const scaled = value * this.#scale;
      const delta = scaled - mean;
      const moved = mean + Math.trunc(delta / count);
      const step = delta * (scaled - moved);
      // `moved` lies between the mean and the value, so it is exact when they are.
      if (isSafe(scaled) && isSafe(delta) && isSafe(step) && isSafe(squares + step)) {
        this.#mean = moved;
        this.#squares = squares + step;
        return;
      }
    }
    this.#addExactly(value, count);
  }

  #addExactly(value: Long, count: number): void {
    const scaled = shl(value, this.#shift);
    if (count === 1) {
      this.#mean = scaled;
      this.#squares = 0;
      return;
    }
    const delta = sub(scaled, this.#mean);
    this.#mean = add(this.#mean, div(delta, count));
    this.#squares = add(this.#squares, mul(delta, sub(scaled, this.#mean)));
  }

  /** 0 for a single value. */
  read(count: number, sum: Long): Long {
    if (count < 2) return 0;
    const mean = this.#mean;
    const squares = this.#squares;
    if (typeof sum === "number" && typeof mean === "number" && typeof squares === "number") {
      const scaled = sum * this.#scale;
      const lost = mean - Math.trunc(scaled / count);
      const between = count * lost * lost;
      const within = (count - 1) * Math.trunc(squares / (count - 1));
      const total = between + within;
      // Twice the shift must be less than 64, or the shift back is another one.
      if (this.#shift < 32 && isSafe(scaled) && isSafe(lost) && isSafe(between) && isSafe(within) && isSafe(total)) {
        const variance = Math.trunc(total / (count - 1)) + 0;
        return this.#scale === 1 ? variance : Math.floor(variance / this.#scale / this.#scale);
      }
    }
    return this.#readExactly(count, sum);
  }

  #readExactly(count: number, sum: Long): Long {
    const lost = sub(this.#mean, div(shl(sum, this.#shift), count));
    const between = mul(mul(count, lost), lost);
    const within = mul(count - 1, div(this.#squares, count - 1));
    return shr(div(add(between, within), count - 1), 2 * this.#shift);
  }
}

function isSafe(n: number): boolean {
  return n <= 9007199254740991 && n >= -9007199254740991;
}
