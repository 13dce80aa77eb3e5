/**
 * POSIX timers (timer_create): any number a process, each with a signal of its own.
 *
 * A timer queues its signal once. What expires while that signal waits is counted, not queued: the count is told by
 * si_overrun and timer_getoverrun when the signal is taken, and only then a periodic timer goes on, so that no interval is too
 * short for the machine.
 */

import type { Process } from "../process/process.ts";
import type { Task } from "../process/task.ts";
import type { SignalInfo } from "../signals/pending-signals.ts";
import type { Timer, TimerQueue } from "./timer-queue.ts";

export const SIGEV = { SIGNAL: 0, NONE: 1, THREAD: 2, THREAD_ID: 4 } as const;
const SI_TIMER = -2;
const MAX_OVERRUN = 0x7fff_ffff;
/** A signal that is ignored is not taken: how soon, at least, its timer expires again. */
const IGNORED_INTERVAL_NS = 1e6;

/** What a timer counts on. */
export interface TimerClock {
  now(): number;
  readonly queue: TimerQueue;
  /** A time or a span given by the program, in terms of `now`. */
  onQueue(ns: number, absolute: boolean): number;
}

export class PosixTimer {
  readonly id: number;
  readonly clock: TimerClock;
  readonly notify: number;
  readonly signal: number;
  readonly value: bigint;
  /** SIGEV_THREAD_ID. */
  readonly thread: Task | undefined;
  /** The user's count of queued signals: its own has a place there as long as the timer lives. */
  readonly charged: { count: number };
  interval = 0;
  /** On its clock; Infinity when disarmed. */
  next = Number.POSITIVE_INFINITY;
  /** Of the last signal that was taken. */
  overrun = 0;
  readonly #process: Process;
  #timer: Timer | undefined;
  /** Which arming the signal that waits belongs to. */
  #generation = 0;

  constructor(
    process: Process,
    event: Pick<PosixTimer, "id" | "clock" | "notify" | "signal" | "value" | "thread" | "charged">,
  ) {
    this.#process = process;
    this.id = event.id;
    this.clock = event.clock;
    this.notify = event.notify;
    this.signal = event.signal;
    this.value = event.value;
    this.thread = event.thread;
    this.charged = event.charged;
    this.charged.count++;
  }

  /** Due at `next` on its clock, then each `interval`; Infinity disarms. */
  arm(next: number, interval: number): void {
    this.clock.queue.cancel(this.#timer);
    this.#generation++;
    this.interval = interval;
    this.overrun = 0;
    this.#schedule(next);
  }

  delete(): void {
    this.arm(Number.POSITIVE_INFINITY, 0);
    this.charged.count--;
  }

  #schedule(next: number): void {
    this.next = next;
    if (next < Number.POSITIVE_INFINITY) this.#timer = this.clock.queue.add(next, () => this.#expire());
  }

  #expire(): void {
    const due = this.next;
    const generation = this.#generation;
    if (this.notify === SIGEV.NONE) {
      this.#schedule(this.#after(due));
      return;
    }
    const info: SignalInfo = {
      signal: this.signal,
      code: SI_TIMER,
      pid: this.id,
      uid: 0,
      status: 0,
      address: 0,
      value: this.value,
      isStale: () => generation !== this.#generation,
      taken: () => {
        const missed = this.interval > 0 ? Math.floor((this.clock.now() - due) / this.interval) : 0;
        this.overrun = Math.min(Math.max(missed, 0), MAX_OVERRUN);
        this.#schedule(this.#after(due));
        return this.overrun;
      },
    };
    this.next = Number.POSITIVE_INFINITY;
    const { signals } = this.#process.leader.machine;
    const queued = this.thread ? signals.sendToTask(this.thread, info) : signals.sendToProcess(this.#process, info);
    // Until the signal is taken, timer_gettime goes on counting.
    if (queued) this.next = this.#after(due);
    else if (this.interval > 0) this.#schedule(this.clock.now() + Math.max(this.interval, IGNORED_INTERVAL_NS));
  }

  /** The first time after now that the interval gives. */
  #after(due: number): number {
    if (this.interval === 0) return Number.POSITIVE_INFINITY;
    return due + (Math.floor(Math.max(this.clock.now() - due, 0) / this.interval) + 1) * this.interval;
  }

  /** Until it expires, at least 1 ns; 0 when disarmed. */
  left(): number {
    const now = this.clock.now();
    const next = this.next > now ? this.next : this.#after(this.next);
    return next === Number.POSITIVE_INFINITY ? 0 : Math.max(1, next - now);
  }
}

export function deletePosixTimers(process: Process): void {
  for (const timer of process.posixTimers.values()) timer.delete();
  process.posixTimers.clear();
}
