/**
 * The machine: one model kernel with all its state. Nothing of it is global, so two machines do not disturb
 * each other.
 *
 * `model.ts` builds one and starts the first program; everything in `kernel/` reaches the rest through it.
 */
import { limits } from "../base/limits.ts";
import type { RunResult } from "../target/target.ts";
import { Copies } from "./copies.ts";
import type { ConsoleDevice } from "./files/console-file.ts";
import type { Waker } from "./files/open-file.ts";
import type { Vfs } from "./files/vfs.ts";
import type { MappingHook } from "./memory/address-space.ts";
import { Frames } from "./memory/frames.ts";
import { taskStruct } from "./points/task-struct.ts";
import { Points } from "./points.ts";
import type { Process } from "./process/process.ts";
import { ProcessGroups } from "./process/process-groups.ts";
import type { Task } from "./process/task.ts";
import { Random } from "./random.ts";
import { type Cpu, type CpuKind, makeCpu } from "./riscv/cpu.ts";
import { Futexes } from "./scheduling/futex.ts";
import type { Schedule } from "./scheduling/schedule.ts";
import { Scheduler } from "./scheduling/scheduler.ts";
import { Signals } from "./signals/signal.ts";
import type { SyscallTable } from "./syscall-context.ts";
import { Clock } from "./time/clock.ts";
import { TimerQueue } from "./time/timer-queue.ts";
import { Tracehook } from "./tracehook.ts";

export class Machine {
  readonly clock: Clock;
  readonly random: Random;
  readonly frames = new Frames();
  readonly cpu: Cpu;
  readonly scheduler: Scheduler;
  readonly signals: Signals = new Signals(this);
  readonly tracehook = new Tracehook();
  readonly points: Points = new Points(this);
  readonly copies: Copies = new Copies(this);
  readonly futexes = new Futexes();
  readonly timers = new TimerQueue();
  /** The parent of orphans; it is no task. */
  readonly initPid = 1;
  readonly handlers: SyscallTable;
  vfs!: Vfs;
  /** The terminal of the first session. */
  terminal: ConsoleDevice | undefined;

  readonly processes = new Map<number, Process>();
  readonly groups = new ProcessGroups();
  /** Tasks that are no zombies. */
  living = 0;
  /** The task whose turn it is. */
  current: Task | undefined;
  /** Calls that no handler answered: name → count. */
  readonly missingCalls = new Map<string, number>();
  /** Why the last execve failed. */
  execFailure: { readonly errno: number; readonly why: string } | undefined;
  readonly waker: Waker = { wake: (queue) => this.scheduler.wake(queue) };

  readonly #tasks = new Map<number, Task>();
  readonly #queuedSignals = new Map<number, { count: number }>();
  #list: readonly Task[] | undefined;
  #lastPid = 999;
  #main: Process | undefined;
  #mainCode: number | undefined;

  constructor(options: {
    seed: number;
    cpus: number;
    epochNs: bigint;
    schedule: Schedule;
    handlers: SyscallTable;
    cpu?: CpuKind;
  }) {
    this.clock = new Clock(options.epochNs);
    this.cpu = makeCpu(options.cpu);
    this.random = new Random(options.seed);
    this.scheduler = new Scheduler(this, options.schedule, options.cpus);
    this.handlers = options.handlers;
    this.cpu.timeSource = () => BigInt(this.clock.monotonicNs());
  }

  /** Parts of files that are mapped and unmapped, told to whoever traces the task that does it. */
  readonly mappingHook: MappingHook = (change, mapping) => {
    if (this.current) this.tracehook.reportMapping(this.current, change, mapping);
  };

  /** In order of creation. */
  tasks(): readonly Task[] {
    this.#list ??= [...this.#tasks.values()];
    return this.#list;
  }

  get taskCount(): number {
    return this.#tasks.size;
  }

  findTask(tid: number): Task | undefined {
    return this.#tasks.get(tid);
  }

  addTask(task: Task): void {
    this.#tasks.set(task.tid, task);
    this.#list = undefined;
    this.living++;
  }

  /** release_task; threads do it themselves, processes leave it to who waits for them. */
  forgetTask(task: Task, by: Task | undefined = this.current): void {
    const { release_task } = this.points.functions;
    if (release_task.watched) release_task.call.fire(by, { p: taskStruct(task) });
    if (this.#tasks.get(task.tid) === task) this.#tasks.delete(task.tid);
    this.#list = undefined;
    if (release_task.watched) release_task.return.fire(by, { p: taskStruct(task), return: 0 });
    this.points.switches.free(task, by);
  }

  /** execve of a thread that is not the leader: it goes on under the leader's id. */
  renameTask(task: Task, tid: number): void {
    this.#tasks.delete(task.tid);
    task.tid = tid;
    this.#tasks.set(tid, task);
    this.#list = undefined;
  }

  addProcess(process: Process): void {
    this.processes.set(process.pid, process);
    this.groups.add(process);
  }

  forgetProcess(process: Process): void {
    this.processes.delete(process.pid);
    this.groups.remove(process);
  }

  /** The next free pid after the last one, 1000 first. */
  takePid(): number {
    do this.#lastPid = this.#lastPid + 1 < limits.maxPids ? this.#lastPid + 1 : 300;
    while (this.processes.has(this.#lastPid) || this.#tasks.has(this.#lastPid) || this.groups.inUse(this.#lastPid));
    return this.#lastPid;
  }

  /** How many signals are queued for processes of a user. */
  queuedOf(uid: number): { count: number } {
    const known = this.#queuedSignals.get(uid) ?? { count: 0 };
    this.#queuedSignals.set(uid, known);
    return known;
  }

  countMissing(name: string): void {
    this.missingCalls.set(name, (this.missingCalls.get(name) ?? 0) + 1);
  }

  setMain(process: Process): void {
    this.#main = process;
  }

  processEnded(process: Process): void {
    if (process === this.#main) this.#mainCode = process.exitCode;
  }

  get mainEnded(): boolean {
    return this.#mainCode !== undefined;
  }

  /** A program was started as the first one. */
  get hasMain(): boolean {
    return this.#main !== undefined;
  }

  mainResult(): RunResult {
    if (this.#mainCode === undefined) return {};
    const signal = this.#mainCode & 0x7f;
    return signal === 0 ? { exitCode: this.#mainCode >> 8 } : { signal };
  }
}
