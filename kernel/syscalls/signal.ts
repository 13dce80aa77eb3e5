/** Handlers of the calls about a task's own signals: actions, masks, waiting, frames. Sending is in `kill.ts`. */
import { ERRNO } from "../../target/errno.ts";
import { defaultAction, NSIG, SIG } from "../../target/signals.ts";
import { SIG_DFL, SIG_IGN } from "../process/process.ts";
import { signalBit, UNBLOCKABLE } from "../signals/pending-signals.ts";
import { dropPending, retarget, SA } from "../signals/signal.ts";
import {
  encodeSignalInfo,
  encodeStack,
  onAlternateStack,
  popSignalFrame,
  setAlternateStack,
} from "../signals/signal-frame.ts";
import { address, int, type SyscallContext, type SyscallTable } from "../syscall-context.ts";
import { copyIn, copyOut, timespecAt, viewOf } from "./user.ts";

const KNOWN_FLAGS = Object.values(SA).reduce((all, bit) => all | BigInt(bit), 0n);

export const signal: SyscallTable = {
  /** struct sigaction: handler, flags, mask; 24 bytes. */
  rt_sigaction(c, sig, act, oldact, size) {
    const number = int(sig!);
    if (size !== 8n) return -ERRNO.EINVAL;
    const bytes = act === 0n ? undefined : copyIn(c, act!, 24);
    if (typeof bytes === "number") return bytes;
    const catchable = number !== SIG.SIGKILL && number !== SIG.SIGSTOP;
    if (number < 1 || number > NSIG || (bytes && !catchable)) return -ERRNO.EINVAL;
    const { process } = c.task;
    const old = process.handlers.get(number);
    if (bytes) {
      const view = viewOf(bytes);
      const handler = address(view.getBigUint64(0, true));
      process.handlers.set(number, {
        handler,
        flags: Number(view.getBigUint64(8, true) & KNOWN_FLAGS),
        mask: view.getBigUint64(16, true) & ~UNBLOCKABLE,
      });
      const ignoredByDefault = ["ignore", "continue"].includes(defaultAction(number));
      if (handler === SIG_IGN || (handler === SIG_DFL && ignoredByDefault)) dropPending(process, signalBit(number));
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
      retarget(task);
    }
    return oldset === 0n ? 0 : copyOut(c, oldset!, words(old));
  },

  rt_sigpending(c, set, size) {
    const length = Number(BigInt.asUintN(32, size!));
    if (size! < 0n || size! > 8n) return -ERRNO.EINVAL;
    return copyOut(
      c,
      set!,
      words((c.task.pending.mask | c.task.process.pending.mask) & c.task.blocked).subarray(0, length),
    );
  },

  rt_sigsuspend(c, set, size) {
    const { task } = c;
    if (size !== 8n) return -ERRNO.EINVAL;
    if (task.savedMask === undefined) {
      const mask = maskAt(c, set!);
      if (typeof mask === "number") return mask;
      task.savedMask = task.blocked;
      task.blocked = mask & ~UNBLOCKABLE;
      retarget(task);
    }
    return { kind: "block", queues: [], restartable: false };
  },

  /** Takes a signal of the set instead of having it delivered; its number. */
  rt_sigtimedwait(c, set, info, timeout, size) {
    const { task } = c;
    if (size !== 8n) return -ERRNO.EINVAL;
    const mask = maskAt(c, set!);
    if (typeof mask === "number") return mask;
    const wanted = mask & ~UNBLOCKABLE;
    let deadline = (task.restart as { readonly deadline: number } | undefined)?.deadline;
    if (deadline === undefined) {
      const span = timeout === 0n ? undefined : timespecAt(c, timeout!);
      if (typeof span === "number") return span;
      deadline = span === undefined ? Number.POSITIVE_INFINITY : c.monotonicNs() + Number(span);
      task.restart = { deadline };
    }
    const taken = task.pending.take(~wanted) ?? task.process.pending.take(~wanted);
    if (taken || c.monotonicNs() >= deadline) {
      task.awaited = 0n;
      if (!taken) return -ERRNO.EAGAIN;
      return (info === 0n ? 0 : copyOut(c, info!, encodeSignalInfo(taken))) || taken.signal;
    }
    task.awaited = wanted;
    return { kind: "block", queues: [], deadline, restartable: false };
  },

  rt_sigreturn(c) {
    if (!popSignalFrame(c.task)) c.task.machine.signals.force(c.task, c.task.machine.signals.fromKernel(SIG.SIGSEGV));
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
      const error = setAlternateStack(task, viewOf(bytes), 0);
      if (error !== 0) return error;
    }
    return old === 0n ? 0 : copyOut(c, old!, before);
  },

  /** A wait that ends by a signal starts again by itself. */
  restart_syscall: () => -ERRNO.EINTR,
};

function maskAt(c: SyscallContext, pointer: bigint): bigint | number {
  const bytes = copyIn(c, pointer, 8);
  return typeof bytes === "number" ? bytes : viewOf(bytes).getBigUint64(0, true);
}

function words(...values: bigint[]): Uint8Array {
  return new Uint8Array(BigUint64Array.from(values).buffer);
}
