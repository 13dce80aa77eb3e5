/**
 * Return addresses that uprobes replaced by its trampoline, for one backtrace of one task.
 *
 * A call is known by its stack pointer at the entry. Of several calls on one (a tail call) the first one knows where
 * the program goes on. A call that is not found that way (its frame was guessed) is the newest that was not shown yet.
 */

export interface ReplacedReturn {
  /** Stack pointer at the entry of the function. */
  readonly sp: bigint;
  /** Where the function would have returned to; the trampoline itself when a caller tail-called. */
  readonly returnAddress: number;
}

/** What uprobes knows of a task that is in calls with return probes. */
export interface OpenReturns {
  readonly trampoline: number;
  /** Newest first. */
  readonly calls: readonly ReplacedReturn[];
}

export class ReplacedReturns {
  readonly #trampoline: bigint;
  #left: readonly ReplacedReturn[];

  constructor({ trampoline, calls }: OpenReturns) {
    this.#trampoline = BigInt(trampoline);
    this.#left = calls.filter(({ returnAddress }) => returnAddress !== trampoline);
  }

  isTrampoline(pc: bigint): boolean {
    return pc === this.#trampoline;
  }

  /** The return address of the call that was entered with this stack pointer; each is given once. */
  take(sp: bigint): bigint | undefined {
    const exact = this.#left.findIndex((call) => call.sp === sp);
    const found = this.#left[Math.max(0, exact)];
    this.#left = this.#left.slice(Math.max(0, exact) + 1);
    return found && BigInt(found.returnAddress);
  }
}
