/**
 * First stops of threads that their parents have not told us of.
 *
 * Mostly the parent tells next (`take`). One that was killed before it could never does: then its children stand still
 * until somebody adopts them, when the parent is about to die or when they have waited for too long. Should somebody
 * tell of one later, it is known.
 */
import { performance } from "node:perf_hooks";
import { adoptChild } from "./life-cycle.ts";
import { readStatus } from "./proc.ts";
import { decodeStatus } from "./ptrace/status.ts";
import type { LiveTask } from "./task.ts";
import type { Tracer } from "./tracer.ts";

/** A thread whose parent has not told of it by then has none that will. */
const ORPHAN_MS = 200;

export class EarlyStops {
  readonly #stops = new Map<number, { readonly status: number; readonly since: number }>();

  note(tid: number, status: number): void {
    const { kind } = decodeStatus(status);
    if (kind === "exited" || kind === "signaled") this.#stops.delete(tid);
    else this.#stops.set(tid, { status, since: this.#stops.get(tid)?.since ?? performance.now() });
  }

  take(tid: number): number | undefined {
    const stop = this.#stops.get(tid);
    this.#stops.delete(tid);
    return stop?.status;
  }

  /** Those of `parent`; without one, those that have waited for too long, or all that wait. */
  adopt(tracer: Tracer, parent?: LiveTask, all = false): void {
    if (this.#stops.size === 0) return;
    const now = performance.now();
    for (const [tid, { status, since }] of [...this.#stops]) {
      const who = readStatus(tid, tid);
      if (!who) continue;
      const isThread = who.tgid !== tid;
      const creator = isThread ? who.tgid : who.ppid;
      if (parent ? parent.pid !== creator : now - since < ORPHAN_MS && !all) continue;
      this.#stops.delete(tid);
      adoptChild(tracer, parent ?? ofProcess(tracer, creator), tid, status, isThread ? who.tgid : undefined);
    }
  }
}

function ofProcess(tracer: Tracer, pid: number): LiveTask | undefined {
  return tracer.find(pid) ?? tracer.tasks().find((task) => task.pid === pid);
}
