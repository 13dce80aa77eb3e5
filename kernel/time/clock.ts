/**
 * The virtual clock: time is what the programs make of it.
 *
 * The scheduler owns it. Every retired instruction takes one nanosecond; where several CPUs are busy they work at the same
 * time, so a nanosecond passes when each of them has retired one on average. When nobody can run the clock jumps to the next
 * deadline, so a sleep costs no real time. Nothing else moves it: two runs see the same times, and it never goes back.
 */
export class Clock {
  /** Realtime (ns since 1970) when the monotonic clock was 0. */
  readonly epochNs: bigint;
  #now = 0;
  /** Instructions that are no whole nanosecond yet. */
  #part = 0;

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

  /** One of so many busy CPUs has retired instructions. */
  retire(instructions: number, busy: number): void {
    const all = this.#part + instructions;
    const ns = Math.floor(all / busy);
    this.#part = all - ns * busy;
    this.#now += ns;
  }

  /** How many instructions so many busy CPUs retire before that time; 0 when it has come. */
  instructionsUntil(time: number, busy: number): number {
    return time <= this.#now ? 0 : Math.max(1, Math.ceil((time - this.#now) * busy - this.#part));
  }

  /** Nobody can run before `time`. */
  jumpTo(time: number): void {
    if (time > this.#now) this.#now = time;
  }
}
