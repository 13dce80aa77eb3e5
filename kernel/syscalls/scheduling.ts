/**
 * Handlers of the scheduler's calls. Policies and priorities are kept and told back; there is one CPU and one queue, so
 * they change nothing.
 */
import { ERRNO } from "../../target/errno.ts";
import { int, type SyscallContext, type SyscallTable } from "../syscall-context.ts";
import type { Task } from "../task.ts";
import { copyIn, copyOut, viewOf } from "./user.ts";

/** By policy: SCHED_OTHER, FIFO, RR, BATCH, (none), IDLE, DEADLINE. */
// biome-ignore format: table
const policies: readonly (readonly [lowest: number, highest: number] | undefined)[] = [
  [0, 0], [1, 99], [1, 99], [0, 0], undefined, [0, 0], [0, 0],
];
const SCHED_RESET_ON_FORK = 0x4000_0000;
const SCHED_RR = 2;
const SCHED_ATTR_SIZE = 48;
const MAX_ATTR_SIZE = 4096;
const CPU_MASK_SIZE = 8;

export const scheduling: SyscallTable = {
  sched_yield(c) {
    c.task.yields = true;
    return 0;
  },
  getcpu(c, cpu, node) {
    const zero = new Uint8Array(4);
    return (cpu === 0n ? 0 : copyOut(c, cpu!, zero)) || (node === 0n ? 0 : copyOut(c, node!, zero));
  },
  sched_getaffinity(c, pid, length, mask) {
    if (length! < BigInt(CPU_MASK_SIZE) || length! % 8n !== 0n) return -ERRNO.EINVAL;
    if (!find(c, int(pid!))) return -ERRNO.ESRCH;
    return copyOut(c, mask!, Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0)) || CPU_MASK_SIZE;
  },
  sched_setaffinity(c, pid, length, mask) {
    const bytes = copyIn(c, mask!, Math.min(Number(BigInt.asUintN(32, length!)), CPU_MASK_SIZE));
    if (typeof bytes === "number") return bytes;
    if (!find(c, int(pid!))) return -ERRNO.ESRCH;
    return ((bytes[0] ?? 0) & 1) !== 0 ? 0 : -ERRNO.EINVAL;
  },
  sched_getscheduler(c, pid) {
    if (int(pid!) < 0) return -ERRNO.EINVAL;
    return find(c, int(pid!))?.scheduling.policy ?? -ERRNO.ESRCH;
  },
  sched_getparam(c, pid, param) {
    if (int(pid!) < 0 || param === 0n) return -ERRNO.EINVAL;
    const task = find(c, int(pid!));
    return task ? copyOut(c, param!, new Uint8Array(Int32Array.of(task.scheduling.priority).buffer)) : -ERRNO.ESRCH;
  },
  sched_setscheduler: (c, pid, policy, param) =>
    int(policy!) < 0 ? -ERRNO.EINVAL : setScheduler(c, int(pid!), int(policy!), param!),
  sched_setparam: (c, pid, param) => setScheduler(c, int(pid!), undefined, param!),
  /** struct sched_attr: size, policy, flags, nice, priority; what deadlines need is 0. */
  sched_getattr(c, pid, attributes, rawSize, flags) {
    const size = Number(BigInt.asUintN(32, rawSize!));
    if (int(pid!) < 0 || attributes === 0n || size < SCHED_ATTR_SIZE || size > MAX_ATTR_SIZE || flags !== 0n)
      return -ERRNO.EINVAL;
    const task = find(c, int(pid!));
    if (!task) return -ERRNO.ESRCH;
    const { nice, policy, priority } = task.scheduling;
    const bytes = new Uint8Array(SCHED_ATTR_SIZE);
    const view = viewOf(bytes);
    view.setUint32(0, SCHED_ATTR_SIZE, true);
    view.setUint32(4, policy, true);
    view.setInt32(16, nice, true);
    view.setUint32(20, priority, true);
    return copyOut(c, attributes!, bytes);
  },
  sched_setattr(c, pid, attributes, flags) {
    if (int(pid!) < 0 || attributes === 0n || flags !== 0n) return -ERRNO.EINVAL;
    const bytes = copyIn(c, attributes!, SCHED_ATTR_SIZE);
    if (typeof bytes === "number") return bytes;
    const view = viewOf(bytes);
    const size = view.getUint32(0, true);
    if (size !== 0 && (size < SCHED_ATTR_SIZE || size > MAX_ATTR_SIZE)) return -ERRNO.E2BIG;
    const [nice, priority] = [view.getInt32(16, true), view.getUint32(20, true)];
    const error = change(c, int(pid!), view.getInt32(4, true), priority);
    if (error !== 0) return error;
    const task = find(c, int(pid!))!;
    if (nice < task.scheduling.nice && c.task.euid !== 0) return -ERRNO.EPERM;
    task.scheduling = { ...task.scheduling, nice: Math.max(-20, Math.min(19, nice)) };
    return 0;
  },
  sched_get_priority_max: (_c, policy) => policies[int(policy!)]?.[1] ?? -ERRNO.EINVAL,
  sched_get_priority_min: (_c, policy) => policies[int(policy!)]?.[0] ?? -ERRNO.EINVAL,
  sched_rr_get_interval(c, pid, interval) {
    if (int(pid!) < 0) return -ERRNO.EINVAL;
    const task = find(c, int(pid!));
    if (!task) return -ERRNO.ESRCH;
    const ns = task.scheduling.policy === SCHED_RR ? 100_000_000n : 0n;
    return copyOut(c, interval!, new Uint8Array(BigInt64Array.of(0n, ns).buffer));
  },
};

function setScheduler(c: SyscallContext, pid: number, policy: number | undefined, param: bigint): number {
  if (pid < 0 || param === 0n) return -ERRNO.EINVAL;
  const bytes = copyIn(c, param, 4);
  return typeof bytes === "number" ? bytes : change(c, pid, policy, viewOf(bytes).getInt32(0, true));
}

function change(c: SyscallContext, pid: number, policy: number | undefined, priority: number): number {
  const task = find(c, pid);
  if (!task) return -ERRNO.ESRCH;
  const wanted = (policy ?? task.scheduling.policy) & ~SCHED_RESET_ON_FORK;
  const range = policies[wanted];
  if (!range || wanted === 6 || priority < range[0] || priority > range[1]) return -ERRNO.EINVAL;
  if (c.task.euid !== 0 && (priority > 0 || ![task.uid, task.euid].includes(c.task.euid))) return -ERRNO.EPERM;
  task.scheduling = { ...task.scheduling, policy: wanted, priority };
  return 0;
}

function find(c: SyscallContext, pid: number): Task | undefined {
  return pid === 0 ? c.task : c.task.machine.findTask(pid);
}
