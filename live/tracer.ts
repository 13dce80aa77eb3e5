/**
 * The tracer: every thread of the traced programs, the statuses that wait4 gives, and the requests that answer them.
 *
 * `live.ts` runs its loop; `stops.ts` turns a status into task events. This file keeps the threads: it makes them as they
 * appear, lets them go on, and stops one that runs when somebody has to look at it. All of it happens on one thread,
 * the only one that calls ptrace and wait4.
 */
import { type Disposition, RESUME, type ResumeAction, type TaskEvent, UTRACE_RESUME_ACTION } from "../target/events.ts";
import type { RunResult, TargetHooks } from "../target/target.ts";
import { LiveAddressSpace } from "./address-space.ts";
import { guardSpace } from "./guard/guard.ts";
import { putBack, waitSecurely } from "./guard/secure-wait.ts";
import { hostSyscall } from "./host-syscall.ts";
import { inject } from "./inject.ts";
import { adoptChild } from "./life-cycle.ts";
import type { Machine } from "./machines/machine.ts";
import { readStatus } from "./proc.ts";
import { detach, type Go, interrupt, listen, PTRACE_O, readSiginfo, resume, wait } from "./ptrace/ptrace.ts";
import { decodeStatus, PTRACE_EVENT } from "./ptrace/status.ts";
import { handleStatus, stopOf } from "./stops.ts";
import { LiveTask, type TaskKeeper } from "./task.ts";

/** Looks at a thread that was asked to stop, and the pause between them: some 50 ms in all. */
const STOP_LOOKS = 600;
const STOP_PAUSE_MS = 0.1;
/** Quiesce events in a row before a thread goes on whatever they answer. */
const MAX_REPORTS = 100;
/** A thread whose parent has not told of it by then has none that will: it was killed before. */
const ORPHAN_MS = 200;

