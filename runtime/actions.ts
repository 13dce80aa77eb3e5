/**
 * How long a handler may run: MAXACTION and its kin, and the end of handlers that outlast their session.
 *
 * Emitted code counts `left` down in loops and in functions that call others, by statements; code without loops is
 * not counted, for it ends by itself. A hit gets its budget in slices. Between slices `mustStop` is asked, so that
 * a handler with a huge budget, or with none (--suppress-time-limits), still ends with its session.
 */
import type { ProbeSpec } from "../abi/manifest.ts";
import { limits, type ScriptLimits } from "../base/limits.ts";
import { endOfActions, Uncatchable } from "./errors.ts";

export class ActionBudget {
  readonly #limits: ScriptLimits;
  readonly #unlimited: boolean;
  readonly #mustStop: (spent: number) => boolean;
  /** What is left beyond the slice that the handler has. */
  #reserve = 0;
  /** Statements of earlier slices of this hit. */
  #spent = 0;
  /** Entries that this hit looked at, and those since it was last asked whether it must stop. */
  #looked = 0;
  #unasked = 0;
  /** Steps of embedded code in this hit. */
  #steps = 0;

  /** `mustStop` is told how many statements the handler has run. */
  constructor(scriptLimits: ScriptLimits, unlimited: boolean, mustStop: (spent: number) => boolean) {
    this.#limits = scriptLimits;
    this.#unlimited = unlimited;
    this.#mustStop = mustStop;
  }

  /** The first slice of a hit. */
  begin(spec: ProbeSpec): number {
    this.#spent = 0;
    this.#looked = 0;
    this.#steps = 0;
    this.#reserve = this.#unlimited ? Number.POSITIVE_INFINITY : this.#budget(spec);
    return this.#take();
  }

  /** The next slice, for a hit that has `left` < 0. */
  more(left: number): number {
    let now = left;
    do {
      this.#ask(this.#spent - now);
      if (this.#reserve <= 0) endOfActions();
      now += this.#take();
    } while (now < 0);
    return now;
  }

  /**
   * A sort or a search went through entries of an array: no statements, but time, of which one statement can take any
   * amount.
   */
  looked(entries: number): void {
    this.#looked += entries;
    this.#unasked += entries;
    if (this.#unasked < limits.actionSlice) return;
    this.#unasked = 0;
    this.#ask(this.#spent);
  }

  /** Embedded code has no statements that MAXACTION would count, but it must end too. */
  stepped(steps: number): void {
    this.#steps += steps;
    if (this.#steps > limits.maxEmbeddedSteps && !this.#unlimited)
      throw new Uncatchable("error", `embedded code made more than ${limits.maxEmbeddedSteps} steps`);
    this.#ask(this.#spent);
  }

  #ask(statements: number): void {
    if (this.#mustStop(statements + this.#looked + this.#steps)) throw new Uncatchable("stop", "the session ends");
  }

  #take(): number {
    const slice = Math.min(this.#reserve, limits.actionSlice);
    this.#reserve -= slice;
    this.#spent += slice;
    return slice;
  }

  /** Timers interrupt whatever runs, and probes in the kernel all of it: they have the smaller budget. */
  #budget(spec: ProbeSpec): number {
    const { MAXACTION, MAXACTION_INTERRUPTIBLE, INTERRUPTIBLE } = this.#limits;
    return spec.kind === "timer" || spec.kind === "kernel" || INTERRUPTIBLE === 0 ? MAXACTION : MAXACTION_INTERRUPTIBLE;
  }
}
