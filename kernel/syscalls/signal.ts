/** Handlers of the calls about signals; the work is done in `kernel/signal.ts`. */
import { ERRNO } from "../../target/errno.ts";
import { NSIG, SIG } from "../../target/signals.ts";
import { exitGroup } from "../exit.ts";
import { UNBLOCKABLE } from "../pending-signals.ts";
import type { Process } from "../process.ts";
import { SI } from "../signal.ts";
import { encodeStack, onAlternateStack, popSignalFrame } from "../signal-frame.ts";
import { address, int, type SyscallContext, type SyscallTable } from "../syscall-context.ts";
import { SS_DISABLE } from "../task.ts";
import { copyIn, copyOut, viewOf } from "./user.ts";

const MINSIGSTKSZ = 2048;

export const signal: SyscallTable = {
  /** struct sigaction: handler, flags, mask; 24 bytes. */
  rt_sigaction(c, sig, act, oldact, size) {
    const number = int(sig!);
    if (size !== 8n || !isSignal(number)) return -ERRNO.EINVAL;
    const { handlers } = c.task.process;
    const old = handlers.get(number);
    if (act !== 0n) {
      if (number === SIG.SIGKILL || number === SIG.SIGSTOP) return -ERRNO.EINVAL;
      const bytes = copyIn(c, act!, 24);
      if (typeof bytes === "number") return bytes;
      const view = viewOf(bytes);
      handlers.set(number, {
        handler: address(view.getBigUint64(0, true)),
        flags: Number(BigInt.asUintN(32, view.getBigUint64(8, true))),
        mask: view.getBigUint64(16, true) & ~UNBLOCKABLE,
      });
    }
    if (oldact === 0n) return 0;
    return copyOut(c, oldact!, words(BigInt(old.handler), BigInt(old.flags), old.mask));
  },

  rt_sigprocmask(c, how, set, oldset, size) {
    if (size !== 8n) return -ERRNO.EINVAL;
    const { task } = c;
    const old = task.blocked;
    if (set !== 0n) {
      const mask = maskAt(c, set!);
      if (typeof mask === "number") return mask;
      if (int(how!) === 0) task.blocked |= mask;
      else if (int(how!) === 1) task.blocked &= ~mask;
      else if (int(how!) === 2) task.blocked = mask;
      else return -ERRNO.EINVAL;
      task.blocked &= ~UNBLOCKABLE;
    }
    return oldset === 0n ? 0 : copyOut(c, oldset!, words(old));
  },

  rt_sigpending(c, set) {
    return copyOut(c, set!, words((c.task.pending.mask | c.task.process.pending.mask) & c.task.blocked));
  },

  rt_sigsuspend(c, set, size) {
    const { task } = c;
    if (size !== 8n) return -ERRNO.EINVAL;
    if (task.savedMask === undefined) {
      const mask = maskAt(c, set!);
      if (typeof mask === "number") return mask;
      task.savedMask = task.blocked;
      task.blocked = mask & ~UNBLOCKABLE;
    }
    return { kind: "block", queues: [], restartable: false };
  },

  rt_sigreturn(c) {
    if (!popSignalFrame(c.task)) exitGroup(c.task, SIG.SIGSEGV!);
    return "gone";
  },

  sigaltstack(c, ss, old) {
    const { task } = c;
    const before = new Uint8Array(24);
    encodeStack(viewOf(before), 0, task);
    if (ss !== 0n) {
      const bytes = copyIn(c, ss!, 24);
      if (typeof bytes === "number") return bytes;
      if (onAlternateStack(task)) return -ERRNO.EPERM;
      const view = viewOf(bytes);
      const flags = view.getInt32(8, true);
      const size = address(view.getBigUint64(16, true));
      if ((flags & SS_DISABLE) !== 0) task.alternateStack = { sp: 0, size: 0, flags: SS_DISABLE };
      else if (size < MINSIGSTKSZ) return -ERRNO.ENOMEM;
      else task.alternateStack = { sp: address(view.getBigUint64(0, true)), size, flags: 0 };
    }
    return old === 0n ? 0 : copyOut(c, old!, before);
  },

  kill(c, pid, sig) {
    const which = int(pid!);
    const { machine, process } = c.task;
    const targets = [...machine.processes.values()].filter((p) => {
      if (which > 0) return p.pid === which;
      if (which === -1) return p !== process;
      return p.pgid === (which === 0 ? process.pgid : -which);
    });
    return send(c, int(sig!), targets);
  },
  tkill: (c, tid, sig) => sendToThread(c, undefined, int(tid!), int(sig!)),
  tgkill: (c, tgid, tid, sig) => sendToThread(c, int(tgid!), int(tid!), int(sig!)),
};

function send(c: SyscallContext, sig: number, targets: readonly Process[]): number {
  if (targets.length === 0) return -ERRNO.ESRCH;
  if (sig !== 0 && !isSignal(sig)) return -ERRNO.EINVAL;
  const allowed = targets.filter((p) => mayKill(c, p));
  if (allowed.length === 0) return -ERRNO.EPERM;
  if (sig !== 0) for (const p of allowed) c.task.machine.signals.sendToProcess(p, from(c, sig, SI.SI_USER));
  return 0;
}

function sendToThread(c: SyscallContext, tgid: number | undefined, tid: number, sig: number): number {
  if (tid <= 0 || (sig !== 0 && !isSignal(sig))) return -ERRNO.EINVAL;
  const task = c.task.machine.tasks().find((t) => t.tid === tid && (tgid === undefined || t.pid === tgid));
  if (!task) return -ERRNO.ESRCH;
  if (!mayKill(c, task.process)) return -ERRNO.EPERM;
  if (sig !== 0) c.task.machine.signals.sendToTask(task, from(c, sig, SI.SI_TKILL));
  return 0;
}

function from(c: SyscallContext, sig: number, code: number) {
  return { signal: sig, code, pid: c.task.pid, uid: c.task.uid, status: 0, address: 0, value: 0n };
}

function mayKill(c: SyscallContext, target: Process): boolean {
  const { uid, suid } = target.credentials;
  return c.task.euid === 0 || [c.task.uid, c.task.euid].some((id) => id === uid || id === suid);
}

function isSignal(number: number): boolean {
  return number >= 1 && number <= NSIG;
}

function maskAt(c: SyscallContext, pointer: bigint): bigint | number {
  const bytes = copyIn(c, pointer, 8);
  return typeof bytes === "number" ? bytes : viewOf(bytes).getBigUint64(0, true);
}

function words(...values: bigint[]): Uint8Array {
  return new Uint8Array(BigUint64Array.from(values).buffer);
}
