/**
 * Tasks: one thread of the model, as the kernel and as a tracer sees it.
 *
 * The fields are grouped by who may write them. Registers by DWARF number are x0..x31 (0-31) and f0..f31 (32-63).
 */

import type { ResumeAction } from "../../target/events.ts";
import { UTRACE_RESUME_ACTION } from "../../target/events.ts";
import type { SyscallRow } from "../../target/syscalls.ts";
import type { Task as TargetTask, TaskState } from "../../target/target.ts";
import type { Machine } from "../machine.ts";
import type { AddressSpace } from "../memory/address-space.ts";
import type { ActiveFunction } from "../points/functions.ts";
import type { HartState } from "../riscv/cpu.ts";
import type { RestartableSequences } from "../scheduling/rseq.ts";
import { SCHED, type Scheduling } from "../scheduling/schedule.ts";
import { PendingSignals } from "../signals/pending-signals.ts";
import type { WaitQueue } from "../syscall-context.ts";
import type { Timer } from "../time/timer-queue.ts";
import type { Process } from "./process.ts";

/** A system call between its entry and its exit. */
export interface CallInProgress {
  nr: number;
  row: SyscallRow | undefined;
  args: bigint[];
  /** The tracer said no. */
  aborted: boolean;
  /** The handler has been called: it may wait. */
  interruptible: boolean;
  /** How it answered: SA_RESTART may start it again. */
  restartable: boolean;
  /** What the call has done already: its result when a signal ends it. */
  partial?: number;
  /** The handler has had its turn: what comes now is another try. */
  tried: boolean;

  // points/'s
  /** Somebody listened to the handler when it was first called. */
  functionEntered: boolean;
  functions: ActiveFunction[] | undefined;
}

export interface Sleep {
  readonly queues: readonly WaitQueue[];
  readonly interruptible: boolean;
  /** Of the deadline. */
  readonly timer: Timer | undefined;
}

export interface AlternateStack {
  readonly sp: number;
  readonly size: number;
  readonly flags: number;
}

/** ns, as Linux' for tasks that are not real-time. */
const DEFAULT_TIMER_SLACK = 50_000;

const DEFAULT_SCHEDULING: Scheduling = {
  nice: 0,
  policy: SCHED.OTHER,
  priority: 0,
  resetOnFork: false,
  affinity: undefined,
  timerSlack: DEFAULT_TIMER_SLACK,
  defaultTimerSlack: DEFAULT_TIMER_SLACK,
};

export const SS_ONSTACK = 1;
export const SS_DISABLE = 2;
/** The stack is taken away while a handler runs on it. */
export const SS_AUTODISARM = 0x8000_0000;

export class Task implements TargetTask {
  readonly machine: Machine;
  readonly process: Process;
  /** Of its own, but for a thread that execve makes the leader: it is given the pid. */
  tid: number;
  readonly startTime: number;
  /** Where it runs, or ran last. */
  cpu = 0;
  readonly hart: HartState;
  /** Set by execve and prctl. */
  execname = "";

  // The scheduler's.
  life: "alive" | "zombie" | "dead" = "alive";
  queued = false;
  sleep: Sleep | undefined;
  /** Wait status, of one that has ended. */
  exitCode = 0;
  usedNs = 0;
  /** sched_yield: the slice is over. */
  yields = false;
  /** Instructions of the slice that it has. */
  sliceLeft = 0;
  /** `Cpus.change` changes what matters there. */
  scheduling: Scheduling = DEFAULT_SCHEDULING;

  // The dispatcher's (syscall.ts).
  call: CallInProgress | undefined;
  /** What a waiting call keeps from one try to the next. */
  restart: unknown;
  /** A call was interrupted; whether it starts again is known once the signal is handled. */
  interrupted: { readonly restartable: boolean; readonly argument: bigint } | undefined;

  // signal.ts'
  blocked = 0n;
  /** The mask to come back to after rt_sigsuspend's handler. */
  savedMask: bigint | undefined;
  /** rt_sigtimedwait takes these itself, blocked or not. */
  awaited = 0n;
  readonly pending = new PendingSignals();
  alternateStack: AlternateStack = { sp: 0, size: 0, flags: SS_DISABLE };

  /** set_tid_address: a word to clear, and a futex to wake, at the end. */
  clearChildTid = 0;
  /** set_robust_list: the head of the list of mutexes that it holds. */
  robustList = 0;
  /** Registered by rseq(2). */
  rseq: RestartableSequences | undefined;

  // tracehook.ts'
  wanted = 0;
  /** UTRACE_STOP: not scheduled until `resume`. */
  held = false;
  /** One instruction, then a trap event. */
  stepping = false;
  reportRequested = false;
  /** The call that it waits in, or is about to make, does not wait any longer. */
  endsCall = false;

  constructor(machine: Machine, process: Process, tid: number, hart: HartState) {
    this.machine = machine;
    this.process = process;
    this.tid = tid;
    this.hart = hart;
    this.startTime = machine.clock.monotonicNs();
    process.threads.push(this);
    process.living++;
  }

  get pid(): number {
    return this.process.pid;
  }

  get ppid(): number {
    return this.process.parent?.pid ?? this.machine.initPid;
  }

  get uid(): number {
    return this.process.credentials.uid;
  }

  get euid(): number {
    return this.process.credentials.euid;
  }

  get gid(): number {
    return this.process.credentials.gid;
  }

  get egid(): number {
    return this.process.credentials.egid;
  }

  get mm(): AddressSpace {
    return this.process.mm;
  }

  get executable(): string {
    return this.process.executable;
  }

  get pgrp(): number {
    return this.process.pgid;
  }

  get sid(): number {
    return this.process.sid;
  }

  get commandLine(): readonly string[] {
    return this.process.argv;
  }

  get environment(): readonly string[] {
    return this.process.environment;
  }

  get state(): TaskState {
    if (this.life !== "alive") return this.life;
    if (this.held) return "tracing-stop";
    if (this.process.stopSignal !== 0) return "stopped";
    return this.sleep ? "sleeping" : "running";
  }

  get runnable(): boolean {
    return this.life === "alive" && !this.held && !this.sleep && this.process.stopSignal === 0;
  }

  get pc(): number {
    return this.hart.pc;
  }

  set pc(value: number) {
    this.hart.pc = value;
  }

  readRegister(dwarf: number): bigint {
    if (dwarf > 0 && dwarf < 32) return BigInt.asUintN(64, this.hart.x[dwarf]!);
    return dwarf >= 32 && dwarf < 64 ? this.hart.f[dwarf - 32]! : 0n;
  }

  writeRegister(dwarf: number, value: bigint): void {
    if (dwarf > 0 && dwarf < 32) this.hart.x[dwarf] = BigInt.asIntN(64, value);
    else if (dwarf >= 32 && dwarf < 64) this.hart.f[dwarf - 32] = BigInt.asUintN(64, value);
  }

  resume(action: ResumeAction): void {
    if (action === UTRACE_RESUME_ACTION.UTRACE_STOP) return;
    this.held = false;
    this.machine.tracehook.carryOut(this, action);
    this.machine.scheduler.makeRunnable(this);
  }

  requestReport(interrupt: boolean): void {
    this.reportRequested = true;
    if (!interrupt) return;
    this.endsCall = true;
    this.machine.scheduler.interrupt(this);
  }
}
