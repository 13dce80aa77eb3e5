/**
 * ppoll and pselect6: waiting for several descriptors; `anonymous.ts` waits for epoll the same way.
 *
 * A wait sleeps on the queues of all files at once, and until the first time at which one of them may be ready by itself (a
 * timer). The time of the deadline is kept in `task.restart`, because the handler is called again from the start. The
 * signal mask argument holds while the call waits: a handler that ends the wait comes back to the mask from before.
 */
import { ERRNO } from "../../target/errno.ts";
import { type Errno, failed } from "../files/inode.ts";
import { type OpenFile, POLL } from "../files/open-file.ts";
import { UNBLOCKABLE } from "../signals/pending-signals.ts";
import { retarget } from "../signals/signal.ts";
import { int, type SyscallContext, type SyscallResult, type SyscallTable } from "../syscall-context.ts";
import { copyIn, copyOut, openFilesLimit, timespecAt, viewOf } from "./user.ts";

export const poll: SyscallTable = {
  ppoll(c, pointer, rawCount, timeout, mask) {
    const count = int(rawCount!);
    if (count < 0 || count > openFilesLimit(c)) return -ERRNO.EINVAL;
    const deadline = deadlineOf(c, timeout!);
    if (typeof deadline === "object") return deadline.error;
    const bytes = copyIn(c, pointer!, count * 8);
    if (failed(bytes)) return bytes;
    const error = maskFor(c, mask!);
    if (error !== 0) return error;
    const view = viewOf(bytes);
    const waited: OpenFile[] = [];
    let ready = 0;
    for (let at = 0; at < bytes.length; at += 8) {
      const fd = view.getInt32(at, true);
      const wanted = view.getInt16(at + 4, true) | POLL.POLLERR | POLL.POLLHUP;
      const events = fd < 0 ? 0 : eventsOf(c, fd, wanted, waited);
      view.setInt16(at + 6, events, true);
      if (events !== 0) ready++;
    }
    if (ready === 0 && c.monotonicNs() < deadline) return wait(c, waited, deadline);
    endWait(c);
    // Only revents are written: a thread may change the rest meanwhile.
    for (let i = 0; i < count; i++) {
      const at = 8 * i + 6;
      if (copyOut(c, pointer! + BigInt(at), bytes.subarray(at, at + 2)) !== 0) return -ERRNO.EFAULT;
    }
    return tellRest(c, timeout!, deadline) || ready;
  },

  pselect6(c, rawCount, readPointer, writePointer, exceptPointer, timeout, maskPointer) {
    const count = int(rawCount!);
    if (count < 0) return -ERRNO.EINVAL;
    // As select(2) tells under BUGS: what lies beyond the table of descriptors is ignored.
    const fds = Math.min(count, c.files.size);
    const deadline = deadlineOf(c, timeout!);
    if (typeof deadline === "object") return deadline.error;
    // The sixth argument leads to a pointer to the mask and its size.
    const pair = maskPointer === 0n ? undefined : copyIn(c, maskPointer!, 16);
    if (failed(pair)) return pair;
    const error = maskFor(c, pair ? viewOf(pair).getBigUint64(0, true) : 0n);
    if (error !== 0) return error;
    const length = Math.ceil(fds / 64) * 8;
    const waited: OpenFile[] = [];
    let ready = 0;
    const results: [bigint, Uint8Array][] = [];
    for (const [pointer, wanted] of [
      [readPointer!, SELECT_READ],
      [writePointer!, SELECT_WRITE],
      [exceptPointer!, POLL.POLLPRI],
    ] as const) {
      if (pointer === 0n) continue;
      const asked = copyIn(c, pointer, length);
      if (failed(asked)) return asked;
      const answer = new Uint8Array(length);
      for (let fd = 0; fd < fds; fd++) {
        const bit = 1 << (fd & 7);
        if ((asked[fd >> 3]! & bit) === 0) continue;
        const events = eventsOf(c, fd, wanted, waited);
        if ((events & POLL.POLLNVAL) !== 0) return endWait(c) ?? -ERRNO.EBADF;
        if (events === 0) continue;
        answer[fd >> 3]! |= bit;
        ready++;
      }
      results.push([pointer, answer]);
    }
    if (ready === 0 && c.monotonicNs() < deadline) return wait(c, waited, deadline);
    endWait(c);
    for (const [pointer, answer] of results) {
      const fault = copyOut(c, pointer, answer);
      if (fault !== 0) return fault;
    }
    return tellRest(c, timeout!, deadline) || ready;
  },
};

/** Puts the mask argument of a waiting call in force; a null pointer changes nothing. */
export function maskFor(c: SyscallContext, pointer: bigint): 0 | Errno {
  const { task } = c;
  if (pointer === 0n || task.savedMask !== undefined) return 0;
  const bytes = copyIn(c, pointer, 8);
  if (failed(bytes)) return bytes;
  task.savedMask = task.blocked;
  task.blocked = viewOf(bytes).getBigUint64(0, true) & ~UNBLOCKABLE;
  retarget(task);
  return 0;
}

export function wait(c: SyscallContext, files: readonly OpenFile[], end: number): SyscallResult {
  c.task.restart = { deadline: end };
  c.task.awaited = files.reduce((mask, file) => mask | file.awaits, 0n);
  const queues = files.flatMap((file) => file.queues());
  const deadline = files.reduce((next, file) => Math.min(next, file.nextChange()), end);
  return { kind: "block", queues, restartable: false, ...(deadline !== Number.POSITIVE_INFINITY && { deadline }) };
}

/** The call is over, and no handler of a signal ran: the mask is the task's own again. */
export function endWait(c: SyscallContext): undefined {
  const { task } = c;
  if (task.savedMask !== undefined) task.blocked = task.savedMask;
  task.savedMask = undefined;
}

const SELECT_READ = POLL.POLLIN | POLL.POLLRDNORM | POLL.POLLHUP | POLL.POLLERR;
const SELECT_WRITE = POLL.POLLOUT | POLL.POLLWRNORM | POLL.POLLERR;

function eventsOf(c: SyscallContext, fd: number, wanted: number, waited: OpenFile[]): number {
  const file = c.files.get(fd);
  if (!file) return POLL.POLLNVAL;
  waited.push(file);
  return file.poll() & wanted;
}

/** When the wait ends: Infinity without a timeout. */
function deadlineOf(c: SyscallContext, timeout: bigint): number | { readonly error: Errno } {
  const restart = c.task.restart as { deadline: number } | undefined;
  if (restart) return restart.deadline;
  if (timeout === 0n) return Number.POSITIVE_INFINITY;
  const span = timespecAt(c, timeout);
  return failed(span) ? { error: span } : c.monotonicNs() + Number(span);
}

/** Linux tells what is left of the time. */
function tellRest(c: SyscallContext, timeout: bigint, deadline: number): 0 | Errno {
  if (timeout === 0n) return 0;
  const left = BigInt(Math.max(0, deadline - c.monotonicNs()));
  return copyOut(c, timeout, new Uint8Array(BigInt64Array.of(left / 1_000_000_000n, left % 1_000_000_000n).buffer));
}
