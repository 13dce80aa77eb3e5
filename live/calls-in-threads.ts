/**
 * System calls that traced threads make for us (`inject.ts`), and what came meanwhile: nothing of it is lost.
 */
import type { LiveAddressSpace } from "./address-space.ts";
import { hostSyscall } from "./host-syscall.ts";
import { inject } from "./inject.ts";
import { readSiginfo } from "./ptrace/ptrace.ts";
import { decodeStatus } from "./ptrace/status.ts";
import { suspendSeccomp } from "./suspend-seccomp.ts";
import type { LiveTask } from "./task.ts";
import type { Tracer } from "./tracer.ts";

/** Made by one thread; the result, -errno for an error; undefined when it cannot. */
export function callAs(tracer: Tracer, task: LiveTask, name: string, args: readonly number[]): number | undefined {
  const resumeSeccomp = suspendSeccomp(tracer, task);
  if (!resumeSeccomp) return undefined;
  const result = inject(task, tracer.machine, name, args, (status) => {
    const decoded = decodeStatus(status);
    if (decoded.kind !== "signal") tracer.statuses.keep(task.tid, status);
    else {
      const info = readSiginfo(task.tid);
      if (info) task.deferred.push(info);
    }
  });
  resumeSeccomp();
  // Amid a step they wait for its end.
  if (!task.stepping) sendDeferred(task);
  return result;
}

/** Made by whichever thread of an address space can; undefined when none can. */
export function callIn(
  tracer: Tracer,
  mm: LiveAddressSpace,
  name: string,
  args: readonly number[],
): number | undefined {
  const inside = tracer.tasks().filter((task) => task.mm === mm);
  const candidates = [...inside.filter((task) => task.stop), ...inside.filter((task) => !task.stop)];
  for (const task of candidates) {
    if (!tracer.ensureStopped(task) || tracer.statuses.keepsNewsOf(task.tid)) continue;
    const result = callAs(tracer, task, name, args);
    if (result === undefined) continue;
    mm.forget();
    mm.forgetMappings();
    return result;
  }
  return undefined;
}

/** Signals that had to wait are sent again, to be delivered with what they said at first. */
export function sendDeferred(task: LiveTask): void {
  for (const info of task.deferred) {
    task.resent.push(info);
    hostSyscall("tgkill", task.pid, task.tid, info.signal);
  }
  task.deferred.length = 0;
}
