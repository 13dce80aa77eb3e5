/**
 * The statuses that wait4 gives, in the order in which they are to be handled.
 *
 * `tracer.ts` asks for the next one. Those that were taken while somebody waited for a particular thread are kept until
 * it is their turn. An interruption overtakes the trap of a breakpoint that was met just before it: then the trap is
 * taken instead, so that a thread that stands still has none to come. Where programs may outlive us they are taken as
 * `guard/secure-wait.ts` says, and where a thread stood that was put back to its breakpoint is remembered here.
 */
import type { Guard } from "./guard/guard.ts";
import { putBack, waitSecurely } from "./guard/secure-wait.ts";
import type { Machine } from "./machines/machine.ts";
import { isTrapDue, resume, type Waited, wait } from "./ptrace/ptrace.ts";
import { decodeStatus, PTRACE_EVENT } from "./ptrace/status.ts";

export class Statuses {
  readonly #machine: Machine;
  readonly #guardOf: (tid: number) => Guard | undefined;
  /** What is traced lives on when we are killed. */
  areSecure = false;
  readonly #kept: Waited[] = [];
  /** Threads that stand at a breakpoint again, and where they stood. */
  readonly #putBack = new Map<number, bigint>();

  constructor(machine: Machine, guardOf: (tid: number) => Guard | undefined) {
    this.#machine = machine;
    this.#guardOf = guardOf;
  }

  next(block: boolean): Waited | "none" | "signal" {
    return this.#kept.shift() ?? this.#wait(-1, block);
  }

  /** What a thread has to report by now, kept for its turn; undefined when that is nothing. */
  lookFor(tid: number): number | undefined {
    const waited = this.#wait(tid, false);
    if (typeof waited !== "object") return undefined;
    this.#kept.push(waited);
    return waited.status;
  }

  keep(tid: number, status: number): void {
    this.#kept.push({ tid, status });
  }

  keepsOf(tid: number): boolean {
    return this.#kept.some((waited) => waited.tid === tid);
  }

  /** More than that a thread was interrupted: that would be lost if it ran before it is handled. */
  keepsNewsOf(tid: number): boolean {
    return this.#kept.some((waited) => waited.tid === tid && decodeStatus(waited.status).kind !== "interrupted");
  }

  /** Out of turn. */
  takeKept(tid: number, isWanted: (status: number) => boolean = () => true): number | undefined {
    const index = this.#kept.findIndex((waited) => waited.tid === tid && isWanted(waited.status));
    return index < 0 ? undefined : this.#kept.splice(index, 1)[0]?.status;
  }

  /** Where the thread stood before it was put back to its breakpoint, if it was. */
  takePutBack(tid: number): bigint | undefined {
    const before = this.#putBack.get(tid);
    if (before !== undefined) this.#putBack.delete(tid);
    return before;
  }

  #wait(tid: number, block: boolean): ReturnType<typeof wait> {
    const waited = this.#take(tid, block);
    if (typeof waited !== "object" || waited.status >>> 16 !== PTRACE_EVENT.STOP) return waited;
    if (decodeStatus(waited.status).kind !== "interrupted" || !isTrapDue(waited.tid)) return waited;
    // It runs no instruction before it reports the trap.
    resume(waited.tid, "cont", 0);
    for (;;) {
      const trap = this.#take(waited.tid, true);
      if (trap !== "signal") return trap;
    }
  }

  #take(tid: number, block: boolean): ReturnType<typeof wait> {
    if (!this.areSecure) return wait(tid, block);
    return waitSecurely(tid, block, (trapped) => {
      const guard = this.#guardOf(trapped);
      const before = guard && putBack(trapped, this.#machine, (address) => guard.hasTrap(address));
      if (before !== undefined) this.#putBack.set(trapped, before);
    });
  }
}
