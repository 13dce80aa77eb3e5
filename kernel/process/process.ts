/**
 * Processes: what the threads of a thread group share.
 *
 * `fork.ts` makes them, `exec.ts` replaces their program, `exit.ts` takes them apart, `wait.ts` collects them.
 * A `Task` (task.ts) is one thread and points here.
 */
import { limits } from "../../base/limits.ts";
import { NSIG } from "../../target/signals.ts";
import type { FileTable } from "../files/file-table.ts";
import type { FsContext } from "../files/vfs.ts";
import type { AddressSpace } from "../memory/address-space.ts";
import { PendingSignals } from "../signals/pending-signals.ts";
import type { WaitQueue } from "../syscall-context.ts";
import type { IntervalTimer } from "../time/itimer.ts";
import type { PosixTimer } from "../time/posix-timer.ts";
import type { TimerQueue } from "../time/timer-queue.ts";
import { Children } from "./children.ts";
import type { JobTerminal } from "./job-control.ts";
import type { Task } from "./task.ts";

export interface Credentials {
  uid: number;
  euid: number;
  suid: number;
  gid: number;
  egid: number;
  sgid: number;
  /** Supplementary groups. */
  groups: readonly number[];
}

/** struct sigaction; `handler` 0 is SIG_DFL, 1 is SIG_IGN. */
export interface SignalAction {
  readonly handler: number;
  readonly flags: number;
  readonly mask: bigint;
}

export const SIG_DFL = 0;
export const SIG_IGN = 1;
const DEFAULT_ACTION: SignalAction = { handler: SIG_DFL, flags: 0, mask: 0n };

/** The table of rt_sigaction, by signal number; threads share one object, fork copies it. */
export class SignalHandlers {
  readonly #actions: SignalAction[];

  constructor(actions: readonly SignalAction[] = new Array<SignalAction>(NSIG + 1).fill(DEFAULT_ACTION)) {
    this.#actions = [...actions];
  }

  get(signal: number): SignalAction {
    return this.#actions[signal] ?? DEFAULT_ACTION;
  }

  set(signal: number, action: SignalAction): void {
    this.#actions[signal] = action;
  }

  clone(): SignalHandlers {
    return new SignalHandlers(this.#actions);
  }

  /** execve: handlers are gone with the program, ignored signals stay ignored. */
  resetForExec(): void {
    for (let signal = 1; signal <= NSIG; signal++) {
      if (this.get(signal).handler !== SIG_IGN) this.#actions[signal] = DEFAULT_ACTION;
    }
  }
}

/** The program break; processes that share memory share it. */
export interface Heap {
  start: number;
  end: number;
  /** Processes that use the address space. */
  users: number;
}

/** What prctl sets. */
export interface ProcessAttributes {
  readonly deathSignal: number;
  readonly dumpable: number;
  readonly subreaper: boolean;
  readonly noNewPrivileges: boolean;
  readonly keepCapabilities: boolean;
  readonly noHugePages: boolean;
  /** personality(2). */
  readonly personality: number;
}

export interface ResourceLimit {
  soft: bigint;
  hard: bigint;
}

export class Process {
  readonly pid: number;
  parent: Process | undefined;
  readonly children = new Children();
  readonly threads: Task[] = [];
  /** Threads that are alive. */
  living = 0;
  /** The signal that tells the parent of the end; 0 for none. */
  exitSignal = 0;
  /** The parent has another program since. */
  parentExecuted = false;
  pgid: number;
  sid: number;
  /** The controlling terminal: job-control.ts. */
  terminal: JobTerminal | undefined;
  credentials: Credentials;

  // The program.
  mm: AddressSpace;
  heap: Heap;
  files: FileTable;
  fs: FsContext;
  executable = "";
  argv: readonly string[] = [];
  environment: readonly string[] = [];
  /** The auxiliary vector, as bytes. */
  auxv: Uint8Array = new Uint8Array(0);
  /** It called execve since it was forked: setpgid may no more move it from outside. */
  executed = false;
  attributes: ProcessAttributes = {
    deathSignal: 0,
    dumpable: 1,
    subreaper: false,
    noNewPrivileges: false,
    keepCapabilities: false,
    noHugePages: false,
    personality: 0,
  };

