/**
 * Interval timers (setitimer): ITIMER_REAL on the clock of the machine, ITIMER_VIRTUAL and ITIMER_PROF on the CPU time of
 * the process, which is all user time here.
 */
import { SIG } from "../../target/signals.ts";
import type { Process } from "../process/process.ts";
import { type Timer, TimerQueue } from "./timer-queue.ts";

export interface IntervalTimer {
  /** On the timer's clock, ns. */
  readonly next: number;
  readonly interval: number;
  readonly timer: Timer;
}

export const ITIMER_REAL = 0;
const signals: readonly number[] = [SIG.SIGALRM, SIG.SIGVTALRM, SIG.SIGPROF];

export function isIntervalTimer(which: number): boolean {
  return which >= 0 && which < signals.length;
}

/** What `first` and the timer's `next` are counted on. */
export function timerClock(process: Process, which: number): number {
  return which === ITIMER_REAL ? process.leader.machine.clock.monotonicNs() : process.cpuNs();
}

/** Arms the timer: due `first` ns from now, then each `interval`; 0 disarms it. */
export function armIntervalTimer(process: Process, which: number, first: number, interval: number): void {
  queueOf(process, which).cancel(process.intervalTimers[which]?.timer);
  process.intervalTimers[which] = undefined;
  if (first > 0) arm(process, which, timerClock(process, which) + first, interval);
}

export function disarmIntervalTimers(process: Process): void {
  process.intervalTimers.forEach((armed, which) => {
    if (armed) armIntervalTimer(process, which, 0, 0);
  });
}

function arm(process: Process, which: number, next: number, interval: number): void {
  const timer = queueOf(process, which).add(next, () => expire(process, which, next, interval));
  process.intervalTimers[which] = { next, interval, timer };
}

function expire(process: Process, which: number, due: number, interval: number): void {
  process.intervalTimers[which] = undefined;
  if (interval > 0) {
    const missed = Math.floor((timerClock(process, which) - due) / interval);
    arm(process, which, due + (missed + 1) * interval, interval);
  }
  const { signals: sender } = process.leader.machine;
  sender.sendToProcess(process, sender.fromKernel(signals[which]!));
}

/** Of the machine's clock, or of the process' CPU time. */
function queueOf(process: Process, which: number): TimerQueue {
  if (which === ITIMER_REAL) return process.leader.machine.timers;
  process.cpuTimers ??= new TimerQueue();
  return process.cpuTimers;
}
