/**
 * Handlers of the calls about processes: clone, execve, exit, wait, limits, names of the system.
 */
import { toBytes } from "../../base/bytestring.ts";
import { limits } from "../../base/limits.ts";
import { ERRNO } from "../../target/errno.ts";
import { execve } from "../exec.ts";
import { exitGroup, exitTask, reap } from "../exit.ts";
import { CLONE, clone } from "../fork.ts";
import { FUTEX_BITSET_MATCH_ANY, type FutexWait, wakeFutex } from "../futex.ts";
import { address, int, type SyscallContext, type SyscallTable } from "../syscall-context.ts";
import type { Task } from "../task.ts";
import { findChild, isStopped, WAIT } from "../wait.ts";
import { copyIn, copyOut, pathAt, timespecAt, viewOf } from "./user.ts";

const FUTEX = { WAIT: 0, WAKE: 1, WAIT_BITSET: 9, WAKE_BITSET: 10, CMD_MASK: 0x7f, CLOCK_REALTIME: 256 } as const;
const PR = { PR_SET_NAME: 15, PR_GET_NAME: 16 } as const;

export const process: SyscallTable = {
  clone(c, flags, stack, parentTid, tls, childTid) {
    const waiting = c.task.restart as Task | undefined;
    let child = waiting;
    if (!child) {
      const made = clone(c.task, {
        flags: int(flags!),
        stack: address(stack!),
        parentTid: address(parentTid!),
        tls: tls!,
        childTid: address(childTid!),
      });
      if (typeof made === "number") return made;
      child = made;
    }
    if ((int(flags!) & CLONE.CLONE_VFORK) === 0 || !child.process.borrowsMemory) return child.tid;
    c.task.restart = child;
    return { kind: "block", queues: [child.process.memoryReturned], restartable: true, uninterruptible: true };
  },

  execve(c, pathname, argv, envp) {
    const path = pathAt(c, pathname!);
    if (typeof path === "number") return path;
    const words = stringsAt(c, argv!);
    if (typeof words === "number") return words;
    const environment = stringsAt(c, envp!);
    if (typeof environment === "number") return environment;
    const error = execve(c.task, path, words, environment);
    return error === 0 ? "gone" : error;
  },

  exit(c, status) {
    exitTask(c.task, (int(status!) & 0xff) << 8);
    return "gone";
  },

  exit_group(c, status) {
    exitGroup(c.task, (int(status!) & 0xff) << 8);
    return "gone";
  },

  wait4(c, pid, wstatus, options, rusage) {
    const parent = c.task.process;
    const found = findChild(parent, int(pid!), int(options!) | WAIT.WEXITED);
    if (typeof found === "number") return found;
    if (!found) {
      if ((int(options!) & WAIT.WNOHANG) !== 0) return 0;
      return { kind: "block", queues: [parent.childChanged], restartable: true };
    }
    const { child, status } = found;
    if (wstatus !== 0n && copyOut(c, wstatus!, new Uint8Array(Int32Array.of(status).buffer)) !== 0) {
      return -ERRNO.EFAULT;
    }
    if (rusage !== 0n && copyOut(c, rusage!, usageOf(child.cpuNs() + child.childrenNs)) !== 0) return -ERRNO.EFAULT;
    if (isStopped(status)) child.unreportedStop = false;
    else if (status === 0xffff) child.unreportedContinue = false;
    else reap(child);
    return child.pid;
  },

  getpid: (c) => c.task.pid,
  getppid: (c) => c.task.ppid,
  gettid: (c) => c.task.tid,
  getsid(c, pid) {
    const p = findProcess(c, int(pid!));
    return p ? p.sid : -ERRNO.ESRCH;
  },
  getpgid(c, pid) {
    const p = findProcess(c, int(pid!));
    return p ? p.pgid : -ERRNO.ESRCH;
  },
  setpgid(c, pid, pgid) {
    const p = findProcess(c, int(pid!));
    if (!p || (p !== c.task.process && p.parent !== c.task.process)) return -ERRNO.ESRCH;
    if (int(pgid!) < 0) return -ERRNO.EINVAL;
    if (p.sid === p.pid || p.sid !== c.task.process.sid) return -ERRNO.EPERM;
    p.pgid = int(pgid!) || p.pid;
    return 0;
  },
  setsid(c) {
    const p = c.task.process;
    if (p.pgid === p.pid) return -ERRNO.EPERM;
    p.sid = p.pgid = p.pid;
    return p.pid;
  },

  set_tid_address(c, pointer) {
    c.task.clearChildTid = address(pointer!);
    return c.task.tid;
  },
  set_robust_list: () => 0,
  sched_yield: () => 0,
  sched_getaffinity(c, _pid, length, mask) {
    if (length! < 8n) return -ERRNO.EINVAL;
    return copyOut(c, mask!, Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0)) || 8;
  },

  futex(c, pointer, op, value, timeout, _pointer2, value3) {
    const command = int(op!) & FUTEX.CMD_MASK;
    const bitset = command === FUTEX.WAIT_BITSET || command === FUTEX.WAKE_BITSET;
    const bits = bitset ? Number(BigInt.asUintN(32, value3!)) : FUTEX_BITSET_MATCH_ANY;
    const { task } = c;
    const at = address(pointer!);
    if (command === FUTEX.WAKE || command === FUTEX.WAKE_BITSET) {
      return wakeFutex(task.machine, c.mm, at, int(value!), bits);
    }
    if (command !== FUTEX.WAIT && command !== FUTEX.WAIT_BITSET) return -ERRNO.ENOSYS;
    const waited = task.restart as (FutexWait & { readonly deadline: number }) | undefined;
    if (waited?.woken) return 0;
    if (waited && c.monotonicNs() >= waited.deadline) return -ERRNO.ETIMEDOUT;
    let deadline = waited?.deadline ?? Number.POSITIVE_INFINITY;
    if (!waited) {
      const word = copyIn(c, pointer!, 4);
      if (typeof word === "number") return word;
      if (viewOf(word).getInt32(0, true) !== int(value!)) return -ERRNO.EAGAIN;
      if (timeout !== 0n) {
        const time = timespecAt(c, timeout!);
        if (typeof time === "number") return time;
        const offset = (int(op!) & FUTEX.CLOCK_REALTIME) !== 0 ? c.realtimeNs() - BigInt(c.monotonicNs()) : 0n;
        deadline = command === FUTEX.WAIT ? c.monotonicNs() + Number(time) : Number(time - offset);
      }
      task.restart = { kind: "futex", bits, woken: false, deadline };
    }
    return { kind: "block", queues: [task.machine.futexes.get(c.mm, at)], deadline, restartable: true };
  },

  prctl(c, option, argument) {
    if (int(option!) === PR.PR_SET_NAME) {
      const name = c.mm.readCString(address(argument!), 15);
      if (typeof name !== "string") return -ERRNO.EFAULT;
      c.task.execname = name;
      return 0;
    }
    if (int(option!) !== PR.PR_GET_NAME) return -ERRNO.EINVAL;
    return copyOut(c, argument!, toBytes(c.task.execname.padEnd(16, "\0")));
  },

  prlimit64(c, pid, resource, newLimit, oldLimit) {
    const p = findProcess(c, int(pid!));
    const limit = p?.resourceLimits[int(resource!)];
    if (!p) return -ERRNO.ESRCH;
    if (!limit) return -ERRNO.EINVAL;
    const old = new Uint8Array(BigUint64Array.of(limit.soft, limit.hard).buffer);
    if (newLimit !== 0n) {
      const bytes = copyIn(c, newLimit!, 16);
      if (typeof bytes === "number") return bytes;
      const soft = viewOf(bytes).getBigUint64(0, true);
      const hard = viewOf(bytes).getBigUint64(8, true);
      if (soft > hard) return -ERRNO.EINVAL;
      if (hard > limit.hard) return -ERRNO.EPERM;
      limit.soft = soft;
      limit.hard = hard;
    }
    return oldLimit === 0n ? 0 : copyOut(c, oldLimit!, old);
  },
  getrlimit: (c, resource, limit) => process.prlimit64!(c, 0n, resource!, 0n, limit!),
  setrlimit: (c, resource, limit) => process.prlimit64!(c, 0n, resource!, limit!, 0n),

  getrusage(c, who, usage) {
    const p = c.task.process;
    return copyOut(c, usage!, usageOf(int(who!) === -1 ? p.childrenNs : p.cpuNs()));
  },
  uname(c, buffer) {
    const fields = ["Linux", "utap", "6.6.0", "#1 SMP", "riscv64", "(none)"];
    return copyOut(c, buffer!, toBytes(fields.map((field) => field.padEnd(65, "\0")).join("")));
  },
  getrandom(c, buffer, count) {
    const length = Number(BigInt.asUintN(20, count!));
    const written = copyOut(c, buffer!, c.task.machine.random.bytes(length));
    return written === 0 ? length : written;
  },
};

