/**
 * Handlers of the scheduler's calls: policies, priorities, affinity, and which CPU it is.
 *
 * What they set is what `kernel/scheduling/schedule.ts` and `kernel/scheduling/cpus.ts` go by. Who may set what is in
 * `sched-permission.ts`. There are no deadlines: SCHED_DEADLINE is EINVAL.
 */
import { ERRNO } from "../../target/errno.ts";
import { PAGE_SIZE } from "../memory/frames.ts";
import type { Task } from "../process/task.ts";
import { rankOf, SCHED, type Scheduling, wholeSlice } from "../scheduling/schedule.ts";
import { int, type SyscallContext, type SyscallTable } from "../syscall-context.ts";
import { isSameOwner, maySet } from "./sched-permission.ts";
import { copyIn, copyOut, viewOf } from "./user.ts";

/** By policy: SCHED_OTHER, FIFO, RR, BATCH, (none), IDLE, DEADLINE. */
// biome-ignore format: table
const policies: readonly (readonly [lowest: number, highest: number] | undefined)[] = [
  [0, 0], [1, 99], [1, 99], [0, 0], undefined, [0, 0], [0, 0],
];
const SCHED_RESET_ON_FORK = 0x4000_0000;
// biome-ignore format: table
const FLAG = {
  RESET_ON_FORK: 1, RECLAIM: 2, DL_OVERRUN: 4, KEEP_POLICY: 8, KEEP_PARAMS: 16, UTIL_CLAMP_MIN: 32, UTIL_CLAMP_MAX: 64,
} as const;
const UTIL_CLAMP = FLAG.UTIL_CLAMP_MIN | FLAG.UTIL_CLAMP_MAX;
const FLAGS = Object.values(FLAG).reduce((all, bit) => all | bit, 0);
/** struct sched_attr, as it began and as it is now. */
const FIRST_ATTR_SIZE = 48;
const ATTR_SIZE = 56;
const CPU_MASK_SIZE = 8;

interface Wanted {
  /** The one that it has, when absent. */
  readonly policy?: number;
  readonly priority: number;
  readonly nice?: number;
  readonly resetOnFork?: boolean;
  /** What is wanted must be allowed, and only `resetOnFork` is done: without new parameters no policy changes. */
  readonly keepsParameters?: boolean;
}

