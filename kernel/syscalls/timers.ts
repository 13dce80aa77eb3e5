/** Handlers of interval timers (setitimer) and POSIX timers (timer_create); what they do is in `itimer.ts` and `posix-timer.ts`. */
import { ERRNO } from "../../target/errno.ts";
import { NSIG, SIG } from "../../target/signals.ts";
import { RLIMIT } from "../process/process.ts";
import type { Task } from "../process/task.ts";
import { int, type SyscallContext, type SyscallTable } from "../syscall-context.ts";
import { armIntervalTimer, isIntervalTimer, timerClock } from "../time/itimer.ts";
import { PosixTimer, SIGEV } from "../time/posix-timer.ts";
import { TimerQueue } from "../time/timer-queue.ts";
import { CLOCK, pair, processOfClock, TIMER_ABSTIME } from "./time.ts";
import { copyIn, copyOut, viewOf } from "./user.ts";

const SIGEVENT_SIZE = 64;
const MAX_TIMERS = 4096;
/** CLOCK_MONOTONIC_RAW, CLOCK_REALTIME_COARSE, CLOCK_MONOTONIC_COARSE. */
const CLOCKS_WITHOUT_TIMERS: readonly number[] = [4, 5, 6];
/** Times beyond are never: two centuries. */
const FOREVER_NS = 2 ** 62;

export const timers: SyscallTable = {
  getitimer(c, which, value) {
    return isIntervalTimer(int(which!)) ? copyOut(c, value!, intervalTimerValue(c, int(which!))) : -ERRNO.EINVAL;
  },
  /** A null pointer disarms. */
  setitimer(c, which, value, old) {
    const bytes = value === 0n ? new Uint8Array(32) : copyIn(c, value!, 32);
    if (typeof bytes === "number") return bytes;
    if (!isIntervalTimer(int(which!))) return -ERRNO.EINVAL;
    const interval = spanAt(bytes, 0, 1e3);
    const first = spanAt(bytes, 16, 1e3);
    if (interval === undefined || first === undefined) return -ERRNO.EINVAL;
    const before = intervalTimerValue(c, int(which!));
    armIntervalTimer(c.task.process, int(which!), first, interval);
    return old === 0n ? 0 : copyOut(c, old!, before);
  },

  timer_create(c, clockId, event, timerId) {
    const { process } = c.task;
    const clock = clockOf(c, int(clockId!));
    if (!clock) return CLOCKS_WITHOUT_TIMERS.includes(int(clockId!)) ? -ERRNO.EOPNOTSUPP : -ERRNO.EINVAL;
    const charged = c.task.machine.queuedOf(c.task.uid);
    const { soft } = process.resourceLimits[RLIMIT.RLIMIT_SIGPENDING]!;
    if (process.posixTimers.size >= MAX_TIMERS || BigInt(charged.count) >= soft) return -ERRNO.EAGAIN;
    const id = process.nextTimerId++;
    const how = eventAt(c, event!, id);
    if (typeof how === "number") return how;
    const error = copyOut(c, timerId!, new Uint8Array(Int32Array.of(id).buffer));
    if (error === 0) process.posixTimers.set(id, new PosixTimer(process, { id, clock, charged, ...how }));
    return error;
  },
  timer_settime(c, timerId, flags, value, old) {
    if (value === 0n) return -ERRNO.EINVAL;
    const bytes = copyIn(c, value!, 32);
    if (typeof bytes === "number") return bytes;
    const interval = spanAt(bytes, 0, 1);
    const first = spanAt(bytes, 16, 1);
    const timer = c.task.process.posixTimers.get(int(timerId!));
    if (interval === undefined || first === undefined || !timer) return -ERRNO.EINVAL;
    const before = posixTimerValue(timer);
    const absolute = (int(flags!) & TIMER_ABSTIME) !== 0;
    const start = absolute ? 0 : timer.clock.now();
    timer.arm(first === 0 ? Number.POSITIVE_INFINITY : start + timer.clock.onQueue(first, absolute), interval);
    return old === 0n ? 0 : copyOut(c, old!, before);
  },
  timer_gettime(c, timerId, value) {
    const timer = c.task.process.posixTimers.get(int(timerId!));
    return timer ? copyOut(c, value!, posixTimerValue(timer)) : -ERRNO.EINVAL;
  },
  timer_getoverrun: (c, timerId) => c.task.process.posixTimers.get(int(timerId!))?.overrun ?? -ERRNO.EINVAL,
  timer_delete(c, timerId) {
    const timer = c.task.process.posixTimers.get(int(timerId!));
    if (!timer) return -ERRNO.EINVAL;
    timer.delete();
    c.task.process.posixTimers.delete(timer.id);
    return 0;
  },
};

