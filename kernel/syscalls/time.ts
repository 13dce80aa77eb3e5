/** Handlers of the calls about time: the virtual clock is the only one there is. */
import { ERRNO } from "../../target/errno.ts";
import type { Process } from "../process/process.ts";
import { int, type SyscallContext, type SyscallResult, type SyscallTable } from "../syscall-context.ts";
import { copyOut, timespecAt } from "./user.ts";

// biome-ignore format: table
export const CLOCK = { REALTIME: 0, MONOTONIC: 1, PROCESS_CPUTIME_ID: 2, THREAD_CPUTIME_ID: 3, MONOTONIC_RAW: 4, REALTIME_COARSE: 5, MONOTONIC_COARSE: 6, BOOTTIME: 7, TAI: 11 } as const;
export const TIMER_ABSTIME = 1;
const SECOND = 1_000_000_000n;
const CLOCKS_WITHOUT_SLEEP: readonly number[] = [
  CLOCK.THREAD_CPUTIME_ID,
  CLOCK.MONOTONIC_RAW,
  CLOCK.REALTIME_COARSE,
  CLOCK.MONOTONIC_COARSE,
];

export const time: SyscallTable = {
  clock_gettime(c, clock, tp) {
    const now = readClock(c, int(clock!));
    return now === undefined ? -ERRNO.EINVAL : copyOut(c, tp!, pair(now / SECOND, now % SECOND));
  },
  clock_getres(c, clock, tp) {
    if (readClock(c, int(clock!)) === undefined) return -ERRNO.EINVAL;
    return tp === 0n ? 0 : copyOut(c, tp!, pair(0n, 1n));
  },
  gettimeofday(c, tv) {
    const now = c.realtimeNs();
    return tv === 0n ? 0 : copyOut(c, tv!, pair(now / SECOND, (now % SECOND) / 1000n));
  },
  nanosleep: (c, request, remain) => sleep(c, request!, remain!, undefined),
  clock_nanosleep(c, clock, flags, request, remain) {
    const now = readClock(c, int(clock!));
    if (now === undefined) return -ERRNO.EINVAL;
    if (CLOCKS_WITHOUT_SLEEP.includes(int(clock!))) return -ERRNO.EOPNOTSUPP;
    return sleep(c, request!, remain!, (int(flags!) & TIMER_ABSTIME) !== 0 ? now : undefined);
  },
  times(c, buffer) {
    const ticks = (ns: number): bigint => BigInt(Math.floor(ns / 1e7));
    const p = c.task.process;
    const times = BigInt64Array.of(ticks(p.cpuNs()), 0n, ticks(p.childrenNs), 0n);
    const error = buffer === 0n ? 0 : copyOut(c, buffer!, new Uint8Array(times.buffer));
    return error === 0 ? ticks(c.monotonicNs()) : error;
  },
};

/** `base`: the clock's value now, when the request is a time on it and not a duration. */
function sleep(c: SyscallContext, request: bigint, remain: bigint, base: bigint | undefined): SyscallResult {
  const known = c.task.restart as { readonly deadline: number } | undefined;
  let deadline = known?.deadline;
  if (deadline === undefined) {
    const wanted = timespecAt(c, request);
    if (typeof wanted === "number") return wanted;
    deadline = c.monotonicNs() + Number(base === undefined ? wanted : wanted - base);
    c.task.restart = { deadline };
  }
  const left = deadline - c.monotonicNs();
  if (left <= 0) return 0;
  const tellRest = (): void => {
    if (remain !== 0n && base === undefined) copyOut(c, remain, pair(BigInt(left) / SECOND, BigInt(left) % SECOND));
  };
  return { kind: "block", queues: [], deadline, restartable: false, interrupted: tellRest };
}

export function readClock(c: SyscallContext, clock: number): bigint | undefined {
  switch (clock) {
    case CLOCK.REALTIME:
    case CLOCK.TAI:
    case CLOCK.REALTIME_COARSE:
      return c.realtimeNs();
    case CLOCK.MONOTONIC:
    case CLOCK.MONOTONIC_RAW:
    case CLOCK.MONOTONIC_COARSE:
    case CLOCK.BOOTTIME:
      return BigInt(c.monotonicNs());
    case CLOCK.PROCESS_CPUTIME_ID:
      return BigInt(c.task.process.cpuNs());
    case CLOCK.THREAD_CPUTIME_ID:
      return BigInt(c.task.usedNs);
    default:
      return clock < 0 ? readCpuClock(c, clock) : undefined;
  }
}

/** clock_getcpuclockid(3): `~pid << 3`, with 4 for a thread; every kind counts the same. */
function readCpuClock(c: SyscallContext, clock: number): bigint | undefined {
  const process = processOfClock(c, clock);
  if (process || (clock & 3) === 3) return process && BigInt(process.cpuNs());
  const task = (clock & 4) !== 0 ? c.task.machine.findTask(~(clock >> 3) || c.task.tid) : undefined;
  return task && BigInt(task.usedNs);
}

/** The process whose CPU time the clock counts. */
export function processOfClock(c: SyscallContext, clock: number): Process | undefined {
  if (clock === CLOCK.PROCESS_CPUTIME_ID) return c.task.process;
  if (clock >= 0 || (clock & 4) !== 0 || (clock & 3) === 3) return undefined;
  const pid = ~(clock >> 3);
  return pid === 0 ? c.task.process : c.task.machine.processes.get(pid);
}

export function pair(high: bigint, low: bigint): Uint8Array {
  return new Uint8Array(BigInt64Array.of(high, low).buffer);
}