export const scheduling: SyscallTable = {
  sched_yield(c) {
    c.task.yields = true;
    return 0;
  },
  getcpu(c, cpu, node) {
    const number = new Uint8Array(Uint32Array.of(c.task.cpu).buffer);
    return (cpu === 0n ? 0 : copyOut(c, cpu!, number)) || (node === 0n ? 0 : copyOut(c, node!, new Uint8Array(4)));
  },
  sched_getaffinity(c, pid, length, mask) {
    if (length! < BigInt(CPU_MASK_SIZE) || length! % 8n !== 0n) return -ERRNO.EINVAL;
    const task = find(c, pid!);
    if (!task) return -ERRNO.ESRCH;
    const bits = task.scheduling.affinity ?? task.machine.scheduler.cpus.mask;
    return copyOut(c, mask!, new Uint8Array(Uint32Array.of(bits, 0).buffer)) || CPU_MASK_SIZE;
  },
  sched_setaffinity(c, pid, length, mask) {
    const bytes = copyIn(c, mask!, Math.min(Number(BigInt.asUintN(32, length!)), CPU_MASK_SIZE));
    if (typeof bytes === "number") return bytes;
    const task = find(c, pid!);
    if (!task) return -ERRNO.ESRCH;
    if (c.task.euid !== 0 && !isSameOwner(c.task, task)) return -ERRNO.EPERM;
    const { cpus } = task.machine.scheduler;
    const affinity = bytes.slice(0, 4).reduceRight((bits, byte) => bits * 256 + byte, 0);
    // The bitwise result is signed.
    const usable = (affinity & cpus.mask) >>> 0;
    if (usable === 0) return -ERRNO.EINVAL;
    cpus.change(task, { ...task.scheduling, affinity: usable });
    return 0;
  },
  sched_getscheduler(c, pid) {
    if (int(pid!) < 0) return -ERRNO.EINVAL;
    const task = find(c, pid!);
    if (!task) return -ERRNO.ESRCH;
    return task.scheduling.policy | (task.scheduling.resetOnFork ? SCHED_RESET_ON_FORK : 0);
  },
  sched_getparam(c, pid, param) {
    if (int(pid!) < 0 || param === 0n) return -ERRNO.EINVAL;
    const task = find(c, pid!);
    return task ? copyOut(c, param!, new Uint8Array(Int32Array.of(task.scheduling.priority).buffer)) : -ERRNO.ESRCH;
  },
  sched_setscheduler(c, pid, rawPolicy, param) {
    const policy = int(rawPolicy!);
    if (policy < 0) return -ERRNO.EINVAL;
    const resetOnFork = (policy & SCHED_RESET_ON_FORK) !== 0;
    return setScheduler(c, pid!, param!, { policy: policy & ~SCHED_RESET_ON_FORK, resetOnFork });
  },
  sched_setparam: (c, pid, param) => setScheduler(c, pid!, param!, {}),

  /** size, policy, flags, nice, priority; what deadlines and clamps of utilisation need is 0. */
  sched_getattr(c, pid, attributes, rawSize, flags) {
    const size = Number(BigInt.asUintN(32, rawSize!));
    if (int(pid!) < 0 || attributes === 0n || size < FIRST_ATTR_SIZE || size > PAGE_SIZE || int(flags!) !== 0)
      return -ERRNO.EINVAL;
    const task = find(c, pid!);
    if (!task) return -ERRNO.ESRCH;
    const { nice, policy, priority, resetOnFork } = task.scheduling;
    const bytes = new Uint8Array(Math.min(size, ATTR_SIZE));
    const view = viewOf(bytes);
    view.setUint32(0, bytes.length, true);
    view.setUint32(4, policy, true);
    view.setUint32(8, resetOnFork ? FLAG.RESET_ON_FORK : 0, true);
    if (rankOf(task.scheduling) === 0) view.setInt32(16, nice, true);
    view.setUint32(20, priority, true);
    return copyOut(c, attributes!, bytes);
  },
  sched_setattr(c, pid, attributes, flags) {
    if (int(pid!) < 0 || attributes === 0n || int(flags!) !== 0) return -ERRNO.EINVAL;
    const bytes = readAttributes(c, attributes!);
    if (typeof bytes === "number") return bytes;
    const view = viewOf(bytes);
    const asked = Number(view.getBigUint64(8, true));
    if ((asked & UTIL_CLAMP) !== 0 && view.getUint32(0, true) < ATTR_SIZE) return -ERRNO.EINVAL;
    if (view.getInt32(4, true) < 0) return -ERRNO.EINVAL;
    const task = find(c, pid!);
    if (!task) return -ERRNO.ESRCH;
    if (asked > FLAGS) return -ERRNO.EINVAL;
    if ((asked & UTIL_CLAMP) !== 0) return -ERRNO.EOPNOTSUPP;
    const keepsPolicy = (asked & FLAG.KEEP_POLICY) !== 0;
    const keepsParameters = (asked & FLAG.KEEP_PARAMS) !== 0;
    const { priority, nice } = task.scheduling;
    return change(c, task, {
      ...(!keepsPolicy && { policy: view.getInt32(4, true), resetOnFork: (asked & FLAG.RESET_ON_FORK) !== 0 }),
      priority: keepsParameters ? priority : view.getUint32(20, true),
      nice: keepsParameters ? nice : Math.max(-20, Math.min(19, view.getInt32(16, true))),
      keepsParameters,
    });
  },
  sched_get_priority_max: (_c, policy) => policies[int(policy!)]?.[1] ?? -ERRNO.EINVAL,
  sched_get_priority_min: (_c, policy) => policies[int(policy!)]?.[0] ?? -ERRNO.EINVAL,

  /** The slice that the task gets when nothing is left to chance; 0 where there is no end to it. */
  sched_rr_get_interval(c, pid, interval) {
    if (int(pid!) < 0) return -ERRNO.EINVAL;
    const task = find(c, pid!);
    if (!task) return -ERRNO.ESRCH;
    const slice = wholeSlice(task.scheduling, task.machine.scheduler.schedule.quantum);
    const ns = slice === Number.POSITIVE_INFINITY ? 0 : slice;
    return copyOut(c, interval!, new Uint8Array(BigInt64Array.of(0n, BigInt(ns)).buffer));
  },
};

function setScheduler(c: SyscallContext, pid: bigint, param: bigint, wanted: Omit<Wanted, "priority">): number {
  if (int(pid) < 0 || param === 0n) return -ERRNO.EINVAL;
  const bytes = copyIn(c, param, 4);
  if (typeof bytes === "number") return bytes;
  const task = find(c, pid);
  return task ? change(c, task, { ...wanted, priority: viewOf(bytes).getInt32(0, true) }) : -ERRNO.ESRCH;
}

function change(c: SyscallContext, task: Task, wanted: Wanted): number {
  const old = task.scheduling;
  const { policy = old.policy, priority, nice = old.nice, resetOnFork = old.resetOnFork } = wanted;
  const range = policy === SCHED.DEADLINE ? undefined : policies[policy];
  if (!range || priority < range[0] || priority > range[1]) return -ERRNO.EINVAL;
  const isFair = range[1] === 0;
  const next: Scheduling = { ...old, policy, priority, nice: isFair ? nice : old.nice, resetOnFork };
  if (c.task.euid !== 0 && !maySet(c.task, task, next)) return -ERRNO.EPERM;
  task.machine.scheduler.cpus.change(task, wanted.keepsParameters ? { ...old, resetOnFork } : next);
  return 0;
}

/** struct sched_attr of the size that it says; one that this kernel does not know must be 0 where it does not. */
function readAttributes(c: SyscallContext, pointer: bigint): Uint8Array | number {
  const head = copyIn(c, pointer, 4);
  if (typeof head === "number") return head;
  const size = viewOf(head).getUint32(0, true) || FIRST_ATTR_SIZE;
  const bytes = size < FIRST_ATTR_SIZE || size > PAGE_SIZE ? undefined : copyIn(c, pointer, size);
  if (typeof bytes === "number") return bytes;
  if (!bytes || bytes.slice(ATTR_SIZE).some((byte) => byte !== 0)) {
    return copyOut(c, pointer, new Uint8Array(Uint32Array.of(ATTR_SIZE).buffer)) || -ERRNO.E2BIG;
  }
  return bytes;
}

function find(c: SyscallContext, pid: bigint): Task | undefined {
  return int(pid) === 0 ? c.task : c.task.machine.findTask(int(pid));
}
