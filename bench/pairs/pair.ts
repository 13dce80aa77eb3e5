/**
 * Handlers of scripts, and the same by hand in plain JavaScript: what `handlers.ts` measures against each other.
 *
 * Both of a pair do the same work on the same counters; the hand-written side uses plain numbers, a Map, template
 * strings, and a list that printed text is pushed on. `n == -1` never holds: it keeps a value from being unused.
 */
export interface Pair {
  readonly name: string;
  readonly script: string;
  /** The body of a function of `print` and `memory` that gives back the handler. */
  readonly byHand: string;
}