export const TRACE_OPTIONS =
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
  /** System calls that somebody wants; undefined for all. */
  observed: ReadonlySet<number> | undefined;
  /** The kernel tells us of the calls that are wanted, so threads need not stop at all of them. */
  filtered = false;
  /** What we trace lives on when we are killed. */
  outlivesUs = false;
  /** How the program of -c ended. */
  result: RunResult = {};
  readonly #tasks = new Map<number, LiveTask>();
  /** The first thread of the program of -c. */
  main: LiveTask | undefined;
  /** Statuses that were taken while waiting for a particular thread. */
  readonly #queue: { tid: number; status: number }[] = [];
  /** First stops of threads that their parents have not told us of, and when they came. */
  readonly #early = new Map<number, { readonly status: number; readonly since: number }>();
  /** Threads that stand at a breakpoint again, and where they stood. */
  readonly #putBack = new Map<number, bigint>();
  /** A thread that stops is let go for good. */
  #leaving = false;
  /** The thread whose status is being handled: it goes on when that is done. */
  #current: LiveTask | undefined;

  constructor(machine: Machine) {
    this.machine = machine;
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

  /** The memory of a process; `copied`: that of the parent it was forked from. */
  newSpace(tid: number, copied?: LiveAddressSpace): LiveAddressSpace {
    const mm = new LiveAddressSpace(tid, (own) => this.#mapScratch(own), copied?.scratch);
    if (copied) mm.copyFrom(copied);
    if (this.outlivesUs) mm.guard = guardSpace(mm, copied?.guard, (name, args) => this.callIn(mm, name, args));
    return mm;
  }

  /** The thread is no more. */
  remove(task: LiveTask): void {
    task.life = "dead";
    task.stop = undefined;
    this.#tasks.delete(task.tid);
    this.leaveSpace(task.mm);
  }

  /** Somebody may have lived in this memory alone. */
  leaveSpace(mm: LiveAddressSpace): void {
    for (const task of this.#tasks.values()) {
      if (task.mm !== mm) continue;
      if (!this.#tasks.has(mm.tid) || this.#tasks.get(mm.tid)?.mm !== mm) mm.moveTo(task.tid);
      return;
    }
    mm.close();
  }

  // ---- statuses ----

  /** Lets all go on for the first time; those that have something to report do that first. */
  start(): void {
    for (const task of this.tasks()) this.watchLibraries(task);
    for (const task of this.tasks()) if (!this.#queue.some(({ tid }) => tid === task.tid)) this.goOn(task);
  }

  /** Where only mappings are wanted, the dynamic linker tells of them, and system calls need not stop. */
  watchLibraries(task: LiveTask): void {
    if (this.filtered || !task.wants("MAP") || task.wants("SYSCALL_ENTRY") || task.wants("SYSCALL_EXIT")) return;
    task.mm.watchLibraries(this.machine.arch);
  }

  /** Handles the next status. "idle": there was none in time; "empty": no thread is left to wait for. */
  step(block: boolean): "handled" | "idle" | "empty" {
    if (this.#tasks.size === 0 && !this.awaitsMain) return "empty";
    const waited = this.#queue.shift() ?? this.#wait(-1, block);
    if (waited === "signal" || waited === "none") return "idle";
    const task = this.#tasks.get(waited.tid);
    if (!task) {
      if (waited.tid === this.main?.tid) this.noteEnd(waited.status);
      // A new thread that reports before its parent does; or a child of this process that is not traced.
      else this.#comesEarly(waited.tid, waited.status);
      return "handled";
    }
    this.handle(task, waited.status);
    return "handled";
  }

  #comesEarly(tid: number, status: number): void {
    const { kind } = decodeStatus(status);
    if (kind === "exited" || kind === "signaled") this.#early.delete(tid);
    else this.#early.set(tid, { status, since: this.#early.get(tid)?.since ?? performance.now() });
  }

  handle(task: LiveTask, status: number): void {
    if (task.held && endsHold(status)) {
      // Only SIGKILL moves one that stands still.
      task.held = false;
      task.killed = true;
    }
    const outer = this.#current;
    this.#current = task;
    task.forget();
    task.mm.forget();
    this.#tell(task, status);
    this.#current = outer;
    this.goOn(task);
  }

  #wait(tid: number, block: boolean): ReturnType<typeof wait> {
    if (!this.outlivesUs) return wait(tid, block);
    return waitSecurely(tid, block, (trapped) => {
      const guard = this.#tasks.get(trapped)?.mm.guard;
      const before = guard && putBack(trapped, this.machine, (address) => guard.hasTrap(address));
      if (before !== undefined) this.#putBack.set(trapped, before);
    });
  }

  #tell(task: LiveTask, status: number): void {
    const before = this.#putBack.get(task.tid);
    this.#putBack.delete(task.tid);
    if (before !== undefined) {
      const { registers } = task;
      const { arch, pc } = this.machine;
      if (Number(registers.word(pc)) !== arch.breakpointAddress(Number(before))) {
        // Somebody who looked at it meanwhile has led it on.
        task.stop = { kind: "signal" };
        task.signal = 0;
        return;
      }
      registers.setWord(pc, before);
    }
    handleStatus(this, task, status);
    // Any other stop ends the interruption; a call that is entered with it ends at once.
    const kind = task.stop?.kind;
    if (kind !== "syscall-entry") task.interrupted = false;
    if (kind !== "syscall-entry" && kind !== "syscall-exit") task.endsCall = false;
  }

  /** The first stop of a thread that its parent told of: waits for it. */
  takeFirstStop(tid: number): number | undefined {
    const early = this.#early.get(tid);
    this.#early.delete(tid);
    if (early) return early.status;
    for (;;) {
      const waited = wait(tid, true);
      if (waited === "none") return undefined;
      if (waited !== "signal") return waited.status;
    }
  }

  /**
   * Threads that stand still because their parent was killed before it could tell of them: those of `parent`, which is
   * about to die, or those that have waited for too long. Should somebody tell of one later, it is known.
   */
  adoptOrphans(parent?: LiveTask): void {
    if (this.#early.size === 0) return;
    const now = performance.now();
    for (const [tid, { status, since }] of [...this.#early]) {
      const who = readStatus(tid, tid);
      if (!who) continue;
      const isThread = who.tgid !== tid;
      const creator = isThread ? who.tgid : who.ppid;
      if (parent ? parent.pid !== creator : now - since < ORPHAN_MS && !this.#leaving) continue;
      this.#early.delete(tid);
      adoptChild(this, parent ?? this.#ofProcess(creator), tid, status, isThread ? who.tgid : undefined);
    }
  }

  #ofProcess(pid: number): LiveTask | undefined {
    return this.#tasks.get(pid) ?? [...this.#tasks.values()].find((task) => task.pid === pid);
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
    if (this.#leaving) {
      this.#detach(task);
      return;
    }
    for (let reports = 0; task.reportRequested && reports < MAX_REPORTS; reports++) {
      task.reportRequested = false;
      if (task.wants("QUIESCE")) this.report({ kind: "quiesce", task });
    }
    // It may have gone on, or ended, in one of them.
    if (!task.stop || (task.held && this.hooks)) return;
    this.#resume(task);
  }

  #resume(task: LiveTask): void {
    task.registers.flush();
    task.mm.forget();
    const groupStop = task.stop?.kind === "group-stop";
    task.went = this.#goFor(task);
    task.stop = undefined;
    const { signal } = task;
    task.signal = 0;
    if (groupStop) listen(task.tid);
    else resume(task.tid, task.went, signal);
  }

  #goFor(task: LiveTask): Go {
    // Where a call begins that we have interrupted already, its end is of interest.
    if (task.interrupted && task.stop?.kind === "syscall-entry") return "syscall";
    if (!this.hooks) return "cont";
    const otherwise = task.stepping ? "step" : "cont";
    if (task.resumesCall) return "syscall";
    if (!this.filtered) {
      if (!this.#wantsCalls(task)) return otherwise;
      return task.stepping && !this.#isAtCall(task) ? "step" : "syscall";
    }
    const { syscall } = task;
    if (!syscall) return otherwise;
    return syscall.maps || (task.wants("SYSCALL_EXIT") && this.isObserved(syscall.nr)) ? "syscall" : otherwise;
  }

  /** A step over a system call would pass its entry and exit unseen. */
  #isAtCall(task: LiveTask): boolean {
    if (task.stop?.kind === "syscall-entry") return true;
    const { syscallInstruction, pc } = this.machine;
    const code = task.mm.read(Number(task.registers.word(pc)), syscallInstruction.length);
    return code instanceof Uint8Array && syscallInstruction.every((byte, i) => code[i] === byte);
  }

  #wantsCalls(task: LiveTask): boolean {
    return (
      task.wants("SYSCALL_ENTRY") || task.wants("SYSCALL_EXIT") || (task.wants("MAP") && !task.mm.tellsOfLibraries)
    );
  }

  isObserved(nr: number): boolean {
    return this.observed?.has(nr) ?? true;
  }

  // ---- TaskKeeper ----

  ensureStopped(task: LiveTask): boolean {
    if (task.stop) return true;
    if (task.life === "dead") return false;
    this.#interrupt(task);
    for (let looks = 0; looks < STOP_LOOKS; looks++) {
      const waited = this.#wait(task.tid, false);
      if (typeof waited === "object") {
        this.#queue.push(waited);
        // What it means is found out when it is handled; until then the thread just stands still.
        task.stop = stopOf(task.tid, waited.status);
        return task.stop !== undefined;
      }
      if (looks > 20) Atomics.wait(pauseWord, 0, 0, STOP_PAUSE_MS);
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
    if (task.went === "cont" && this.#goFor(task) !== "cont") this.#interrupt(task);
  }

  #interrupt(task: LiveTask): void {
    if (task.interrupted) return;
    task.interrupted = true;
    interrupt(task.tid);
  }

  // ---- other ways into a thread ----

  /** A system call made by a thread for us; see `inject.ts`. */
  inject(task: LiveTask, name: string, args: readonly number[]): number | undefined {
    const result = inject(task, this.machine, name, args, (status) => {
      const decoded = decodeStatus(status);
      if (decoded.kind !== "signal") this.#queue.push({ tid: task.tid, status });
      else {
        const info = readSiginfo(task.tid);
        if (info) task.deferred.push(info);
      }
    });
    // Amid a step they wait for its end.
    if (!task.stepping) this.sendDeferred(task);
    return result;
  }

  #mapScratch(mm: LiveAddressSpace): number | undefined {
    // PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS: we write through protections.
    const address = this.callIn(mm, "mmap", [0, 4096, 5, 0x22, -1, 0]);
    return address !== undefined && address > 0 ? address : undefined;
  }

  /** A system call made for us by whichever thread of an address space can; undefined when none can. */
  callIn(mm: LiveAddressSpace, name: string, args: readonly number[]): number | undefined {
    const inside = [...this.#tasks.values()].filter((task) => task.mm === mm);
    const candidates = [...inside.filter((task) => task.stop), ...inside.filter((task) => !task.stop)];
    for (const task of candidates) {
      if (!this.ensureStopped(task) || this.#hasMoreToSay(task)) continue;
      const result = this.inject(task, name, args);
      if (result === undefined) continue;
      mm.forget();
      mm.forgetMappings();
      return result;
    }
    return undefined;
  }

  /** What its stop means is not known before it is handled, and would be lost if it ran meanwhile. */
  #hasMoreToSay({ tid }: LiveTask): boolean {
    return this.#queue.some((waited) => waited.tid === tid && decodeStatus(waited.status).kind !== "interrupted");
  }

  /** Signals that had to wait are sent again, to be delivered with what they said at first. */
  sendDeferred(task: LiveTask): void {
    for (const info of task.deferred) {
      task.resent.push(info);
      hostSyscall("tgkill", task.pid, task.tid, info.signal);
    }
    task.deferred.length = 0;
  }

  /** Nobody traces any more: every thread goes on by itself, as if it had never been traced. */
  detachAll(): void {
    this.#leaving = true;
    this.adoptOrphans();
    // One that cannot be stopped now is let go when it next stops.
    const stopped = this.tasks().filter((task) => this.ensureStopped(task));
    for (const task of stopped) this.#settle(task);
    for (const mm of new Set(this.tasks().map((task) => task.mm))) {
      mm.leaveLibraries();
      mm.guard?.close();
    }
    for (const task of stopped) this.goOn(task);
  }

  #detach(task: LiveTask): void {
    this.#awaitInterrupt(task);
    if (task.life === "dead") return;
    this.sendDeferred(task);
    task.registers.flush();
    detach(task.tid, task.signal);
    this.remove(task);
  }

  /** Left at the entry of a call, a thread that was interrupted would see it end with EINTR: the end is waited for. */
  #awaitInterrupt(task: LiveTask): void {
    for (let stops = 0; task.interrupted && task.life === "alive" && stops < MAX_REPORTS; stops++) {
      this.#resume(task);
      interrupt(task.tid);
      const status = this.takeFirstStop(task.tid);
      if (status === undefined) return;
      this.#current = task;
      this.#tell(task, status);
      this.#current = undefined;
    }
  }

  /** Handles what a thread has still to report, without reporting it. */
  #settle(task: LiveTask): void {
    for (let i = 0; i < this.#queue.length; i++) {
      const waited = this.#queue[i];
      if (waited?.tid !== task.tid) continue;
      this.#queue.splice(i--, 1);
      this.#current = task;
      this.#tell(task, waited.status);
    }
    this.#current = undefined;
  }
}

const pauseWord = new Int32Array(new SharedArrayBuffer(4));

/** The thread is about to die, or dead. */
function endsHold(status: number): boolean {
  const decoded = decodeStatus(status);
  if (decoded.kind === "event") return decoded.event === PTRACE_EVENT.EXIT;
  return decoded.kind === "exited" || decoded.kind === "signaled";
}
