/**
 * The states of a session, and the reasons for it to end: exit(), errors, Ctrl-C and -T.
 *
 *     starting ──▶ running ──▶ stopping ──▶ stopped
 *         └───────────┴──▶ error ──────────────┘
 *
 * Owned by the session; handlers and their helpers only ask, `stop` and `fail`.
 */
import type { Target } from "../target/target.ts";

export type State = "starting" | "running" | "stopping" | "error" | "stopped";

/** What -T takes a statement of a long handler for, on a clock that stands still in handlers. */
const NS_PER_STATEMENT = 10;

export interface LifetimeParts {
  readonly target: Target;
  /** The user asked to stop. */
  readonly interrupted?: () => boolean;
  /** -T: when to end, on the target's monotonic clock. */
  readonly deadline?: number;
}

export class Lifetime {
  readonly #target: Target;
  readonly #interrupted: () => boolean;
  /** How long -T lets a session run. */
  readonly #span: number;
  #deadline: number;
  #state: State = "starting";
  #ending = false;

  constructor({ target, interrupted = () => false, deadline = Number.POSITIVE_INFINITY }: LifetimeParts) {
    this.#target = target;
    this.#interrupted = interrupted;
    this.#span = deadline - target.monotonicNs();
    this.#deadline = deadline;
  }

  is(state: State): boolean {
    return this.#state === state;
  }

  run(): void {
    this.#state = "running";
  }

  stop(): void {
    if (this.#state === "starting" || this.#state === "running") this.#state = "stopping";
  }

  fail(): void {
    if (this.#state !== "stopped") this.#state = "error";
  }

  /** What runs last may begin, and take as long as -T gave before; false when it has begun already. */
  end(): boolean {
    if (this.#ending) return false;
    this.#ending = true;
    this.#deadline = this.#target.monotonicNs() + this.#span;
    this.stop();
    return true;
  }

  close(): void {
    this.#state = "stopped";
  }

  /** Ctrl-C or -T; `extra` nanoseconds are added to the clock. */
  endsNow(extra = 0): boolean {
    return this.#interrupted() || this.#isLate(extra);
  }

  /** The target wakes up in time to notice -T. */
  get wakeUp(): number {
    return this.#isLate(0) ? Number.POSITIVE_INFINITY : this.#deadline;
  }

  /** Whether a handler that ran `spent` statements has to end before its end. */
  cutsShort(spent: number): boolean {
    const extra = this.#target.can.deterministic ? spent * NS_PER_STATEMENT : 0;
    // What runs last is what the user waits for: a first Ctrl-C leaves it in peace.
    if (this.#ending) return this.#isLate(extra);
    if (!this.endsNow(extra)) return false;
    this.stop();
    return true;
  }

  #isLate(extra: number): boolean {
    return this.#target.monotonicNs() + extra >= this.#deadline;
  }
}
