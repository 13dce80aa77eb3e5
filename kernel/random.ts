/**
 * The machine's random numbers: xoshiro128** (Blackman and Vigna), seeded by splitmix32 from one number.
 *
 * getrandom, AT_RANDOM and the runtime's randint draw from it; the same seed gives the same numbers.
 */
export class Random {
  readonly #s = new Uint32Array(4);

  constructor(seed: number) {
    let state = seed >>> 0;
    for (let i = 0; i < 4; i++) {
      state = (state + 0x9e3779b9) >>> 0;
      let z = state;
      z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
      z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
      this.#s[i] = z ^ (z >>> 16);
    }
    if (this.#s.every((word) => word === 0)) this.#s[0] = 1; // the one state that never moves
  }

  u32(): number {
    const s = this.#s;
    const [s0, s1, s2, s3] = [s[0]!, s[1]!, s[2]!, s[3]!];
    const result = Math.imul(rotate(Math.imul(s1, 5), 7), 9) >>> 0;
    s[2] = s2 ^ s0;
    s[3] = s3 ^ s1;
    s[1] = s1 ^ s[2];
    s[0] = s0 ^ s[3];
    s[2] = s[2] ^ (s1 << 9);
    s[3] = rotate(s[3], 11);
    return result;
  }

  /** An integer in [0, n); n at most 2^32. */
  below(n: number): number {
    if (!(n > 1)) return 0;
    return Math.floor((this.u32() / 2 ** 32) * n);
  }

  bytes(count: number): Uint8Array {
    const bytes = new Uint8Array(count);
    for (let i = 0; i < count; i++) bytes[i] = this.u32() >>> 24;
    return bytes;
  }
}

function rotate(x: number, k: number): number {
  return (x << k) | (x >>> (32 - k));
}
