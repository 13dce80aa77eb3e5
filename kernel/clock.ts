/**
 * The virtual clock: time is what the programs make of it.
 *
 * The scheduler owns it. Every retired instruction takes one nanosecond, and when nobody can run the clock jumps to
 * the next deadline, so a sleep costs no real time. Nothing else moves it: two runs see the same times.
 */
export class Clock {
  /** Realtime (ns since 1970) when the monotonic clock was 0. */
  readonly epochNs: bigint;
  #now = 0;

  constructor(epochNs: bigint) {
    this.epochNs = epochNs;
  }

  /** Nanoseconds since the machine started. */
  monotonicNs(): number {
    return this.#now;
  }

  realtimeNs(): bigint {
    return this.epochNs + BigInt(this.#now);
  }

  /** Instructions were retired. */
  retire(instructions: number): void {
    this.#now += instructions;
  }

  /** Nobody can run before `time`. */
  jumpTo(time: number): void {
    if (time > this.#now) this.#now = time;
  }
}