  // Signals.
  handlers: SignalHandlers;
  readonly pending = new PendingSignals();
  /** setitimer, by ITIMER_REAL, ITIMER_VIRTUAL, ITIMER_PROF; undefined when disarmed. */
  readonly intervalTimers: (IntervalTimer | undefined)[] = [undefined, undefined, undefined];
  /** timer_create, by id. */
  readonly posixTimers = new Map<number, PosixTimer>();
  /** Ids are not used again. */
  nextTimerId = 0;
  /** Timers on the CPU time of the process, once there were any. */
  cpuTimers: TimerQueue | undefined;
  /** The stop signal while job control holds the process, 0 otherwise; `machine.groups.setStopped` changes it. */
  stopSignal = 0;
  /** A stop or continue that wait4 has not told yet. */
  unreportedStop = false;
  unreportedContinue = false;

  // The end.
  /** Wait status of exit_group or of the deadly signal, once it is known. */
  groupExitCode: number | undefined;
  zombie = false;
  /** Wait status, of a zombie. */
  exitCode = 0;
  /** A vfork'ed child gives the parent's memory back: by execve or by its end. */
  borrowsMemory = false;
  readonly memoryReturned: WaitQueue = { sleepers: new Set() };
  /** It became a zombie: pidfds are ready. */
  readonly ended: WaitQueue = { sleepers: new Set() };
  /** Children changed state. */
  readonly childChanged: WaitQueue = { sleepers: new Set() };

  readonly resourceLimits: ResourceLimit[];
  /** ns of this process' dead threads, and of waited-for children. */
  deadThreadsNs = 0;
  childrenNs = 0;

  constructor(parts: {
    pid: number;
    pgid: number;
    sid: number;
    credentials: Credentials;
    mm: AddressSpace;
    heap: Heap;
    files: FileTable;
    fs: FsContext;
    handlers: SignalHandlers;
    resourceLimits: readonly ResourceLimit[];
  }) {
    this.pid = parts.pid;
    this.pgid = parts.pgid;
    this.sid = parts.sid;
    this.credentials = parts.credentials;
    this.mm = parts.mm;
    this.heap = parts.heap;
    this.files = parts.files;
    this.fs = parts.fs;
    this.handlers = parts.handlers;
    this.resourceLimits = parts.resourceLimits.map((limit) => ({ ...limit }));
  }

  /** The thread whose tid is the pid, dead or alive. */
  get leader(): Task {
    return this.threads[0]!;
  }

  cpuNs(): number {
    return this.threads.reduce((sum, task) => sum + (task.life === "dead" ? 0 : task.usedNs), this.deadThreadsNs);
  }
}

const INFINITE = 0xffff_ffff_ffff_ffffn;
const STACK_SIZE = 8 << 20;

// biome-ignore format: table
export const RLIMIT = {
  RLIMIT_CPU: 0, RLIMIT_FSIZE: 1, RLIMIT_DATA: 2, RLIMIT_STACK: 3, RLIMIT_CORE: 4, RLIMIT_NPROC: 6, RLIMIT_NOFILE: 7, RLIMIT_MEMLOCK: 8,
  RLIMIT_SIGPENDING: 11, RLIMIT_MSGQUEUE: 12, RLIMIT_NICE: 13, RLIMIT_RTPRIO: 14,
} as const;

/** By resource number (getrlimit(2), 16 of them). */
export function defaultResourceLimits(): ResourceLimit[] {
  const all = Array.from({ length: 16 }, (): ResourceLimit => ({ soft: INFINITE, hard: INFINITE }));
  const set = (resource: number, soft: number, hard: bigint): void =>
    void (all[resource] = { soft: BigInt(soft), hard });
  set(RLIMIT.RLIMIT_STACK, STACK_SIZE, INFINITE);
  set(RLIMIT.RLIMIT_CORE, 0, INFINITE);
  set(RLIMIT.RLIMIT_NPROC, limits.maxTasks, BigInt(limits.maxTasks));
  set(RLIMIT.RLIMIT_MEMLOCK, 8 << 20, 8n << 20n);
  set(RLIMIT.RLIMIT_SIGPENDING, limits.maxTasks, BigInt(limits.maxTasks));
  set(RLIMIT.RLIMIT_MSGQUEUE, 819_200, 819_200n);
  set(RLIMIT.RLIMIT_NICE, 0, 0n);
  set(RLIMIT.RLIMIT_RTPRIO, 0, 0n);
  const files = BigInt(limits.maxOpenFiles);
  all[RLIMIT.RLIMIT_NOFILE] = { soft: files, hard: files };
  return all;
}
