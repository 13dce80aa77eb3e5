/**
 * What goes wrong in a session: errors of handlers, skipped hits, overload; how many there may be, and what is said.
 *
 * Called by `handlers.ts` with what a handler threw, and by the session for hits that could not be delivered. More than
 * MAXERRORS or MAXSKIPPED make the session fail.
 */
import { BugError } from "../base/assert.ts";
import type { ScriptLimits } from "../base/limits.ts";
import type { SkipCause } from "./binder.ts";
import { formatPlace, type PositionOf } from "./error-place.ts";
import { scriptMessage, Uncatchable } from "./errors.ts";
import type { Lifetime } from "./lifetime.ts";
import type { Output } from "./output.ts";

export interface FailureParts {
  readonly limits: ScriptLimits;
  readonly output: Output;
  readonly lifetime: Lifetime;
  readonly positionOf?: PositionOf;
  /** --suppress-handler-errors */
  readonly suppressed: boolean;
}

export class Failures {
  readonly #parts: FailureParts;
  readonly #skips = new Map<SkipCause, number>();
  #errors = 0;
  #skipped = 0;
  #overloaded = false;

  constructor(parts: FailureParts) {
    this.#parts = parts;
  }

  get errors(): number {
    return this.#errors;
  }

  get skipped(): number {
    return this.#skipped;
  }

  /** Whether the exit status of utap is 1. */
  get tooMany(): boolean {
    const { limits, suppressed } = this.#parts;
    if (this.#overloaded) return true;
    if (suppressed) return false;
    return this.#errors > limits.MAXERRORS || this.#skipped > limits.MAXSKIPPED;
  }

  /** A handler ended with `error`; what is no script's error is a bug of ours and goes on upwards. */
  ofHandler(error: unknown, point: string): void {
    const { output, lifetime, suppressed, positionOf = () => undefined } = this.#parts;
    if (error instanceof Uncatchable && error.kind === "abort") return;
    if (error instanceof Uncatchable && error.kind === "stop") {
      output.message(`WARNING: probe ${point} was still busy and was cut short`);
      return;
    }
    const message = scriptMessage(error);
    if (message === undefined) {
      throw error instanceof BugError
        ? error
        : new BugError(`runtime/handlers: a handler failed with ${String(error)}`);
    }
    this.#errors++;
    if (suppressed && !(error instanceof Uncatchable)) return;
    output.message(`ERROR: ${message}${formatPlace(error, positionOf)} in probe ${point}`);
    if (this.tooMany) lifetime.fail();
  }

  skip(cause: SkipCause): void {
    const { limits, output, lifetime, suppressed } = this.#parts;
    this.#skips.set(cause, (this.#skips.get(cause) ?? 0) + 1);
    output.lost(++this.#skipped);
    if (this.#skipped === limits.MAXSKIPPED + 1 && !suppressed) {
      output.message("ERROR: Skipped too many probes, check MAXSKIPPED");
      lifetime.fail();
    }
  }

  overload(problem: string): void {
    this.#overloaded = true;
    this.#errors++;
    this.#parts.output.message(`ERROR: ${problem}`);
    this.#parts.lifetime.fail();
  }

  /** The last line of a session in which something went wrong. */
  sumUp(): void {
    if (this.#errors === 0 && this.#skipped === 0) return;
    this.#parts.output.message(`WARNING: Number of errors: ${this.#errors}, skipped probes: ${this.#skipped}`);
  }

  /** For -t. */
  sumUpSkips(): void {
    const causes = [...this.#skips].map(([cause, times]) => `${cause} ${times}`);
    if (causes.length > 0) this.#parts.output.message(`WARNING: Skipped probes by cause: ${causes.join(", ")}`);
  }
}