function intervalTimerValue(c: SyscallContext, which: number): Uint8Array {
  const armed = c.task.process.intervalTimers[which];
  const bytes = new Uint8Array(32);
  if (!armed) return bytes;
  const left = Math.max(1000, armed.next - timerClock(c.task.process, which));
  bytes.set(seconds(armed.interval, 1e3));
  bytes.set(seconds(left, 1e3), 16);
  return bytes;
}

function posixTimerValue(timer: PosixTimer): Uint8Array {
  const bytes = new Uint8Array(32);
  bytes.set(seconds(timer.interval, 1));
  bytes.set(seconds(timer.left(), 1), 16);
  return bytes;
}

/** Seconds and their parts of `unit` ns as ns; undefined when it is no time. */
function spanAt(bytes: Uint8Array, at: number, unit: number): number | undefined {
  const view = viewOf(bytes);
  const whole = view.getBigInt64(at, true);
  const part = view.getBigInt64(at + 8, true);
  if (whole < 0n || part < 0n || part >= BigInt(1e9 / unit)) return undefined;
  return Math.min(Number(whole) * 1e9 + Number(part) * unit, FOREVER_NS);
}

function seconds(ns: number, unit: number): Uint8Array {
  return pair(BigInt(Math.floor(ns / 1e9)), BigInt(Math.floor((ns % 1e9) / unit)));
}

/** The clock of a timer counts as its queue does: realtime ones are given and told in that, and kept on the monotonic one. */
function clockOf(c: SyscallContext, id: number): PosixTimer["clock"] | undefined {
  const { machine } = c.task;
  const { clock } = machine;
  const onMonotonic = { now: () => clock.monotonicNs(), queue: machine.timers };
  switch (id) {
    case CLOCK.REALTIME:
    case CLOCK.TAI:
      return { ...onMonotonic, onQueue: (ns, absolute) => (absolute ? ns - Number(clock.epochNs) : ns) };
    case CLOCK.MONOTONIC:
    case CLOCK.BOOTTIME:
      return { ...onMonotonic, onQueue: (ns) => ns };
    default: {
      const counted = processOfClock(c, id);
      if (!counted) return undefined;
      counted.cpuTimers ??= new TimerQueue();
      return { now: () => counted.cpuNs(), queue: counted.cpuTimers, onQueue: (ns) => ns };
    }
  }
}

type Event = Pick<PosixTimer, "notify" | "signal" | "value" | "thread">;

/** struct sigevent: value 0, signal 8, how 12, thread 16; without one SIGALRM with the timer's id. */
function eventAt(c: SyscallContext, pointer: bigint, id: number): Event | number {
  if (pointer === 0n) return { notify: SIGEV.SIGNAL, signal: SIG.SIGALRM, value: BigInt(id), thread: undefined };
  const bytes = copyIn(c, pointer, SIGEVENT_SIZE);
  if (typeof bytes === "number") return bytes;
  const view = viewOf(bytes);
  const notify = view.getInt32(12, true);
  const signal = view.getInt32(8, true);
  let thread: Task | undefined;
  if (notify === SIGEV.THREAD_ID) {
    thread = c.task.process.threads.find((task) => task.tid === view.getInt32(16, true));
    if (!thread) return -ERRNO.EINVAL;
  } else if (notify !== SIGEV.SIGNAL && notify !== SIGEV.NONE && notify !== SIGEV.THREAD) {
    return -ERRNO.EINVAL;
  }
  if (notify !== SIGEV.NONE && (signal < 1 || signal > NSIG)) return -ERRNO.EINVAL;
  return { notify, signal, value: view.getBigUint64(0, true), thread };
}