/** A NULL-terminated array of strings; NULL itself is the empty one. */
function stringsAt(c: SyscallContext, pointer: bigint): string[] | number {
  const strings: string[] = [];
  if (pointer === 0n) return strings;
  for (let bytes = 0; ; ) {
    const word = copyIn(c, pointer + BigInt(8 * strings.length), 8);
    if (typeof word === "number") return word;
    const at = viewOf(word).getBigUint64(0, true);
    if (at === 0n) return strings;
    const text = c.mm.readCString(address(at), limits.maxArgBytes);
    if (typeof text !== "string") return -ERRNO.EFAULT;
    bytes += text.length + 9;
    if (bytes > limits.maxArgBytes) return -ERRNO.E2BIG;
    strings.push(text);
  }
}

function findProcess(c: SyscallContext, pid: number): Task["process"] | undefined {
  return pid === 0 ? c.task.process : c.task.machine.processes.get(pid);
}

/** struct rusage: all time is user time. */
function usageOf(ns: number): Uint8Array {
  const bytes = new Uint8Array(144);
  const view = viewOf(bytes);
  view.setBigInt64(0, BigInt(Math.floor(ns / 1e9)), true);
  view.setBigInt64(8, BigInt(Math.floor((ns % 1e9) / 1000)), true);
  return bytes;
}
