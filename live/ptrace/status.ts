/**
 * What wait4 says of a traced thread, decoded (ptrace(2), wait(2)); pure.
 */

/** PTRACE_EVENT_*, linux/ptrace.h. */
export const PTRACE_EVENT = {
  FORK: 1,
  VFORK: 2,
  CLONE: 3,
  EXEC: 4,
  VFORK_DONE: 5,
  EXIT: 6,
  SECCOMP: 7,
  STOP: 128,
} as const;

const SIGTRAP = 5;
/** SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU: what stops a process. */
const STOPPING = new Set([19, 20, 21, 22]);

export type WaitStatus =
  | { readonly kind: "exited"; readonly status: number }
  | { readonly kind: "signaled"; readonly status: number }
  | { readonly kind: "continued" }
  /** PTRACE_O_TRACESYSGOOD: before or after a system call. */
  | { readonly kind: "syscall" }
  | { readonly kind: "event"; readonly event: number }
  /** The process was stopped by `signal`, as for its parent. */
  | { readonly kind: "group-stop"; readonly signal: number }
  /** PTRACE_INTERRUPT, a new thread, or the end of a group-stop. */
  | { readonly kind: "interrupted" }
  /** `signal` is about to be delivered. */
  | { readonly kind: "signal"; readonly signal: number };

export function decodeStatus(status: number): WaitStatus {
  if (status === 0xffff) return { kind: "continued" };
  const low = status & 0x7f;
  if (low === 0) return { kind: "exited", status };
  if (low !== 0x7f) return { kind: "signaled", status };
  const signal = (status >> 8) & 0xff;
  const event = status >>> 16;
  if (event === PTRACE_EVENT.STOP) {
    return STOPPING.has(signal) ? { kind: "group-stop", signal } : { kind: "interrupted" };
  }
  if (event !== 0) return { kind: "event", event };
  if (signal === (SIGTRAP | 0x80)) return { kind: "syscall" };
  return { kind: "signal", signal };
}
