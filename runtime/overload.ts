/**
 * Overload: handlers that take too large a share of the time end the session.
 *
 * Only on a clock that goes on while handlers run; on a virtual clock they cost nothing and nobody asks. Begin, end and
 * error probes delay nobody and are not counted. What an interval amounts to is looked at when it is over, so one long
 * handler counts when the next interval has begun.
 */
import type { ScriptLimits } from "../base/limits.ts";

export class Overload {
  readonly #threshold: number;
  readonly #interval: number;
  #from: number;
  #sum = 0;

  constructor(limits: ScriptLimits, now: number) {
    this.#threshold = limits.STP_OVERLOAD_THRESHOLD;
    this.#interval = limits.STP_OVERLOAD_INTERVAL;
    this.#from = now;
  }

  /** A handler ran for `ns` until `now`: the message of the error when that was too much. */
  spent(ns: number, now: number): string | undefined {
    this.#sum += ns;
    const passed = now - this.#from;
    if (passed <= this.#interval) return undefined;
    const sum = this.#sum;
    this.#from = now;
    this.#sum = 0;
    if (sum <= this.#threshold) return undefined;
    return `probe overhead (${sum} ns) exceeded threshold (${this.#threshold} ns) in the last ${passed} ns`;
  }
}
