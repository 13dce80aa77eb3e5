/**
 * System calls that make files without a place in the tree, and work on them: eventfd, signalfd, timerfd, epoll, inotify, memfd.
 */
import { limits } from "../../base/limits.ts";
import { ERRNO } from "../../target/errno.ts";
import { anonymousInode, anonymousOf, EventFile, TimerFile } from "../files/anonymous.ts";
import { EpollFile } from "../files/epoll.ts";
import { Directory, type Errno, failed, S } from "../files/inode.ts";
import { IN, InotifyFile } from "../files/notify.ts";
import { O } from "../files/open-file.ts";
import { checkAccess, MAY_READ } from "../files/permission.ts";
import { RamFile } from "../files/ramfs.ts";
import { RegularFile } from "../files/regular-file.ts";
import { SignalFile } from "../files/signal-file.ts";
import { UNBLOCKABLE } from "../signals/pending-signals.ts";
import { address, int, type SyscallContext, type SyscallResult, type SyscallTable } from "../syscall-context.ts";
import { endWait, maskFor, wait } from "./poll.ts";
import { AT, anyFileOf, copyIn, copyOut, fileOf, inodeAt, install, viewOf, who } from "./user.ts";

// biome-ignore format: table
const EPOLL_CTL = { EPOLL_CTL_ADD: 1, EPOLL_CTL_DEL: 2, EPOLL_CTL_MOD: 3 } as const;
// biome-ignore format: table
const CLOCK = { CLOCK_REALTIME: 0, CLOCK_MONOTONIC: 1, CLOCK_BOOTTIME: 7 } as const;
const EFD_SEMAPHORE = 1;
const TFD_TIMER_ABSTIME = 1;
const TFD_TIMER_CANCEL_ON_SET = 2;
const MFD_CLOEXEC = 1;
const MFD_ALLOW_SEALING = 2;
const F_SEAL_SEAL = 1;
const FD_FLAGS = O.O_CLOEXEC | O.O_NONBLOCK;
const INOTIFY_BITS = Object.values(IN).reduce((bits, bit) => bits | bit, 0);
/** struct epoll_event of riscv64: u32 events, padding, u64 data. */
const EPOLL_EVENT_SIZE = 16;
const SECOND = 1e9;

