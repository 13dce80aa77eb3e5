/**
 * ITIMER_REAL of every process: when the next SIGALRM is due, and sending those that are.
 *
 * The scheduler asks before each slice; setitimer(2) sets `process.realTimer`.
 */
import { SIG } from "../target/signals.ts";
import type { Machine } from "./machine.ts";

export function nextRealTimer(machine: Machine): number {
  let next = Number.POSITIVE_INFINITY;
  for (const process of machine.processes.values()) next = Math.min(next, process.realTimer.next);
  return next;
}

export function checkRealTimers(machine: Machine): void {
  const now = machine.clock.monotonicNs();
  for (const process of machine.processes.values()) {
    const timer = process.realTimer;
    if (timer.next > now) continue;
    const missed = timer.interval > 0 ? Math.floor((now - timer.next) / timer.interval) + 1 : 0;
    timer.next = timer.interval > 0 ? timer.next + missed * timer.interval : Number.POSITIVE_INFINITY;
    machine.signals.sendToProcess(process, machine.signals.fromKernel(SIG.SIGALRM!));
  }
}
