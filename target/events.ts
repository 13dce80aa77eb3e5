/**
 * Task events: the closed union of what a target reports, one for one the calls of Linux' tracehook.h.
 *
 * A target reports an event only at a safe point, only while the task's `wanted` mask has its bit, and carries out
 * the answer before the task runs on. `timer` is not about a task and is always reported.
 */
import type { Mapping, Task } from "./target.ts";

/** Bits of `Task.wanted`; the names are utrace's (UTRACE_EVENT). */
export const UTRACE_EVENT = {
  QUIESCE: 1 << 0,
  REAP: 1 << 1,
  CLONE: 1 << 2,
  EXEC: 1 << 3,
  EXIT: 1 << 4,
  DEATH: 1 << 5,
  SYSCALL_ENTRY: 1 << 6,
  SYSCALL_EXIT: 1 << 7,
  SIGNAL: 1 << 8,
  JCTL: 1 << 9,
  TRAP: 1 << 10, // breakpoint, step, watchpoint: reported before it would become a SIGTRAP
  MAP: 1 << 11, // mappings of files added and removed
} as const;

export type EventMask = number;

/** What a task does after an event; of several answers the smallest prevails (utrace.h). */
export const UTRACE_RESUME_ACTION = {
  UTRACE_STOP: 0,
  UTRACE_REPORT: 1,
  UTRACE_INTERRUPT: 2,
  UTRACE_SINGLESTEP: 3,
  UTRACE_BLOCKSTEP: 4,
  UTRACE_RESUME: 5,
  UTRACE_DETACH: 6,
} as const;

export type ResumeAction = (typeof UTRACE_RESUME_ACTION)[keyof typeof UTRACE_RESUME_ACTION];

export type TrapReason = "breakpoint" | "step" | "watchpoint";

export type TaskEvent =
  /** Before the call runs. Number and arguments are in the registers and, decoded, here. */
  | { readonly kind: "syscall_entry"; readonly task: Task; readonly nr: number; readonly args: readonly bigint[] }
  /** After it ran; `retval` as signed 64 bits, -errno for an error. */
  | { readonly kind: "syscall_exit"; readonly task: Task; readonly nr: number; readonly retval: bigint }
  /** The task runs a new program; mappings of the old one are gone, those of the new one are in `task.mappings()`. */
  | { readonly kind: "exec"; readonly task: Task; readonly path: string }
  /** The child exists and has not run. `thread`: it shares the process (CLONE_THREAD); `sharesMemory`: CLONE_VM. */
  | {
      readonly kind: "clone";
      readonly task: Task;
      readonly child: Task;
      readonly thread: boolean;
      readonly sharesMemory: boolean;
    }
  /** The task is about to die; its memory is still there. `code` is the wait status. */
  | { readonly kind: "exit"; readonly task: Task; readonly code: number }
  /** It is dead; `groupDead`: it was the last thread of its process. */
  | { readonly kind: "death"; readonly task: Task; readonly groupDead: boolean; readonly code: number }
  /** Its parent (or nobody) collected it; the last event of a task. */
  | { readonly kind: "reap"; readonly task: Task }
  /** A signal is about to be delivered. */
  | { readonly kind: "signal"; readonly task: Task; readonly signal: number; readonly code: number }
  /** Job control: the process stopped by `signal`, or continued (0). */
  | { readonly kind: "jctl"; readonly task: Task; readonly signal: number }
  /** Unhandled, a trap becomes SIGTRAP. `address`: of the breakpoint instruction, of the next instruction after a step, of the data. */
  | { readonly kind: "trap"; readonly task: Task; readonly reason: TrapReason; readonly address: number }
  | { readonly kind: "map"; readonly task: Task; readonly mapping: Mapping }
  | { readonly kind: "unmap"; readonly task: Task; readonly mapping: Mapping }
  /** The task is at a safe point because somebody asked for one. */
  | { readonly kind: "quiesce"; readonly task: Task };

/** What the target does with the task after an event. */
export interface Disposition {
  readonly action: ResumeAction;
  /** Of a syscall_entry: do not run the call; it returns `retval`, or -ENOSYS. */
  readonly abortSyscall?: boolean;
  /** Of a syscall_entry: the call to make instead, and the six arguments to make it with. */
  readonly nr?: number;
  readonly args?: readonly bigint[];
  /** Of a syscall_exit, or of a call that is aborted: the result to give, -errno for an error. */
  readonly retval?: bigint;
  /** Of a signal: deliver another one, or none (0). Of a trap: true when it was ours and must not become SIGTRAP. */
  readonly signal?: number;
  readonly handled?: boolean;
}

export const RESUME: Disposition = { action: UTRACE_RESUME_ACTION.UTRACE_RESUME };
