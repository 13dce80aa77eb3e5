/**
 * Address spaces of traced programs as they come and go: made for a new program or a fork, given to another thread when
 * the one they are reached through ends, closed with the last.
 */
import { LiveAddressSpace } from "./address-space.ts";
import { callIn } from "./calls-in-threads.ts";
import { guardSpace } from "./guard/guard.ts";
import type { LiveTask } from "./task.ts";
import type { Tracer } from "./tracer.ts";

/** The memory of a process; `copied`: that of the parent it was forked from. */
export function newSpace(tracer: Tracer, tid: number, copied?: LiveAddressSpace): LiveAddressSpace {
  const mm = new LiveAddressSpace(tid, (own) => mapScratch(tracer, own), copied?.scratch);
  if (copied) mm.copyFrom(copied);
  if (tracer.outlivesUs) mm.guard = guardSpace(mm, copied?.guard, (name, args) => callIn(tracer, mm, name, args));
  return mm;
}

/** A thread is about to end: Linux lets nobody reach its memory through it any more, though others may live in that. */
export function endIn(tracer: Tracer, task: LiveTask): void {
  task.ends = true;
  if (task.mm.tid !== task.tid) return;
  const heir = tracer.tasks().find((other) => other.mm === task.mm && !other.ends);
  if (heir) task.mm.moveTo(heir.tid);
}

/** A thread has left; it may have lived in this memory alone. */
export function leaveSpace(tracer: Tracer, mm: LiveAddressSpace): void {
  const inside = tracer.tasks().filter((task) => task.mm === mm);
  const heir = inside.find((task) => !task.ends) ?? inside[0];
  if (!heir) mm.close();
  else if (tracer.find(mm.tid)?.mm !== mm) mm.moveTo(heir.tid);
}

function mapScratch(tracer: Tracer, mm: LiveAddressSpace): number | undefined {
  // PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS: we write through protections.
  const address = callIn(tracer, mm, "mmap", [0, 4096, 5, 0x22, -1, 0]);
  return address !== undefined && address > 0 ? address : undefined;
}