export const anonymous: SyscallTable = {
  eventfd2(c, count, rawFlags) {
    const flags = int(rawFlags!);
    if ((flags & ~(FD_FLAGS | EFD_SEMAPHORE)) !== 0) return -ERRNO.EINVAL;
    const options = O.O_RDWR | (flags & O.O_NONBLOCK);
    const file = new EventFile(anonymousInode(c), options, int(count!) >>> 0, (flags & EFD_SEMAPHORE) !== 0);
    return install(c, file, (flags & O.O_CLOEXEC) !== 0);
  },

  memfd_create(c, pointer, rawFlags) {
    const flags = int(rawFlags!);
    if ((flags & ~(MFD_CLOEXEC | MFD_ALLOW_SEALING)) !== 0) return -ERRNO.EINVAL;
    const MAX_NAME = limits.maxNameBytes - "memfd:".length;
    const name = c.mm.readCString(address(pointer!), MAX_NAME + 1);
    if (typeof name !== "string") return -ERRNO.EFAULT;
    if (name.length > MAX_NAME) return -ERRNO.EINVAL;
    const { superBlocks, memory } = anonymousOf(c);
    const { euid: uid, egid: gid } = c.task;
    const inode = new RamFile(superBlocks.tmpfs, { mode: S.S_IFREG | 0o777, uid, gid }, memory);
    inode.nlink = 0;
    inode.seals = (flags & MFD_ALLOW_SEALING) !== 0 ? 0 : F_SEAL_SEAL;
    return install(c, new RegularFile(inode, `/memfd:${name} (deleted)`, O.O_RDWR), (flags & MFD_CLOEXEC) !== 0);
  },

  signalfd4(c, fd, pointer, length, rawFlags) {
    const flags = int(rawFlags!);
    if ((flags & ~FD_FLAGS) !== 0 || length !== 8n) return -ERRNO.EINVAL;
    const bytes = copyIn(c, pointer!, 8);
    if (failed(bytes)) return bytes;
    const mask = viewOf(bytes).getBigUint64(0, true) & ~UNBLOCKABLE;
    if (int(fd!) === -1) {
      const file = new SignalFile(anonymousInode(c), O.O_RDWR | (flags & O.O_NONBLOCK), mask, c.task.machine);
      return install(c, file, (flags & O.O_CLOEXEC) !== 0);
    }
    const known = fileOf(c, fd!);
    if (failed(known)) return known;
    if (!(known instanceof SignalFile)) return -ERRNO.EINVAL;
    known.mask = mask;
    return int(fd!);
  },

  // ---- timerfd ----

  timerfd_create(c, clock, rawFlags) {
    const flags = int(rawFlags!);
    if ((flags & ~FD_FLAGS) !== 0 || !Object.values<number>(CLOCK).includes(int(clock!))) return -ERRNO.EINVAL;
    const epoch = int(clock!) === CLOCK.CLOCK_REALTIME ? Number(c.realtimeNs() - BigInt(c.monotonicNs())) : 0;
    const { machine } = c.task;
    const options = O.O_RDWR | (flags & O.O_NONBLOCK);
    const file = new TimerFile(anonymousInode(c), options, () => machine.clock.monotonicNs(), epoch);
    return install(c, file, (flags & O.O_CLOEXEC) !== 0);
  },

  timerfd_settime(c, fd, rawFlags, pointer, old) {
    const flags = int(rawFlags!);
    if ((flags & ~(TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET)) !== 0) return -ERRNO.EINVAL;
    const timer = timerOf(c, fd!);
    if (failed(timer)) return timer;
    const bytes = copyIn(c, pointer!, 32);
    if (failed(bytes)) return bytes;
    const [interval, first] = [spanAt(bytes, 0), spanAt(bytes, 16)];
    if (interval === undefined || first === undefined) return -ERRNO.EINVAL;
    const before = timerValue(timer);
    const now = c.monotonicNs();
    const next = (flags & TFD_TIMER_ABSTIME) !== 0 ? first - timer.epochNs : now + first;
    timer.set(first === 0 ? Number.POSITIVE_INFINITY : next, interval, c);
    return old === 0n ? 0 : copyOut(c, old!, before);
  },

  timerfd_gettime(c, fd, pointer) {
    const timer = timerOf(c, fd!);
    return failed(timer) ? timer : copyOut(c, pointer!, timerValue(timer));
  },

  // ---- epoll ----

  epoll_create1(c, flags) {
    if ((int(flags!) & ~O.O_CLOEXEC) !== 0) return -ERRNO.EINVAL;
    return install(c, new EpollFile(anonymousInode(c), O.O_RDWR), int(flags!) !== 0);
  },

  epoll_ctl(c, epfd, rawOperation, rawFd, pointer) {
    const operation = int(rawOperation!);
    const removes = operation === EPOLL_CTL.EPOLL_CTL_DEL;
    const bytes = removes ? new Uint8Array(EPOLL_EVENT_SIZE) : copyIn(c, pointer!, EPOLL_EVENT_SIZE);
    if (failed(bytes)) return bytes;
    const [epoll, file] = [fileOf(c, epfd!), fileOf(c, rawFd!)];
    if (failed(epoll)) return epoll;
    if (failed(file)) return file;
    if (!file.pollable) return -ERRNO.EPERM;
    if (!(epoll instanceof EpollFile) || epoll === file) return -ERRNO.EINVAL;
    const events = viewOf(bytes).getUint32(0, true) | 0;
    const data = viewOf(bytes).getBigUint64(8, true);
    const fd = int(rawFd!);
    c.wake(epoll.changed);
    switch (operation) {
      case EPOLL_CTL.EPOLL_CTL_ADD:
        return epoll.add(fd, file, events, data);
      case EPOLL_CTL.EPOLL_CTL_MOD:
        return epoll.modify(fd, file, events, data);
      case EPOLL_CTL.EPOLL_CTL_DEL:
        return epoll.remove(fd, file);
      default:
        return -ERRNO.EINVAL;
    }
  },

  epoll_pwait(c, epfd, pointer, max, timeout, mask) {
    const ms = int(timeout!);
    return waitForEvents(c, epfd!, pointer!, int(max!), ms < 0 ? Number.POSITIVE_INFINITY : ms * 1e6, mask!);
  },

  epoll_pwait2(c, epfd, pointer, max, timeout, mask) {
    const bytes = timeout === 0n ? undefined : copyIn(c, timeout!, 16);
    if (failed(bytes)) return bytes;
    const span = bytes ? spanAt(bytes, 0) : Number.POSITIVE_INFINITY;
    return span === undefined ? -ERRNO.EINVAL : waitForEvents(c, epfd!, pointer!, int(max!), span, mask!);
  },

  // ---- inotify ----

  inotify_init1(c, rawFlags) {
    const flags = int(rawFlags!);
    if ((flags & ~FD_FLAGS) !== 0) return -ERRNO.EINVAL;
    const { waker } = c.task.machine;
    const file = new InotifyFile(anonymousInode(c), O.O_RDONLY | (flags & O.O_NONBLOCK), waker);
    return install(c, file, (flags & O.O_CLOEXEC) !== 0);
  },

  inotify_add_watch(c, fd, pointer, rawMask) {
    const mask = int(rawMask!);
    if ((mask & INOTIFY_BITS) === 0) return -ERRNO.EINVAL;
    if ((mask & IN.IN_MASK_ADD) !== 0 && (mask & IN.IN_MASK_CREATE) !== 0) return -ERRNO.EINVAL;
    const file = fileOf(c, fd!);
    if (failed(file)) return file;
    if (!(file instanceof InotifyFile)) return -ERRNO.EINVAL;
    const follow = (mask & IN.IN_DONT_FOLLOW) !== 0 ? AT.AT_SYMLINK_NOFOLLOW : 0;
    const inode = inodeAt(c, BigInt(AT.AT_FDCWD), pointer!, follow);
    if (failed(inode)) return inode;
    if ((mask & IN.IN_ONLYDIR) !== 0 && !(inode instanceof Directory)) return -ERRNO.ENOTDIR;
    return checkAccess(inode, who(c), MAY_READ) || file.watch(inode, mask);
  },

  inotify_rm_watch(c, fd, wd) {
    const file = fileOf(c, fd!);
    if (failed(file)) return file;
    return file instanceof InotifyFile ? file.remove(int(wd!)) : -ERRNO.EINVAL;
  },
};

