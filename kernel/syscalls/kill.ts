/** Handlers of the calls that send signals. */
import { ERRNO } from "../../target/errno.ts";
import { NSIG, SIG } from "../../target/signals.ts";
import { PIDTYPE, type PidType } from "../points/signals.ts";
import { type Process, SIG_IGN } from "../process/process.ts";
import type { Task } from "../process/task.ts";
import { FIRST_REALTIME, type SignalInfo, signalBit } from "../signals/pending-signals.ts";
import { SI } from "../signals/signal.ts";
import { int, type SyscallContext, type SyscallTable } from "../syscall-context.ts";
import { copyIn, viewOf } from "./user.ts";

const SIGINFO_SIZE = 128;
const INT_MIN = -0x8000_0000;

export const kill: SyscallTable = {
  kill(c, rawPid, rawSignal) {
    const pid = int(rawPid!);
    const sig = int(rawSignal!);
    const { machine, process } = c.task;
    if (pid > 0) {
      const target = machine.processes.get(pid) ?? machine.findTask(pid)?.process;
      if (target) return send(c, [target], sig);
      if (pid !== machine.initPid) return -ERRNO.ESRCH;
      if (!isSignalOrNone(sig)) return -ERRNO.EINVAL;
      return c.task.euid === 0 ? 0 : -ERRNO.EPERM;
    }
    if (pid === INT_MIN) return -ERRNO.ESRCH;
    if (pid < -1 || pid === 0)
      return send(c, machine.groups.members(pid === 0 ? process.pgid : -pid), sig, PIDTYPE.PGID);
    const others = [...machine.processes.values()].filter((p) => p !== process);
    const answer = send(c, others, sig, PIDTYPE.PGID);
    // Of everybody nobody is asked for: that some, or all, may not be signalled is no error.
    return answer === -ERRNO.EPERM ? 0 : answer;
  },

  tkill: (c, tid, sig) => sendToThread(c, undefined, int(tid!), int(sig!), sentBy(c, int(sig!), SI.SI_TKILL)),
  tgkill(c, tgid, tid, sig) {
    if (int(tgid!) <= 0) return -ERRNO.EINVAL;
    return sendToThread(c, int(tgid!), int(tid!), int(sig!), sentBy(c, int(sig!), SI.SI_TKILL));
  },

  rt_sigqueueinfo(c, pid, sig, pointer) {
    const info = infoAt(c, pointer!, int(sig!));
    if (typeof info === "number") return info;
    if (looksLikeKernel(info) && int(pid!) !== c.task.pid) return -ERRNO.EPERM;
    const { machine } = c.task;
    const target = machine.processes.get(int(pid!)) ?? machine.findTask(int(pid!))?.process;
    if (!target) return -ERRNO.ESRCH;
    const error = permission(c, target, int(sig!));
    if (error !== 0 || int(sig!) === 0) return error;
    return queued(info, c.task.machine.signals.sendToProcess(target, info), target.leader);
  },
  rt_tgsigqueueinfo(c, tgid, tid, sig, pointer) {
    const info = infoAt(c, pointer!, int(sig!));
    if (typeof info === "number") return info;
    if (int(tgid!) <= 0 || int(tid!) <= 0) return -ERRNO.EINVAL;
    if (looksLikeKernel(info) && int(tid!) !== c.task.tid) return -ERRNO.EPERM;
    return sendToThread(c, int(tgid!), int(tid!), int(sig!), info);
  },
};

function send(c: SyscallContext, targets: readonly Process[], sig: number, type: PidType = PIDTYPE.TGID): number {
  let answer: number = -ERRNO.ESRCH;
  for (const target of targets) {
    const error = permission(c, target, sig);
    if (error === 0) {
      answer = 0;
      if (sig !== 0) c.task.machine.signals.sendToProcess(target, sentBy(c, sig, SI.SI_USER), type);
    } else if (answer !== 0) {
      answer = error;
    }
  }
  return answer;
}

function sendToThread(c: SyscallContext, tgid: number | undefined, tid: number, sig: number, info: SignalInfo): number {
  if (tid <= 0) return -ERRNO.EINVAL;
  const task = c.task.machine.findTask(tid);
  if (!task || (tgid !== undefined && task.pid !== tgid)) return -ERRNO.ESRCH;
  const error = permission(c, task.process, sig);
  if (error !== 0 || sig === 0) return error;
  return queued(info, c.task.machine.signals.sendToTask(task, info), task);
}

/** A real-time signal that did not find room is told to the sender; one that is ignored is not. */
function queued(info: SignalInfo, done: boolean, target: Task): number {
  const { signal } = info;
  if (done || signal < FIRST_REALTIME || info.code === SI.SI_USER || target.process.zombie) return 0;
  const ignored =
    target.process.handlers.get(signal).handler === SIG_IGN && (target.blocked & signalBit(signal)) === 0n;
  return ignored ? 0 : -ERRNO.EAGAIN;
}

function sentBy(c: SyscallContext, signal: number, code: number): SignalInfo {
  return { signal, code, pid: c.task.pid, uid: c.task.uid, status: 0, address: 0, value: 0n };
}

/** si_code of kill(2), tkill(2) and the kernel: a process cannot pretend to be another one. */
function looksLikeKernel(info: SignalInfo): boolean {
  return info.code >= 0 || info.code === SI.SI_TKILL;
}

/** siginfo_t: signo 0, errno 4, code 8, pid 16, uid 20, value 24. */
function infoAt(c: SyscallContext, pointer: bigint, signal: number): SignalInfo | number {
  const bytes = copyIn(c, pointer, SIGINFO_SIZE);
  if (typeof bytes === "number") return bytes;
  const view = viewOf(bytes);
  return {
    signal,
    code: view.getInt32(8, true),
    pid: view.getInt32(16, true),
    uid: view.getUint32(20, true),
    status: 0,
    address: 0,
    value: view.getBigUint64(24, true),
    raw: bytes.slice(),
  };
}

function isSignalOrNone(sig: number): boolean {
  return sig >= 0 && sig <= NSIG;
}

/** 0 when the caller may send it; SIGCONT may go to the whole session. */
function permission(c: SyscallContext, target: Process, sig: number): number {
  if (!isSignalOrNone(sig)) return -ERRNO.EINVAL;
  const { uid, suid } = target.credentials;
  if (c.task.euid === 0 || [c.task.uid, c.task.euid].some((id) => id === uid || id === suid)) return 0;
  return sig === SIG.SIGCONT && target.sid === c.task.sid ? 0 : -ERRNO.EPERM;
}
