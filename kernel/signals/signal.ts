/**
 * Signals: sending, choosing, delivering.
 *
 * `machine.signals` sends (kill, faults, timers, SIGCHLD, SIGPIPE); the scheduler asks `hasSignal` and calls
 * `deliverSignals` when a task is about to go to user mode. A handler gets a frame (signal-frame.ts); without one
 * the default action of target/signals.ts is taken. SIGKILL and SIGCONT act when they are sent, as in Linux.
 */
import { ERRNO } from "../../target/errno.ts";
import { defaultAction, NSIG, SIG } from "../../target/signals.ts";
import type { Machine } from "../machine.ts";
import {
  forceSignal,
  handleSignal,
  PIDTYPE,
  type PidType,
  SENT,
  type Sent,
  sendSignal,
  tellDelivery,
} from "../points/signals.ts";
import { CORE_DUMPED, dumpCore } from "../process/core-dump.ts";
import { exitGroup } from "../process/exit.ts";
import { type Process, RLIMIT, SIG_DFL, SIG_IGN, type SignalAction } from "../process/process.ts";
import type { Task } from "../process/task.ts";
import { A0 } from "../riscv/abi-registers.ts";
import { interruptSequence } from "../scheduling/rseq.ts";
import { finishStep } from "../scheduling/scheduler.ts";
import { FIRST_REALTIME, type PendingSignals, type SignalInfo, signalBit, UNBLOCKABLE } from "./pending-signals.ts";
import { pushSignalFrame } from "./signal-frame.ts";

// biome-ignore format: table
export const SA = {
  SA_NOCLDSTOP: 0x1, SA_NOCLDWAIT: 0x2, SA_SIGINFO: 0x4, SA_ONSTACK: 0x0800_0000, SA_RESTART: 0x1000_0000,
  SA_NODEFER: 0x4000_0000, SA_RESETHAND: 0x8000_0000, SA_EXPOSE_TAGBITS: 0x800,
} as const;

/** si_code of who sent it. */
export const SI = { SI_USER: 0, SI_KERNEL: 0x80, SI_QUEUE: -1, SI_TKILL: -6 } as const;
export const CLD = { EXITED: 1, KILLED: 2, DUMPED: 3, STOPPED: 5, CONTINUED: 6 } as const;
const TRAP_BRKPT = 1;

const stopSignals = [SIG.SIGSTOP, SIG.SIGTSTP, SIG.SIGTTIN, SIG.SIGTTOU] as readonly number[];
const stopMask = stopSignals.reduce((mask, signal) => mask | signalBit(signal), 0n);

export class Signals {
  readonly #machine: Machine;

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  fromKernel(signal: number, code: number = SI.SI_KERNEL, address = 0): SignalInfo {
    return { signal, code, pid: 0, uid: 0, status: 0, address, value: 0n };
  }

