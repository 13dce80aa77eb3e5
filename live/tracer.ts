/**
 * The tracer: every thread of the traced programs, and the requests that let them go on.
 *
 * `live.ts` runs its loop; `statuses.ts` has what is to be handled next, `stops.ts` turns a status into task events. This
 * file keeps the threads: it makes them as they appear, lets them go on (`resumption.ts` says how), and stops one that
 * runs when somebody has to look at it. All of it happens on one thread, the only one that calls ptrace and wait4.
 */
import {
  type Disposition,
  RESUME,
  type ResumeAction,
  type TaskEvent,
  UTRACE_EVENT,
  UTRACE_RESUME_ACTION,
} from "../target/events.ts";
import type { RunResult, TargetHooks } from "../target/target.ts";
import type { LiveAddressSpace } from "./address-space.ts";
import { EarlyStops } from "./early-stops.ts";
import { leave } from "./leaving.ts";
import type { Machine } from "./machines/machine.ts";
import { cannotStop } from "./proc.ts";
import { interrupt, listen, PTRACE_O, resumeSoon, wait } from "./ptrace/ptrace.ts";
import { decodeStatus, PTRACE_EVENT } from "./ptrace/status.ts";
import { goFor } from "./resumption.ts";
import { leaveSpace } from "./spaces.ts";
import { Statuses } from "./statuses.ts";
import { handleStatus, stopOf } from "./stops.ts";
import { LiveTask, type TaskKeeper } from "./task.ts";

/** Looks at a thread that was asked to stop, and the pause between them: some 50 ms for one that waits in a call. */
const STOP_LOOKS = 600;
const STOP_PAUSE_MS = 0.1;
/** Further looks at one that waits for the processor or for memory, and their pause: some 60 s. */
const MORE_LOOKS = 30_000;
const LONGER_PAUSE_MS = 2;
/** Quiesce events in a row before a thread goes on whatever they answer. */
const MAX_REPORTS = 100;

const TRACE_OPTIONS =
  PTRACE_O.TRACESYSGOOD |
  PTRACE_O.TRACEFORK |
  PTRACE_O.TRACEVFORK |
  PTRACE_O.TRACECLONE |
  PTRACE_O.TRACEEXEC |
  PTRACE_O.TRACEEXIT |
  PTRACE_O.TRACESECCOMP;

export class Tracer implements TaskKeeper {
  readonly machine: Machine;
  /** Undefined before the run, and when nobody wants events any more. */
  hooks: TargetHooks | undefined;
  /** PTRACE_O_* of every thread. */
  options = TRACE_OPTIONS;
  /** System calls that somebody wants; undefined for all. */
  observed: ReadonlySet<number> | undefined;
  /** The kernel tells us of the calls that are wanted, so threads need not stop at all of them. */
  filtered = false;
  /** A thread that stops is let go for good. */
  leaving = false;
  /** Nobody goes on for now. */
  standing = false;
  /** How the program of -c ended. */
  result: RunResult = {};
  readonly #tasks = new Map<number, LiveTask>();
  /** The first thread of the program of -c. */
  main: LiveTask | undefined;
  readonly statuses: Statuses;
  /** Of threads that their parents have not told us of. */
  readonly early = new EarlyStops();
  /** The thread whose status is being handled: it goes on when that is done. */
  #current: LiveTask | undefined;

