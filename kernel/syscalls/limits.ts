/** Handlers of the calls about resources: limits, usage, niceness. */
import { ERRNO } from "../../target/errno.ts";
import { SIG } from "../../target/signals.ts";
import { type Process, type ResourceLimit, RLIMIT } from "../process/process.ts";
import type { Task } from "../process/task.ts";
import { int, type SyscallContext, type SyscallTable } from "../syscall-context.ts";
import { type Timer, TimerQueue } from "../time/timer-queue.ts";
import { isSameOwner, mayHaveNice } from "./sched-permission.ts";
import { copyIn, copyOut, viewOf } from "./user.ts";

const MAX_NICE = 19;
const PRIO = { PROCESS: 0, PGRP: 1, USER: 2 } as const;
const RUSAGE = { SELF: 0, CHILDREN: -1, THREAD: 1 } as const;
const cpuLimitTimers = new WeakMap<Process, Timer>();

export const resources: SyscallTable = {
  prlimit64(c, pid, resource, newLimit, oldLimit) {
    const process = int(pid!) === 0 ? c.task.process : c.task.machine.processes.get(int(pid!));
    const number = int(resource!);
    const limit = process?.resourceLimits[number] ?? c.task.process.resourceLimits[number];
    if (!limit) return -ERRNO.EINVAL;
    let wanted: ResourceLimit | undefined;
    if (newLimit !== 0n) {
      const bytes = copyIn(c, newLimit!, 16);
      if (typeof bytes === "number") return bytes;
      wanted = { soft: viewOf(bytes).getBigUint64(0, true), hard: viewOf(bytes).getBigUint64(8, true) };
    }
    if (!process) return -ERRNO.ESRCH;
    if (process !== c.task.process && !mayControl(c, process)) return -ERRNO.EPERM;
    const old = new Uint8Array(BigUint64Array.of(limit.soft, limit.hard).buffer);
    if (wanted) {
      if (wanted.soft > wanted.hard) return -ERRNO.EINVAL;
      if (wanted.hard > limit.hard && c.task.euid !== 0) return -ERRNO.EPERM;
      process.resourceLimits[number] = wanted;
      if (number === RLIMIT.RLIMIT_CPU) limitCpu(process, wanted);
    }
    return oldLimit === 0n ? 0 : copyOut(c, oldLimit!, old);
  },
  getrlimit: (c, resource, limit) => resources.prlimit64!(c, 0n, resource!, 0n, limit!),
  setrlimit: (c, resource, limit) => resources.prlimit64!(c, 0n, resource!, limit!, 0n),

  getrusage(c, who, usage) {
    const { process } = c.task;
    switch (int(who!)) {
      case RUSAGE.SELF:
        return copyOut(c, usage!, usageOf(process.cpuNs()));
      case RUSAGE.CHILDREN:
        return copyOut(c, usage!, usageOf(process.childrenNs));
      case RUSAGE.THREAD:
        return copyOut(c, usage!, usageOf(c.task.usedNs));
      default:
        return -ERRNO.EINVAL;
    }
  },

  /** The raw call answers 20 - nice, so that no answer is negative. */
  getpriority(c, which, who) {
    const tasks = tasksOf(c, int(which!), int(who!));
    if (typeof tasks === "number") return tasks;
    return tasks.length === 0 ? -ERRNO.ESRCH : Math.max(...tasks.map((task) => 20 - task.scheduling.nice));
  },
  setpriority(c, which, who, value) {
    const tasks = tasksOf(c, int(which!), int(who!));
    if (typeof tasks === "number") return tasks;
    const nice = Math.max(-20, Math.min(MAX_NICE, int(value!)));
    let answer: number = -ERRNO.ESRCH;
    for (const task of tasks) {
      const isRoot = c.task.euid === 0;
      if (!isRoot && !isSameOwner(c.task, task)) answer = -ERRNO.EPERM;
      else if (!isRoot && nice < task.scheduling.nice && !mayHaveNice(task, nice)) answer = -ERRNO.EACCES;
      else {
        task.scheduling = { ...task.scheduling, nice };
        if (answer === -ERRNO.ESRCH) answer = 0;
      }
    }
    return answer;
  },
};

/** struct rusage: all time is user time. */
export function usageOf(ns: number): Uint8Array {
  const bytes = new Uint8Array(144);
  const view = viewOf(bytes);
  view.setBigInt64(0, BigInt(Math.floor(ns / 1e9)), true);
  view.setBigInt64(8, BigInt(Math.floor((ns % 1e9) / 1000)), true);
  return bytes;
}

/** RLIMIT_CPU: SIGXCPU at the soft limit and each second after it, SIGKILL at the hard one. */
function limitCpu(process: Process, { soft, hard }: ResourceLimit): void {
  process.cpuTimers ??= new TimerQueue();
  process.cpuTimers.cancel(cpuLimitTimers.get(process));
  const { signals } = process.leader.machine;
  const arm = (seconds: number): void => {
    const timer = process.cpuTimers!.add(seconds * 1e9, () => {
      const killed = BigInt(seconds) >= hard;
      signals.sendToProcess(process, signals.fromKernel(killed ? SIG.SIGKILL : SIG.SIGXCPU));
      if (!killed) arm(seconds + 1);
    });
    cpuLimitTimers.set(process, timer);
  };
  const first = soft < hard ? soft : hard;
  if (first < 1n << 32n) arm(Math.max(1, Number(first)));
}

function mayControl(c: SyscallContext, process: Process): boolean {
  const { uid, euid, suid, gid, egid, sgid } = process.credentials;
  const sameUser = [uid, euid, suid].every((id) => id === c.task.uid);
  return c.task.euid === 0 || (sameUser && [gid, egid, sgid].every((id) => id === c.task.gid));
}

function tasksOf(c: SyscallContext, which: number, who: number): readonly Task[] | number {
  const { machine } = c.task;
  switch (which) {
    case PRIO.PROCESS: {
      const task = who === 0 ? c.task : machine.findTask(who);
      return task ? [task] : [];
    }
    case PRIO.PGRP:
      return machine.groups.members(who || c.task.pgrp).flatMap((process) => process.threads);
    case PRIO.USER: {
      const uid = who || c.task.uid;
      return machine.tasks().filter((task) => task.uid === uid);
    }
    default:
      return -ERRNO.EINVAL;
  }
}