function timerOf(c: SyscallContext, fd: bigint): TimerFile | Errno {
  const file = anyFileOf(c, fd);
  if (failed(file)) return file;
  return file instanceof TimerFile ? file : -ERRNO.EINVAL;
}

/** A struct timespec as ns; undefined when it is none. */
function spanAt(bytes: Uint8Array, at: number): number | undefined {
  const seconds = Number(viewOf(bytes).getBigInt64(at, true));
  const nanoseconds = Number(viewOf(bytes).getBigInt64(at + 8, true));
  return seconds < 0 || nanoseconds < 0 || nanoseconds >= SECOND ? undefined : seconds * SECOND + nanoseconds;
}

/** struct itimerspec: the interval, then what is left. */
function timerValue(timer: TimerFile): Uint8Array {
  const words = [timer.interval, timer.left].flatMap((ns) => [BigInt(Math.floor(ns / SECOND)), BigInt(ns % SECOND)]);
  return new Uint8Array(BigInt64Array.from(words).buffer);
}

function waitForEvents(
  c: SyscallContext,
  epfd: bigint,
  pointer: bigint,
  max: number,
  span: number,
  mask: bigint,
): SyscallResult {
  const file = fileOf(c, epfd);
  if (failed(file)) return file;
  if (max <= 0 || !(file instanceof EpollFile)) return -ERRNO.EINVAL;
  const restart = c.task.restart as { readonly deadline: number } | undefined;
  const deadline = restart?.deadline ?? c.monotonicNs() + span;
  const error = maskFor(c, mask);
  if (error !== 0) return error;
  const events = file.collect(Math.min(max, limits.maxOpenFiles));
  if (events.length === 0 && c.monotonicNs() < deadline) return wait(c, [file], deadline);
  endWait(c);
  const bytes = new Uint8Array(events.length * EPOLL_EVENT_SIZE);
  events.forEach(({ events: bits, data }, i) => {
    viewOf(bytes).setUint32(i * EPOLL_EVENT_SIZE, bits >>> 0, true);
    viewOf(bytes).setBigUint64(i * EPOLL_EVENT_SIZE + 8, data, true);
  });
  return copyOut(c, pointer, bytes) || events.length;
}
