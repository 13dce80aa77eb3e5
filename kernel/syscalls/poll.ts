/**
 * ppoll and pselect6: waiting for several descriptors.
 *
 * A wait sleeps on the queues of all files at once; the time of the deadline is kept in `task.restart`, because the
 * handler is called again from the start. The signal mask argument is not applied: the wait ends for any signal that
 * the task does not block otherwise.
 */
import { limits } from "../../base/limits.ts";
import { ERRNO } from "../../target/errno.ts";
import { type Errno, failed } from "../files/inode.ts";
import { POLL } from "../files/open-file.ts";
import { int, type SyscallContext, type SyscallResult, type SyscallTable, type WaitQueue } from "../syscall-context.ts";
import { copyIn, copyOut, timespecAt, viewOf } from "./user.ts";

export const poll: SyscallTable = {
  ppoll(c, pointer, rawCount, timeout) {
    const count = int(rawCount!);
    if (count < 0 || count > limits.maxOpenFiles) return -ERRNO.EINVAL;
    const deadline = deadlineOf(c, timeout!);
    if (typeof deadline === "object") return deadline.error;
    const bytes = copyIn(c, pointer!, count * 8);
    if (failed(bytes)) return bytes;
    const view = viewOf(bytes);
    const queues: WaitQueue[] = [];
    let ready = 0;
    for (let at = 0; at < bytes.length; at += 8) {
      const fd = view.getInt32(at, true);
      const wanted = view.getInt16(at + 4, true) | POLL.POLLERR | POLL.POLLHUP;
      const events = fd < 0 ? 0 : eventsOf(c, fd, wanted, queues);
      view.setInt16(at + 6, events, true);
      if (events !== 0) ready++;
    }
    if (ready === 0 && c.monotonicNs() < deadline) return wait(c, queues, deadline);
    return copyOut(c, pointer!, bytes) || ready;
  },

  pselect6(c, rawCount, readPointer, writePointer, exceptPointer, timeout) {
    const count = int(rawCount!);
    if (count < 0) return -ERRNO.EINVAL;
    const fds = Math.min(count, limits.maxOpenFiles);
    const deadline = deadlineOf(c, timeout!);
    if (typeof deadline === "object") return deadline.error;
    const length = Math.ceil(fds / 64) * 8;
    const queues: WaitQueue[] = [];
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
        const events = eventsOf(c, fd, wanted, queues);
        if ((events & POLL.POLLNVAL) !== 0) return -ERRNO.EBADF;
        if (events === 0) continue;
        answer[fd >> 3]! |= bit;
        ready++;
      }
      results.push([pointer, answer]);
    }
    if (ready === 0 && c.monotonicNs() < deadline) return wait(c, queues, deadline);
    for (const [pointer, answer] of results) {
      const error = copyOut(c, pointer, answer);
      if (error !== 0) return error;
    }
    return ready;
  },
};

const SELECT_READ = POLL.POLLIN | POLL.POLLRDNORM | POLL.POLLHUP | POLL.POLLERR;
const SELECT_WRITE = POLL.POLLOUT | POLL.POLLWRNORM | POLL.POLLERR;

function eventsOf(c: SyscallContext, fd: number, wanted: number, queues: WaitQueue[]): number {
  const file = c.files.get(fd);
  if (!file) return POLL.POLLNVAL;
  queues.push(...file.queues());
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

function wait(c: SyscallContext, queues: readonly WaitQueue[], deadline: number): SyscallResult {
  c.task.restart = { deadline };
  return { kind: "block", queues, restartable: false, ...(deadline !== Number.POSITIVE_INFINITY && { deadline }) };
}
