/**
 * A thread of the traced programs, as the `Task` that everything above knows.
 *
 * Made and stopped by `tracer.ts`, which reads and changes the fields below the line. Who it is comes from /proc when
 * somebody asks, and is kept while the thread stands still. Registers of a thread that runs are read by stopping
 * it first.
 */
import type { EventMask, ResumeAction } from "../target/events.ts";
import type { Task, TaskState } from "../target/target.ts";
import type { LiveAddressSpace } from "./address-space.ts";
import type { Machine } from "./machines/machine.ts";
import {
  readCommandLine,
  readEnvironment,
  readExecutable,
  readStat,
  readStatus,
  type Stat,
  type Status,
} from "./proc.ts";
import type { Go, Siginfo } from "./ptrace/ptrace.ts";
import { RegisterFile } from "./register-file.ts";
import type { Stop } from "./stop.ts";

/** Nanoseconds of a clock tick of /proc/PID/stat: USER_HZ is 100 on every machine that is traced. */
const NS_PER_TICK = 1e7;

/** What a task asks of its tracer. */
export interface TaskKeeper {
  readonly machine: Machine;
  /** Makes it stand still; false when that cannot be. */
  ensureStopped(task: LiveTask): boolean;
  /** Ends a UTRACE_STOP. */
  letGo(task: LiveTask, action: ResumeAction): void;
  requestReport(task: LiveTask, interrupt: boolean): void;
  /** `wanted` has changed while it runs. */
  wantsOther(task: LiveTask): void;
}

export class LiveTask implements Task {
  readonly tid: number;
  readonly pid: number;
  readonly #keeper: TaskKeeper;
  #wanted: EventMask = 0;
  /** As last read; what was read last stays true of a thread that has ended. */
  #stat: Stat | undefined;
  #status: Status | undefined;
  #isFresh = { stat: false, status: false };
  #executable: string | undefined;

  // ---- for the tracer ----

  mm: LiveAddressSpace;
  readonly registers: RegisterFile;
  /** Undefined while it runs. */
  stop: Stop | undefined;
  life: "alive" | "dead" = "alive";
  /** It is past its last instruction; the first thread of a process stays so until all others have ended. */
  ends = false;
  /** How it was let go on last. */
  went: Go = "cont";
  /** An engine answered UTRACE_STOP. */
  held = false;
  /** It was killed while it was held: nothing holds it any more. */
  killed = false;
  stepping = false;
  /** A quiesce event is due before it goes on. */
  reportRequested = false;
  /** PTRACE_INTERRUPT was sent, and what it does to the thread has not been seen to its end. */
  interrupted = false;
  /** The interruption is to end the call that the thread waits in. */
  endsCall = false;
  /** The signal that it gets when it goes on; 0 for none. */
  signal = 0;
  /** Signals that came while it was stepping; they are sent again. */
  readonly deferred: Siginfo[] = [];
  /** Those that were, until they arrive. */
  readonly resent: Siginfo[] = [];
  /** The process was stopped as a shell stops it, and has not been continued. */
  groupStopped = false;
  /** Our own interruption made it leave the call; it enters it again. */
  resumesCall = false;
  /** The call that it is in, between the stops at its entry and exit. */
  syscall: { readonly nr: number /** Bytes of a file. */; readonly maps: number } | undefined;

  constructor(tid: number, pid: number, mm: LiveAddressSpace, keeper: TaskKeeper) {
    this.tid = tid;
    this.pid = pid;
    this.mm = mm;
    this.#keeper = keeper;
    this.registers = new RegisterFile(tid, keeper.machine);
  }

  /** It runs: what is known of it may change. */
  forget(): void {
    this.#isFresh = { stat: false, status: false };
  }

  /** It is about to end, and somebody will ask who it was. */
  remember(): void {
    this.#readStat();
    this.#readStatus();
    void this.executable;
  }

  /** It runs another program. */
  forgetProgram(): void {
    this.forget();
    this.#executable = undefined;
  }

  // ---- Task ----

  get wanted(): EventMask {
    return this.#wanted;
  }

  set wanted(mask: EventMask) {
    if (mask === this.#wanted) return;
    this.#wanted = mask;
    if (!this.stop && this.life === "alive") this.#keeper.wantsOther(this);
  }

  wants(events: EventMask): boolean {
    return (this.#wanted & events) !== 0;
  }

  get ppid(): number {
    return this.#readStatus()?.ppid ?? 0;
  }

  get uid(): number {
    return this.#readStatus()?.uid[0] ?? 0;
  }

  get euid(): number {
    return this.#readStatus()?.uid[1] ?? 0;
  }

  get gid(): number {
    return this.#readStatus()?.gid[0] ?? 0;
  }

  get egid(): number {
    return this.#readStatus()?.gid[1] ?? 0;
  }

  get cpu(): number {
    return this.#readStat()?.cpu ?? 0;
  }

  get execname(): string {
    return this.#readStat()?.comm ?? "";
  }

  get executable(): string {
    this.#executable ??= readExecutable(this.mm.tid)?.path;
    return this.#executable ?? "";
  }

  get pgrp(): number {
    return this.#readStat()?.pgrp ?? 0;
  }

  get sid(): number {
    return this.#readStat()?.sid ?? 0;
  }

  get commandLine(): readonly string[] {
    return readCommandLine(this.mm.tid);
  }

  get environment(): readonly string[] {
    return readEnvironment(this.mm.tid);
  }

  get startTime(): number {
    return (this.#readStat()?.startTicks ?? 0) * NS_PER_TICK;
  }

  get state(): TaskState {
    if (this.life === "dead") return "dead";
    if (this.stop?.kind === "group-stop") return "stopped";
    if (this.stop) return "tracing-stop";
    return readStat(this.pid, this.tid)?.state ?? "dead";
  }

  readRegister(dwarf: number): bigint {
    return this.#keeper.ensureStopped(this) ? this.registers.read(dwarf) : 0n;
  }

  writeRegister(dwarf: number, value: bigint): void {
    if (this.#keeper.ensureStopped(this)) this.registers.write(dwarf, value);
  }

  get pc(): number {
    return this.#keeper.ensureStopped(this) ? this.registers.address(this.#keeper.machine.pc) : 0;
  }

  set pc(address: number) {
    if (this.#keeper.ensureStopped(this)) this.registers.setAddress(this.#keeper.machine.pc, address);
  }

  resume(action: ResumeAction): void {
    this.#keeper.letGo(this, action);
  }

  requestReport(interrupt: boolean): void {
    if (this.life === "alive") this.#keeper.requestReport(this, interrupt);
  }

  #readStat(): Stat | undefined {
    if (!this.#isFresh.stat) this.#stat = readStat(this.pid, this.tid) ?? this.#stat;
    this.#isFresh.stat = true;
    return this.#stat;
  }

  #readStatus(): Status | undefined {
    if (!this.#isFresh.status) this.#status = readStatus(this.pid, this.tid) ?? this.#status;
    this.#isFresh.status = true;
    return this.#status;
  }
}