  constructor(machine: Machine) {
    this.machine = machine;
    this.statuses = new Statuses(machine, (tid) => this.#tasks.get(tid)?.mm.guard);
  }

  /** What we trace lives on when we are killed. */
  get outlivesUs(): boolean {
    return this.statuses.areSecure;
  }

  set outlivesUs(lives: boolean) {
    this.statuses.areSecure = lives;
  }

  tasks(): readonly LiveTask[] {
    return [...this.#tasks.values()];
  }

  find(tid: number): LiveTask | undefined {
    return this.#tasks.get(tid);
  }

  /** The program of -c runs, traced or not. */
  get awaitsMain(): boolean {
    return this.main !== undefined && this.result.exitCode === undefined && this.result.signal === undefined;
  }

  /** The program of -c has ended. */
  noteEnd(status: number): void {
    const signal = status & 0x7f;
    this.result = signal === 0 ? { exitCode: (status >> 8) & 0xff } : { signal };
  }

  /** A thread that is ours from now on, standing still. */
  add(tid: number, pid: number, mm: LiveAddressSpace): LiveTask {
    const task = new LiveTask(tid, pid, mm, this);
    task.stop = { kind: "interrupted" };
    this.#tasks.set(tid, task);
    return task;
  }

  /** The thread is no more. */
  remove(task: LiveTask): void {
    task.life = "dead";
    task.stop = undefined;
    this.#tasks.delete(task.tid);
    leaveSpace(this, task.mm);
  }

  // ---- statuses ----

  /** Lets all go on for the first time; those that have something to report do that first. */
  start(): void {
    for (const task of this.tasks()) this.watchLibraries(task);
    for (const task of this.tasks()) if (!this.statuses.keepsOf(task.tid)) this.goOn(task);
  }

  /** Where only mappings are wanted, the dynamic linker tells of them, and system calls need not stop. */
  watchLibraries(task: LiveTask): void {
    const { MAP, SYSCALL_ENTRY, SYSCALL_EXIT } = UTRACE_EVENT;
    if (this.filtered || !task.wants(MAP) || task.wants(SYSCALL_ENTRY | SYSCALL_EXIT)) return;
    task.mm.watchLibraries(this.machine.arch);
  }

  /** Handles the next status. "idle": there was none in time; "empty": no thread is left to wait for. */
  step(block: boolean): "handled" | "idle" | "empty" {
    if (this.#tasks.size === 0 && !this.awaitsMain) return "empty";
    const waited = this.statuses.next(block);
    if (waited === "signal" || waited === "none") return "idle";
    const task = this.#tasks.get(waited.tid);
    if (!task) {
      if (waited.tid === this.main?.tid) this.noteEnd(waited.status);
      // A new thread that reports before its parent does; or a child of this process that is not traced.
      else this.early.note(waited.tid, waited.status);
      return "handled";
    }
    this.handle(task, waited.status);
    return "handled";
  }

  handle(task: LiveTask, status: number): void {
    if (task.held && endsHold(status)) {
      // Only SIGKILL moves one that stands still.
      task.held = false;
      task.killed = true;
    }
    task.forget();
    task.mm.forget();
    this.tell(task, status);
    this.goOn(task);
  }

  /** What a status means is found out and reported; the thread stands still afterwards. */
  tell(task: LiveTask, status: number): void {
    const before = this.statuses.takePutBack(task.tid);
    if (before !== undefined && !this.#leadBack(task, before)) return;
    const outer = this.#current;
    this.#current = task;
    handleStatus(this, task, status);
    this.#current = outer;
    // Any other stop ends the interruption; a call that is entered with it ends at once.
    const kind = task.stop?.kind;
    if (kind !== "syscall-entry") task.interrupted = false;
    if (kind !== "syscall-entry" && kind !== "syscall-exit") task.endsCall = false;
  }

  /** To where it stood behind its breakpoint; false when somebody who looked at it meanwhile has led it on. */
  #leadBack(task: LiveTask, before: bigint): boolean {
    const { registers } = task;
    const { arch, pc } = this.machine;
    if (Number(registers.word(pc)) === arch.breakpointAddress(Number(before))) {
      registers.setWord(pc, before);
      return true;
    }
    task.stop = { kind: "signal" };
    task.signal = 0;
    return false;
  }

  /** The first stop of a thread that its parent told of: waits for it. */
  takeFirstStop(tid: number): number | undefined {
    const early = this.early.take(tid);
    if (early !== undefined) return early;
    for (;;) {
      const waited = wait(tid, true);
      if (waited === "none") return undefined;
      if (waited !== "signal") return waited.status;
    }
  }

  report(event: TaskEvent & { readonly task: LiveTask }): Disposition {
    const answer = this.hooks?.event(event) ?? RESUME;
    if (event.task.life === "alive") this.#carryOut(event.task, answer.action);
    return answer;
  }

  // ---- letting go ----

  /** Lets a thread go on, unless somebody holds it. */
  goOn(task: LiveTask): void {
    if (!task.stop || task.life === "dead") return;
    if (this.leaving) {
      leave(this, task);
      return;
    }
    if (this.standing) return;
    for (let reports = 0; task.reportRequested && reports < MAX_REPORTS; reports++) {
      task.reportRequested = false;
      if (task.wants(UTRACE_EVENT.QUIESCE)) this.report({ kind: "quiesce", task });
    }
    // It may have gone on, or ended, in one of them.
    if (!task.stop || (task.held && this.hooks)) return;
    this.resume(task);
  }

  /** Whatever holds it. */
  resume(task: LiveTask): void {
    task.registers.flush();
    task.mm.forget();
    const groupStop = task.stop?.kind === "group-stop";
    task.went = goFor(this, task);
    task.stop = undefined;
    const { signal } = task;
    task.signal = 0;
    if (groupStop) listen(task.tid);
    else resumeSoon(task.tid, task.went, signal);
  }

  isObserved(nr: number): boolean {
    return this.observed?.has(nr) ?? true;
  }

  // ---- TaskKeeper ----

  ensureStopped(task: LiveTask): boolean {
    if (task.stop) return true;
    if (task.life === "dead") return false;
    this.#interrupt(task);
    for (let looks = 0; looks < STOP_LOOKS + MORE_LOOKS; looks++) {
      const isLate = looks >= STOP_LOOKS;
      const isLast = isLate && cannotStop(task.pid, task.tid);
      const status = this.statuses.lookFor(task.tid);
      if (status !== undefined) {
        // What it means is found out when it is handled; until then the thread just stands still.
        task.stop = stopOf(task.tid, status);
        return task.stop !== undefined;
      }
      if (isLast) return false;
      if (looks > 20) Atomics.wait(pauseWord, 0, 0, isLate ? LONGER_PAUSE_MS : STOP_PAUSE_MS);
    }
    return false;
  }

  letGo(task: LiveTask, action: ResumeAction): void {
    task.held = false;
    this.#carryOut(task, action);
    if (this.#current !== task) this.goOn(task);
  }

  requestReport(task: LiveTask, interrupts: boolean): void {
    task.reportRequested = true;
    // At the entry of a call it is that call that must not wait.
    const mayWait = !task.stop || task.stop.kind === "syscall-entry";
    if (interrupts && mayWait) task.endsCall = true;
    if (!task.stop || (interrupts && mayWait)) this.#interrupt(task);
  }

  #carryOut(task: LiveTask, action: ResumeAction): void {
    const { UTRACE_STOP, UTRACE_REPORT, UTRACE_INTERRUPT, UTRACE_SINGLESTEP, UTRACE_BLOCKSTEP } = UTRACE_RESUME_ACTION;
    if (action === UTRACE_STOP) task.held = !task.killed;
    else if (action === UTRACE_REPORT || action === UTRACE_INTERRUPT) {
      this.requestReport(task, action === UTRACE_INTERRUPT);
    } else if (action === UTRACE_SINGLESTEP || action === UTRACE_BLOCKSTEP) task.stepping = true;
  }

  wantsOther(task: LiveTask): void {
    if (task.went === "cont" && goFor(this, task) !== "cont") this.#interrupt(task);
  }

  #interrupt(task: LiveTask): void {
    if (task.interrupted) return;
    task.interrupted = true;
    interrupt(task.tid);
  }
}

const pauseWord = new Int32Array(new SharedArrayBuffer(4));

/** The thread is about to die, or dead. */
function endsHold(status: number): boolean {
  const decoded = decodeStatus(status);
  if (decoded.kind === "event") return decoded.event === PTRACE_EVENT.EXIT;
  return decoded.kind === "exited" || decoded.kind === "signaled";
}
