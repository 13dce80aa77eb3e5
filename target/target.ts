/**
 * The target contract: what utap asks of anything that can be traced.
 *
 * A deterministic model, a ptrace'd Linux, a recording, a Node process: each implements `Target`, passes
 * `test/target-contract.ts`, and everything above is written once. A session is synchronous and owns its thread:
 * `run` is a loop that calls the hooks at safe points and acts on their answers; nothing in it awaits.
 */
import type { Arch, Registers } from "./arch.ts";
import type { Disposition, EventMask, TaskEvent } from "./events.ts";
import type { KernelEvent, KernelPlace } from "./kernel-points.ts";

/** What a target can do; error messages and `utap why` are made from this. */
export interface Capabilities {
  /** Handlers run while the task is stopped, so plans are evaluated on demand. */
  readonly sync: boolean;
  readonly writeMemory: boolean;
  readonly singleStep: boolean;
  readonly breakpoints: boolean;
  readonly watchpoints: boolean;
  /** Every process of the system can be seen, not only a tree. */
  readonly wholeSystem: boolean;
  /** Two runs with one seed give the same events. */
  readonly deterministic: boolean;
}

/** User memory that cannot be accessed: a value, never an exception. */
export interface Fault {
  readonly kind: "fault";
  readonly address: number;
  readonly access: "read" | "write";
}

/** A mapping of an address space; addresses are numbers below 2^53, `end` is exclusive. */
export interface Mapping {
  readonly start: number;
  readonly end: number;
  /** Offset in the file of `start`. */
  readonly offset: number;
  readonly readable: boolean;
  readonly writable: boolean;
  readonly executable: boolean;
  /** Absent for anonymous memory. `path` is canonical, as the target sees it. */
  readonly file?: { readonly path: string };
}

/** Told of every change that probes make to a program, before it is made, by whoever makes it. */
export interface ProbeGuard {
  /** Bytes of code that are about to be replaced by a breakpoint. */
  breakpoint(address: number, original: Uint8Array): void;
  /** They are back, or the memory is gone. */
  cleared(address: number): void;
  /** Where hijacked functions return to. */
  trampoline(address: number): void;
  /** A return address on the stack, about to be replaced by the trampoline. */
  returnReplaced(slot: number, address: number): void;
  /** A counter of marks (16 bits) is above the program's own value by so much; 0 when it is as it was. */
  raised(address: number, count: number): void;
  /** A task is about to run a copy of an instruction that ends at `end`; afterwards it has to go to `next`. */
  outOfLine(end: number, next: number, scratch?: { readonly register: number; readonly original: bigint }): void;
}

/** An address space; threads share one, a forked child has its own copy. Compare by identity. */
export interface AddressSpace {
  readonly id: number;
  /** `size` bytes, or the fault at the first byte that cannot be read. */
  read(address: number, size: number): Uint8Array | Fault;
  /** Writes through protections, as a debugger: a private page is copied first, so files and other processes keep theirs. */
  write(address: number, bytes: Uint8Array): true | Fault;
  /** In order of address. */
  mappings(): readonly Mapping[];
  /** An executable page that the program does not know of, for instructions run out of line; made on first use, inherited by fork. */
  scratchPage(): number | Fault;
  /** Present where the program may live on when the tracer has died without a word. */
  readonly guard?: ProbeGuard | undefined;
}

export type TaskState = "running" | "sleeping" | "stopped" | "tracing-stop" | "zombie" | "dead";

/** A thread. Identity never changes; a target hands out one object per task for its whole life. */
export interface Task extends Registers {
  readonly tid: number;
  /** Thread group: what getpid() gives. */
  readonly pid: number;
  readonly ppid: number;
  readonly uid: number;
  readonly euid: number;
  readonly gid: number;
  readonly egid: number;
  readonly cpu: number;
  /** `comm`: at most 15 bytes. */
  readonly execname: string;
  /** Canonical path of the program, as the target sees it. */
  readonly executable: string;
  /** Process group and session: what getpgrp() and getsid(0) give. */
  readonly pgrp: number;
  readonly sid: number;
  /** argv and environment as the program was started with them. */
  readonly commandLine: readonly string[];
  readonly environment: readonly string[];
  /** Nanoseconds on the monotonic clock. */
  readonly startTime: number;
  readonly state: TaskState;
  readonly mm: AddressSpace;
  /** Which events to report: written by utrace alone. 0 costs the target nothing. */
  wanted: EventMask;
  /** Ends a UTRACE_STOP, with the action to go on with. */
  resume(action: Disposition["action"]): void;
  /** Asks for a quiesce event at the next safe point; `interrupt` also ends an interruptible wait. */
  requestReport(interrupt: boolean): void;
}

