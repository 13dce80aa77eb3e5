/** Handlers of wait4 and waitid; what they look for is in `kernel/process/wait.ts`. */
import { ERRNO } from "../../target/errno.ts";
import { SIG } from "../../target/signals.ts";
import { failed } from "../files/inode.ts";
import { tellWait } from "../points/tasks.ts";
import { CORE_DUMPED } from "../process/core-dump.ts";
import { reap } from "../process/exit.ts";
import { type ChildChange, findChild, WAIT, type WhichChild } from "../process/wait.ts";
import type { SignalInfo } from "../signals/pending-signals.ts";
import { CLD, childInfo } from "../signals/signal.ts";
import { encodeSignalInfo } from "../signals/signal-frame.ts";
import { int, type SyscallContext, type SyscallResult, type SyscallTable } from "../syscall-context.ts";
import { usageOf } from "./limits.ts";
import { processOf } from "./pidfd.ts";
import { copyOut } from "./user.ts";

const CLONE_OPTIONS = WAIT.__WNOTHREAD | WAIT.__WCLONE | WAIT.__WALL;
const WAIT4_OPTIONS = WAIT.WNOHANG | WAIT.WUNTRACED | WAIT.WCONTINUED | CLONE_OPTIONS;
const WAITID_CHANGES = WAIT.WEXITED | WAIT.WUNTRACED | WAIT.WCONTINUED;
const WAITID_OPTIONS = WAIT.WNOHANG | WAIT.WNOWAIT | WAITID_CHANGES | CLONE_OPTIONS;
const P = { P_ALL: 0, P_PID: 1, P_PGID: 2, P_PIDFD: 3 } as const;
const INT_MIN = -0x8000_0000;
const SIGINFO_SIZE = 128;

export const wait: SyscallTable = {
  wait4(c, pid, wstatus, rawOptions, rusage) {
    const options = int(rawOptions!);
    const which = int(pid!);
    if ((options & ~WAIT4_OPTIONS) !== 0) return -ERRNO.EINVAL;
    if (which === INT_MIN) return -ERRNO.ESRCH;
    const found = awaitChild(c, childOfWait4(c, which), options | WAIT.WEXITED);
    if (typeof found !== "object") return found;
    if ("queues" in found) return found;
    const { child, status } = found;
    const { pid: childPid } = child;
    const usage = usageOf(child.cpuNs() + child.childrenNs);
    settle(found);
    if (rusage !== 0n && copyOut(c, rusage!, usage) !== 0) return -ERRNO.EFAULT;
    const word = new Uint8Array(Int32Array.of(status).buffer);
    return wstatus !== 0n && copyOut(c, wstatus!, word) !== 0 ? -ERRNO.EFAULT : childPid;
  },

  waitid(c, type, id, infop, rawOptions, rusage) {
    const options = int(rawOptions!);
    if ((options & ~WAITID_OPTIONS) !== 0 || (options & WAITID_CHANGES) === 0) return -ERRNO.EINVAL;
    const which = childOfWaitid(c, int(type!), int(id!));
    if (typeof which === "number") return which;
    const found = awaitChild(c, which, options);
    if (typeof found === "object" && "queues" in found) return found;
    if (typeof found === "number" && found < 0) return found;
    if (typeof found === "object" && rusage !== 0n) {
      const error = copyOut(c, rusage!, usageOf(found.child.cpuNs() + found.child.childrenNs));
      if (error !== 0) return error;
    }
    const bytes = typeof found === "object" ? encodeSignalInfo(describe(found)) : new Uint8Array(SIGINFO_SIZE);
    if (typeof found === "object" && (options & WAIT.WNOWAIT) === 0) settle(found);
    return infop === 0n ? 0 : copyOut(c, infop!, bytes);
  },
};

/** What changed, 0 for nothing under WNOHANG, -errno, or a wait. */
function awaitChild(
  c: SyscallContext,
  which: WhichChild,
  options: number,
): ChildChange | Exclude<SyscallResult, "gone" | bigint> {
  const parent = c.task.process;
  if (c.task.machine.points.events.sched_process_wait.watched) tellWait(c.task, idOf(c, which));
  const found = findChild(parent, which, options);
  if (found !== undefined) return found;
  if ((options & WAIT.WNOHANG) !== 0) return 0;
  return { kind: "block", queues: [parent.childChanged], restartable: true };
}

/** What a trace event has for it. */
function idOf(c: SyscallContext, which: WhichChild): number {
  if (which === "any") return 0;
  const { machine } = c.task;
  if ("pid" in which) return machine.findTask(which.pid) ? which.pid : 0;
  return machine.groups.inUse(which.group) ? which.group : 0;
}

function settle({ child, kind }: ChildChange): void {
  if (kind === "ended") {
    reap(child);
    return;
  }
  if (kind === "stopped") child.unreportedStop = false;
  else child.unreportedContinue = false;
  child.parent?.children.update(child);
}

function childOfWait4(c: SyscallContext, pid: number): WhichChild {
  if (pid === -1) return "any";
  return pid > 0 ? { pid } : { group: pid === 0 ? c.task.pgrp : -pid };
}

function childOfWaitid(c: SyscallContext, type: number, id: number): WhichChild | number {
  switch (type) {
    case P.P_ALL:
      return "any";
    case P.P_PID:
      return id > 0 ? { pid: id } : -ERRNO.EINVAL;
    case P.P_PGID:
      return id >= 0 ? { group: id || c.task.pgrp } : -ERRNO.EINVAL;
    case P.P_PIDFD: {
      if (id < 0) return -ERRNO.EINVAL;
      const process = processOf(c, BigInt(id));
      return failed(process) ? process : { pid: process.pid };
    }
    default:
      return -ERRNO.EINVAL;
  }
}

function describe({ child, status, kind }: ChildChange): SignalInfo {
  const signal = SIG.SIGCHLD;
  if (kind === "stopped") return { signal, ...childInfo(child, CLD.STOPPED, child.stopSignal) };
  if (kind === "continued") return { signal, ...childInfo(child, CLD.CONTINUED, SIG.SIGCONT) };
  const deadly = status & 0x7f;
  if (deadly === 0) return { signal, ...childInfo(child, CLD.EXITED, status >> 8) };
  return { signal, ...childInfo(child, (status & CORE_DUMPED) !== 0 ? CLD.DUMPED : CLD.KILLED, deadly) };
}
