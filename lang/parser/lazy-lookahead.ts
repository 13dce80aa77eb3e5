/**
 * Lookahead that is worked out when it is first asked for.
 *
 * Chevrotain prepares the decisions of all rules before the first token is read; that is more than half of what a
 * short script costs from a cold start, and such a script comes by few of them. The decisions are the same.
 */
import { type ILookaheadStrategy, LLkLookaheadStrategy } from "chevrotain";

type Decision<Arguments extends unknown[], Result> = (this: unknown, ...given: Arguments) => Result;

export class LazyLookahead extends LLkLookaheadStrategy {
  override buildLookaheadForAlternation(
    options: Parameters<ILookaheadStrategy["buildLookaheadForAlternation"]>[0],
  ): ReturnType<ILookaheadStrategy["buildLookaheadForAlternation"]> {
    return lazily(() => super.buildLookaheadForAlternation(options));
  }

  override buildLookaheadForOptional(
    options: Parameters<ILookaheadStrategy["buildLookaheadForOptional"]>[0],
  ): ReturnType<ILookaheadStrategy["buildLookaheadForOptional"]> {
    return lazily(() => super.buildLookaheadForOptional(options));
  }
}

/** Chevrotain calls a decision as a method of its parser. */
function lazily<A extends unknown[], R>(build: () => Decision<A, R>): Decision<A, R> {
  let decide: Decision<A, R> | undefined;
  return function (this: unknown, ...given: A): R {
    decide ??= build();
    return decide.apply(this, given);
  };
}