/** What the runtime hands to `run`. */
export interface TargetHooks {
  event(event: TaskEvent): Disposition;
  /** The monotonic time of the next timer, ns; Infinity for none. Asked again after every event and timer. */
  nextTimer(): number;
  /** That time has come; `task` is the one that was interrupted, undefined when idle. */
  timer(task: Task | undefined): void;
  /**
   * Somebody wants standard input: called with what comes, as it comes. Given before `run`, or never; a program of -c
   * has standard input for itself.
   */
  readonly input?: (bytes: Uint8Array) => void;
  /**
   * The program of -c has ended, and processes that it left behind live on; called once, and followed by `poll`. A session
   * ends with its program.
   */
  readonly programEnded?: () => void;
  /**
   * Asked often: "run" goes on; "detach" means that nobody traces any more: the target takes no more orders, lets
   * its processes finish (a target with none returns) and reports nothing.
   */
  poll(): "run" | "detach";
}

/** How the program of -c ended; both absent when there was none. */
export interface RunResult {
  readonly exitCode?: number;
  readonly signal?: number;
  /** The run ended because every task waits for something that never comes; says who waits for what. */
  readonly stuck?: string;
}

/** Files as the traced programs see them. */
export interface TargetFiles {
  /** Canonical path (links followed) of a file; a name without "/" is looked up on the target's PATH. */
  resolve(path: string): string | undefined;
  /** Whole content; undefined when it is not a readable file. */
  read(canonicalPath: string): Uint8Array | undefined;
  /** The names in a folder, sorted by bytes, without `.` and `..`; undefined when it is none. */
  list(path: string): readonly string[] | undefined;
}

/** A file that is made of answers. */
export interface ProvidedFile {
  /** Relative to the target's folder for such files, /proc/systemtap; without `.`, `..` and empty names. */
  readonly path: string;
  /** Permission bits; it belongs to the user of the first program. */
  readonly mode: number;
  /** The content for one who has opened the file, when he begins to read. */
  readonly read?: (reader: Task) => Uint8Array;
  /** Takes some of the bytes, not none, and gives their count. */
  readonly write?: (writer: Task, bytes: Uint8Array) => number;
}

/** Bytes that the kernel has read from the memory of a task, or written to it: a string with its NUL. */
export interface UserCopy {
  readonly task: Task;
  readonly direction: "copy_from_user" | "copy_to_user";
  readonly address: number;
  /** To be read at once: they are the kernel's own. */
  readonly bytes: Uint8Array;
}

/** Must not change the target. */
export type CopyObserver = (copy: UserCopy) => void;

export interface Target {
  /** `model`, `live`, … */
  readonly name: string;
  readonly can: Capabilities;
  readonly arch: Arch;
  readonly files: TargetFiles;
  /** Nanoseconds since the target started. */
  monotonicNs(): number;
  /** Nanoseconds since 1970. */
  realtimeNs(): bigint;
  /** An integer in [0, n) from the target's seed. */
  random(n: number): number;
  /** Shows a file to the programs, until what it gives back is called; absent where there are no programs to see it. */
  provideFile?(file: ProvidedFile): () => void;
  /**
   * Before `run`: system calls out of this set need not be reported, whatever tasks want; never called, all are. A
   * target that can tell them apart cheaply does not even stop for the others.
   */
  observeSyscalls?(numbers: ReadonlySet<number>): void;
  /**
   * Tells of every copy between the kernel and user memory, in order, until what it gives back is called: between the
   * entry and the exit of a system call all that it takes and gives. Absent where they cannot be seen.
   */
  observeCopies?(observer: CopyObserver): () => void;
  /** Tells of every hit of a place in the kernel, until what it gives back is called; absent where it cannot be probed. */
  watchKernel?(place: KernelPlace, listener: (event: KernelEvent) => void): () => void;
  /** The tasks that exist, in order of creation. */
  tasks(): readonly Task[];
  /** One of them by its tid, for targets that may have thousands. */
  findTask?(tid: number): Task | undefined;
  /** The first task of -c, stopped before its first instruction; undefined without a program. */
  readonly main: Task | undefined;
  /** System calls that programs made and the target does not have: name and count, for -v. */
  missingCalls?(): ReadonlyMap<string, number>;
  /**
   * Before probes are taken out for good: every task stands still from now on, and what was forked or became another
   * program before that has been reported. Absent where nothing happens that is not reported at once.
   */
  standStill?(): void;
  /** Runs until every process ended or, without processes, until `poll` says "detach". */
  run(hooks: TargetHooks): RunResult;
}
