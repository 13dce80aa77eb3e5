/**
 * Programs that have forbidden themselves system calls (seccomp(2)): what one makes for us must not end it.
 *
 * `calls-in-threads.ts` asks before each call. With CAP_SYS_ADMIN its filters are suspended for the moment (PTRACE_O_SUSPEND_SECCOMP). Without, a program with filters of
 * its own, beyond those that it shares with us (a container's, say) and ours (`filter.ts`), makes no calls for us; then
 * it has no guard, and only what needs none can be probed.
 */
import { readStatus } from "./proc.ts";
import { PTRACE_O, setOptions } from "./ptrace/ptrace.ts";
import type { LiveTask } from "./task.ts";
import type { Tracer } from "./tracer.ts";

const SECCOMP_MODE_STRICT = 1;

/** Ends the suspension; undefined when the thread must not make calls. It stands still. */
export function suspendSeccomp(tracer: Tracer, { pid, tid }: LiveTask): (() => void) | undefined {
  const status = readStatus(pid, tid);
  if (!status || status.seccomp === 0) return () => {};
  if (setOptions(tid, tracer.options | PTRACE_O.SUSPEND_SECCOMP) >= 0)
    return () => void setOptions(tid, tracer.options);
  const shared = (readStatus(process.pid)?.seccompFilters ?? 0) + (tracer.filtered ? 1 : 0);
  return status.seccomp === SECCOMP_MODE_STRICT || status.seccompFilters > shared ? undefined : () => {};
}