  /** Whether it was queued, or acted at once. */
  sendToProcess(process: Process, info: SignalInfo, type: PidType = PIDTYPE.TGID): boolean {
    return sendSignal(process.leader, info, type, () => this.#toProcess(process, info)) === SENT.DELIVERED;
  }

  sendToTask(task: Task, info: SignalInfo): boolean {
    return sendSignal(task, info, PIDTYPE.PID, () => this.#toTask(task, info)) === SENT.DELIVERED;
  }

  sendToGroup(pgid: number, info: SignalInfo): void {
    for (const process of this.#machine.groups.members(pgid)) this.sendToProcess(process, info, PIDTYPE.PGID);
  }

  #toProcess(process: Process, info: SignalInfo): Sent {
    if (process.zombie) return SENT.IGNORED;
    if (!this.#prepare(process, info)) return SENT.DELIVERED;
    const target = process.threads.find((task) => task.life === "alive" && isWanted(task, info.signal));
    if (this.#isDropped(target ?? process.leader, info.signal)) return SENT.IGNORED;
    const sent = this.#enqueue(process.pending, process, info);
    if (sent !== SENT.DELIVERED) return sent;
    if (target) this.#machine.scheduler.interrupt(target);
    return SENT.DELIVERED;
  }

  #toTask(task: Task, info: SignalInfo): Sent {
    if (task.life !== "alive") return SENT.IGNORED;
    if (!this.#prepare(task.process, info)) return SENT.DELIVERED;
    if (this.#isDropped(task, info.signal)) return SENT.IGNORED;
    const sent = this.#enqueue(task.pending, task.process, info);
    if (sent !== SENT.DELIVERED) return sent;
    if (isWanted(task, info.signal)) this.#machine.scheduler.interrupt(task);
    return SENT.DELIVERED;
  }

  /**
   * RLIMIT_SIGPENDING is a user's, in all queues. Beyond it a real-time signal is refused, and what has no queue comes without
   * a word about its sender; the kernel's own standard signals always find room.
   */
  #enqueue(queue: PendingSignals, process: Process, info: SignalInfo): Sent {
    const { signal, code } = info;
    const charged = this.#machine.queuedOf(process.credentials.uid);
    // That of a timer has its place since the timer was made.
    if (info.taken) return queue.add(info) ? SENT.DELIVERED : SENT.ALREADY_PENDING;
    const exempt = signal < FIRST_REALTIME && code >= 0;
    const hasRoom = BigInt(charged.count) < process.resourceLimits[RLIMIT.RLIMIT_SIGPENDING]!.soft;
    if (exempt || hasRoom) return queue.add({ ...info, charged }) ? SENT.DELIVERED : SENT.ALREADY_PENDING;
    if (signal >= FIRST_REALTIME && code !== SI.SI_USER) return SENT.OVERFLOW_FAIL;
    const anonymous = { signal, code: SI.SI_USER, pid: 0, uid: 0, status: 0, address: 0, value: 0n };
    return !queue.has(signal) && queue.add(anonymous) ? SENT.DELIVERED : SENT.ALREADY_PENDING;
  }

  /** A fault of the task itself: blocked or ignored, it kills. */
  force(task: Task, info: SignalInfo): void {
    const action = task.process.handlers.get(info.signal);
    const blocked = (task.blocked & signalBit(info.signal)) !== 0n;
    if (blocked || action.handler === SIG_IGN) {
      task.process.handlers.set(info.signal, { ...action, handler: SIG_DFL });
      task.blocked &= ~signalBit(info.signal);
    }
    forceSignal(task, info, () => (task.pending.add(info) ? SENT.DELIVERED : SENT.ALREADY_PENDING));
    deliverSignals(task);
  }

  forceTrap(task: Task, address: number): void {
    this.force(task, this.fromKernel(SIG.SIGTRAP!, TRAP_BRKPT, address));
  }

  /** Tells the parent that a child ended, stopped or went on. */
  notifyParent(child: Process, code: number, status: number): void {
    const { parent } = child;
    if (!parent || parent.zombie) return;
    parent.children.update(child);
    const { handler, flags } = parent.handlers.get(SIG.SIGCHLD!);
    const jobControl = code === CLD.STOPPED || code === CLD.CONTINUED;
    const signal = jobControl ? SIG.SIGCHLD! : signalOfEnd(child);
    const unheard = handler === SIG_IGN || (jobControl && (flags & SA.SA_NOCLDSTOP) !== 0);
    if (signal > 0 && signal <= NSIG && !(signal === SIG.SIGCHLD && unheard)) {
      this.sendToProcess(parent, { signal, ...childInfo(child, code, status) });
    }
    this.#machine.scheduler.wake(parent.childChanged);
  }

  /** What a signal does the moment it is sent; false when that was all. */
  #prepare(process: Process, info: SignalInfo): boolean {
    const { signal } = info;
    const { scheduler, tracehook, groups } = this.#machine;
    if (signal === SIG.SIGKILL) {
      const stopped = process.stopSignal !== 0;
      groups.setStopped(process, 0);
      process.groupExitCode ??= SIG.SIGKILL;
      process.unreportedStop = process.unreportedContinue = false;
      process.parent?.children.update(process);
      for (const task of process.threads) {
        const stands = task.held || stopped;
        task.held = false;
        task.pending.add(info);
        if (task.sleep) scheduler.wakeTask(task);
        else if (stands) scheduler.goOn(task);
      }
      return false;
    }
    if (signal === SIG.SIGCONT) {
      dropPending(process, stopMask);
      if (process.stopSignal === 0) return true;
      groups.setStopped(process, 0);
      process.unreportedStop = false;
      process.unreportedContinue = true;
      for (const task of process.threads) scheduler.goOn(task);
      this.notifyParent(process, CLD.CONTINUED, SIG.SIGCONT);
      tracehook.notifyJctl(process.leader, 0);
    } else if (stopSignals.includes(signal)) {
      dropPending(process, signalBit(SIG.SIGCONT!));
    }
    return true;
  }

  #isDropped(task: Task, signal: number): boolean {
    if ((task.blocked & signalBit(signal)) !== 0n || this.#machine.tracehook.considerIgnoredSignal(task)) return false;
    const { handler } = task.process.handlers.get(signal);
    if (handler === SIG_DFL) return defaultAction(signal) === "ignore" || defaultAction(signal) === "continue";
    return handler === SIG_IGN;
  }
}

/** A signal waits for this task and is not blocked. */
export function hasSignal(task: Task): boolean {
  return ((task.pending.mask | task.process.pending.mask) & ~(task.blocked | task.awaited)) !== 0n;
}

/** Delivering would run a handler (or a tracer wants to see it): a waiting call ends first. */
export function nextActionIsHandler(task: Task): boolean {
  const blocked = task.blocked | task.awaited;
  const info = task.pending.peek(blocked) ?? task.process.pending.peek(blocked);
  return info !== undefined && task.process.handlers.get(info.signal).handler > SIG_IGN;
}

/** Delivers one signal. */
export function deliverSignals(task: Task): void {
  const { machine, process } = task;
  const blocked = task.blocked | task.awaited;
  const info = task.pending.take(blocked) ?? process.pending.take(blocked);
  if (!info) {
    restartCall(task);
    return;
  }
  const killed = info.signal === SIG.SIGKILL;
  const signal = killed ? info.signal : machine.tracehook.reportSignal(task, info.signal, info.code);
  if (signal === 0) {
    restartCall(task);
    return;
  }
  const action = process.handlers.get(signal);
  const delivered = signal === info.signal ? info : { ...info, signal };
  tellDelivery(task, delivered, action);
  if (!killed && action.handler > SIG_IGN)
    handleSignal(task, delivered, action, () => runHandler(task, delivered, action));
  else if (action.handler === SIG_IGN && !killed) restartCall(task);
  else takeDefault(task, delivered);
}

function takeDefault(task: Task, info: SignalInfo): void {
  const { signal } = info;
  const { machine, process } = task;
  switch (defaultAction(signal)) {
    case "terminate":
      exitGroup(task, signal);
      break;
    case "core":
      exitGroup(task, dumpCore(task, info) ? signal | CORE_DUMPED : signal);
      break;
    case "stop":
      restartCall(task);
      // Nobody could continue it.
      if (signal !== SIG.SIGSTOP && machine.groups.isOrphaned(process.pgid)) break;
      machine.groups.setStopped(process, signal);
      process.unreportedStop = true;
      process.unreportedContinue = false;
      machine.signals.notifyParent(process, CLD.STOPPED, signal);
      machine.tracehook.notifyJctl(task, signal);
      break;
    case "ignore":
    case "continue":
      restartCall(task);
      break;
  }
}

function runHandler(task: Task, info: SignalInfo, action: SignalAction): void {
  const { interrupted } = task;
  if (interrupted) {
    if (interrupted.restartable && (action.flags & SA.SA_RESTART) !== 0) restartCall(task);
    else task.hart.x[A0] = BigInt(-ERRNO.EINTR);
    task.interrupted = undefined;
  }
  interruptSequence(task);
  if (task.life !== "alive") return;
  const mask = task.savedMask ?? task.blocked;
  task.savedMask = undefined;
  if (!pushSignalFrame(task, info, action, mask)) {
    if (info.signal === SIG.SIGSEGV) task.process.handlers.set(SIG.SIGSEGV, { ...action, handler: SIG_DFL });
    task.machine.signals.force(task, task.machine.signals.fromKernel(SIG.SIGSEGV));
    return;
  }
  task.blocked |= action.mask | ((action.flags & SA.SA_NODEFER) === 0 ? signalBit(info.signal) : 0n);
  task.blocked &= ~UNBLOCKABLE;
  retarget(task);
  if ((action.flags & SA.SA_RESETHAND) !== 0) task.process.handlers.set(info.signal, { ...action, handler: SIG_DFL });
  if (task.stepping) finishStep(task);
}

/** No handler ran: the interrupted call starts again, and rt_sigsuspend's mask is undone. */
function restartCall(task: Task): void {
  if (!task.interrupted) return;
  task.hart.pc -= 4;
  task.hart.x[A0] = task.interrupted.argument;
  task.interrupted = undefined;
}

/** The task takes some signals of its process no longer: it blocked them, or it ends. Other threads that sleep may take them. */
export function retarget(task: Task): void {
  const { machine, process } = task;
  let left = process.pending.mask & (task.life === "alive" ? task.blocked : ~0n);
  for (const other of left === 0n ? [] : process.threads) {
    const takes = other === task || other.life !== "alive" ? 0n : left & ~(other.blocked & ~other.awaited);
    if (takes !== 0n) machine.scheduler.interrupt(other);
    left &= ~takes;
  }
}

/** Not blocked, or waited for. */
function isWanted(task: Task, signal: number): boolean {
  return (task.blocked & ~task.awaited & signalBit(signal)) === 0n;
}

/** A parent that called execve hears SIGCHLD, whatever the program before it asked for. */
export function signalOfEnd(child: Process): number {
  return child.parentExecuted ? SIG.SIGCHLD! : child.exitSignal;
}

/** siginfo of a child, for SIGCHLD and waitid. */
export function childInfo(child: Process, code: number, status: number): Omit<SignalInfo, "signal"> {
  return { code, pid: child.pid, uid: child.credentials.uid, status, address: 0, value: 0n };
}

export function dropPending(process: Process, mask: bigint): void {
  process.pending.remove(mask);
  for (const task of process.threads) task.pending.remove(mask);
}
