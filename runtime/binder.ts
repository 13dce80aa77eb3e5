/**
 * The seam between a session and what puts its probes into processes.
 *
 * The session makes one binder, arms it after the begin probes, passes it every task event, and disarms it before the
 * target goes on alone. The binder (process events over utrace, breakpoints over uprobes) calls `fire` for every hit.
 */
import type { FileValue } from "../abi/builtins.ts";
import type { ResolvedProbe } from "../abi/manifest.ts";
import type { Value } from "../abi/module.ts";
import type { Long } from "../base/int64.ts";
import type { Disposition, TaskEvent } from "../target/events.ts";
import type { KernelEvent } from "../target/kernel-points.ts";
import type { Target, Task } from "../target/target.ts";
import type { OpenReturns } from "./backtrace/replaced-returns.ts";

/** What is known of one hit of a probe. */
export interface Hit {
  readonly task?: Task;
  /** Where the task is; its `pc` when absent. */
  readonly pc?: number;
  /** Run-time address minus link-time address of the probed file; needed for `$variables`. */
  readonly bias?: number;
  /** Of process.syscall probes. */
  readonly syscall?: SyscallHit;
  /** Of a procfs probe. */
  readonly file?: FileValue;
  /** Of a probe in the kernel. */
  readonly kernel?: KernelEvent;
  /** What `evaluateEntry` gave when the function was entered. */
  readonly entryValues?: EntryValues;
}

/** A system call that is about to run, or that ran: then it has a result. Handlers of -g scripts change it. */
export interface SyscallHit {
  /** Negative: the call is not to be made. */
  nr: number;
  /** As signed or unsigned 64 bits. */
  args: readonly bigint[];
  /** Of a call that is about to run: it is not to be made, and this is its result. */
  retval?: bigint;
}

/** What a return probe keeps of a call. */
export interface EntryValues {
  /** Of the probe's entry plans; undefined for one that cannot be read. */
  readonly plans: readonly (Long | undefined)[];
  /** Of the globals of its entry probe. */
  readonly globals: readonly Value[];
}

/** Why a hit is lost: a breakpoint that could not be set (when nothing is said), or a handler that was running. */
export type SkipCause = "registration" | "reentrancy";

/** What the session offers to a binder. */
export interface ProbeHost {
  /** Runs the handler of a probe, unless the session is not running. */
  fire(probe: number, hit: Hit): void;
  /** What a return probe wants to know of this call, at its entry. */
  evaluateEntry(probe: number, hit: Hit): EntryValues;
  /** Counts a hit that could not be delivered. */
  skip(cause?: SkipCause): void;
  /** One line for the user, shown once. */
  warn(message: string): void;
}

/** A probe of kind `process` or `uprobe`, with its position in the manifest. */
export interface BoundProbe {
  readonly index: number;
  readonly probe: ResolvedProbe;
  /** To begin with. */
  readonly enabled: boolean;
}

export interface ProbeBinder {
  /** Begins to watch; from now on `event` is called. */
  arm(probes: readonly BoundProbe[]): void;
  /** Of probes of kind `uprobe`: one that is not enabled costs the processes nothing. */
  setEnabled(probe: number, enabled: boolean): void;
  /** Removes every trace of the session from the processes. Called once, and only after `arm`. */
  disarm(): void;
  event(event: TaskEvent): Disposition;
  /** Memory as the task sees it itself, breakpoints hidden; undefined for a fault. */
  readMemory(task: Task, address: number, size: number): Uint8Array | undefined;
  /** The calls of a task whose return addresses are replaced for a while. */
  openReturns?(task: Task): OpenReturns | undefined;
}

export type MakeBinder = (host: ProbeHost, target: Target) => ProbeBinder;
