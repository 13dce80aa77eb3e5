/**
 * System calls on descriptors: open, close, dup, fcntl, ioctl, pipes, syncing.
 *
 * Mostly argument checking and copying; the work is done by `kernel/files/`. The table takes in those of the neighbours that work
 * on descriptors too: `read-write.ts`, `transfer.ts`, `locks.ts`, `anonymous.ts`, `sockets.ts`.
 */
import { ERRNO } from "../../target/errno.ts";
import { anonymousOf } from "../files/anonymous.ts";
import { findBacking, refreshMappings } from "../files/backing.ts";
import { type Errno, failed, Regular } from "../files/inode.ts";
import { O, OpenFile } from "../files/open-file.ts";
import { isOwner } from "../files/permission.ts";
import { makePipe, PipeEnd } from "../files/pipe.ts";
import { RESOLVE } from "../files/walk.ts";
import { mayBeWritten } from "../memory/shared-pages.ts";
import { address, int, type SyscallContext, type SyscallResult, type SyscallTable } from "../syscall-context.ts";
import { anonymous } from "./anonymous.ts";
import { lockCommand, locks } from "./locks.ts";
import { unshareFiles } from "./namespaces.ts";
import { readWrite } from "./read-write.ts";
import { words } from "./socket-addresses.ts";
import { sockets } from "./sockets.ts";
import { transfer } from "./transfer.ts";
import {
  anyFileOf,
  copyIn,
  copyOut,
  fileOf,
  install,
  installPair,
  openFilesLimit,
  pathAt,
  startAt,
  viewOf,
  who,
} from "./user.ts";

// biome-ignore format: table
const F = {
  F_DUPFD: 0, F_GETFD: 1, F_SETFD: 2, F_GETFL: 3, F_SETFL: 4, F_SETOWN: 8, F_GETOWN: 9, F_SETSIG: 10, F_GETSIG: 11, F_SETOWN_EX: 15, F_GETOWN_EX: 16,
  F_DUPFD_CLOEXEC: 1030, F_SETPIPE_SZ: 1031, F_GETPIPE_SZ: 1032, F_ADD_SEALS: 1033, F_GET_SEALS: 1034,
} as const;

// biome-ignore format: table
const F_OWNER = { F_OWNER_TID: 0, F_OWNER_PID: 1, F_OWNER_PGRP: 2 } as const;

const FD_CLOEXEC = 1;
const OPEN_HOW_SIZE = 24;
/** The status flags that F_SETFL may change, besides O_ASYNC of some files. */
const SETFL = O.O_APPEND | O.O_NONBLOCK | O.O_DIRECT | O.O_NOATIME;
/** The flags that open(2) knows; others are ignored, as ever. */
const OPEN_FLAGS = 0o37777703;

export const files: SyscallTable = {
  openat(c, dirfd, pointer, rawFlags, mode) {
    return open(c, dirfd!, pointer!, int(rawFlags!) & OPEN_FLAGS, int(mode!), 0);
  },

  /** struct open_how: flags, mode, resolve; unlike openat it refuses what it does not know. */
  openat2(c, dirfd, pointer, how, rawSize) {
    const size = Number(BigInt.asUintN(32, rawSize!));
    if (size < OPEN_HOW_SIZE) return -ERRNO.EINVAL;
    if (size > 4096) return -ERRNO.E2BIG;
    const bytes = copyIn(c, how!, size);
    if (failed(bytes)) return bytes;
    if (bytes.subarray(OPEN_HOW_SIZE).some((byte) => byte !== 0)) return -ERRNO.E2BIG;
    const [flags = 0n, mode = 0n, resolve = 0n] = [0, 8, 16].map((at) => viewOf(bytes).getBigUint64(at, true));
    const { RESOLVE_BENEATH, RESOLVE_IN_ROOT } = RESOLVE;
    const scope = BigInt(RESOLVE_BENEATH | RESOLVE_IN_ROOT);
    const creates =
      (Number(flags) & (O.O_CREAT | O.O_TMPFILE)) !== 0 && (Number(flags) & O.O_TMPFILE) !== O.O_DIRECTORY;
    if ((flags & ~BigInt(OPEN_FLAGS)) !== 0n || (resolve & ~0x3fn) !== 0n || (resolve & scope) === scope)
      return -ERRNO.EINVAL;
    const byPath = O.O_PATH | O.O_DIRECTORY | O.O_NOFOLLOW | O.O_CLOEXEC;
    if ((Number(flags) & O.O_PATH) !== 0 && (Number(flags) & ~byPath) !== 0) return -ERRNO.EINVAL;
    const changes = O.O_TRUNC | O.O_CREAT | O.O_TMPFILE;
    if ((Number(resolve) & RESOLVE.RESOLVE_CACHED) !== 0 && (Number(flags) & changes & ~O.O_DIRECTORY) !== 0)
      return -ERRNO.EAGAIN;
    if ((mode & ~0o7777n) !== 0n || (mode !== 0n && !creates)) return -ERRNO.EINVAL;
    return open(c, dirfd!, pointer!, Number(flags), Number(mode), Number(resolve));
  },

  close: (c, fd) => c.files.close(int(fd!), c),

  close_range(c, first, last, flags) {
    const CLOSE_RANGE_UNSHARE = 2;
    const CLOSE_RANGE_CLOEXEC = 4;
    const [from, to] = [BigInt.asUintN(32, first!), BigInt.asUintN(32, last!)];
    if (from > to || (int(flags!) & ~(CLOSE_RANGE_UNSHARE | CLOSE_RANGE_CLOEXEC)) !== 0) return -ERRNO.EINVAL;
    if ((int(flags!) & CLOSE_RANGE_UNSHARE) !== 0) unshareFiles(c);
    const { files: table } = c.task.process;
    for (const fd of table.fds()) {
      if (fd < from || fd > to) continue;
      if ((int(flags!) & CLOSE_RANGE_CLOEXEC) !== 0) table.setCloseOnExec(fd, true);
      else table.close(fd, c);
    }
    return 0;
  },

  dup(c, fd) {
    const file = anyFileOf(c, fd!);
    return failed(file) ? file : install(c, file);
  },

  dup3(c, fd, newFd, flags) {
    const [from, to] = [int(fd!), int(newFd!)];
    if ((int(flags!) & ~O.O_CLOEXEC) !== 0 || from === to) return -ERRNO.EINVAL;
    const file = anyFileOf(c, fd!);
    if (to >= openFilesLimit(c)) return -ERRNO.EBADF;
    return failed(file) ? file : c.files.installAt(to, file, int(flags!) !== 0, c);
  },

  fcntl(c, rawFd, command, argument) {
    const fd = int(rawFd!);
    const file = anyFileOf(c, rawFd!);
    if (failed(file)) return file;
    const value = int(argument!);
    switch (int(command!)) {
      case F.F_DUPFD:
      case F.F_DUPFD_CLOEXEC:
        if (value < 0 || value >= openFilesLimit(c)) return -ERRNO.EINVAL;
        return install(c, file, int(command!) === F.F_DUPFD_CLOEXEC, value);
      case F.F_GETFD:
        return c.files.isCloseOnExec(fd) ? FD_CLOEXEC : 0;
      case F.F_SETFD:
        c.files.setCloseOnExec(fd, (value & FD_CLOEXEC) !== 0);
        return 0;
      case F.F_GETFL:
        return file.flags;
    }
    if ((file.flags & O.O_PATH) !== 0) return -ERRNO.EBADF;
    switch (int(command!)) {
      case F.F_SETFL:
        if ((value & ~file.flags & O.O_NOATIME) !== 0 && !isOwner(file.inode, who(c))) return -ERRNO.EPERM;
        file.flags = changed(file.flags, file.keepsAsync ? SETFL | O.O_ASYNC : SETFL, value);
        return 0;
      case F.F_SETOWN:
        file.signalled =
          value < 0 ? { type: F_OWNER.F_OWNER_PGRP, pid: -value } : { type: F_OWNER.F_OWNER_PID, pid: value };
        return 0;
      case F.F_GETOWN:
        return file.signalled.type === F_OWNER.F_OWNER_PGRP ? -file.signalled.pid : file.signalled.pid;
      case F.F_SETOWN_EX:
        return setOwner(c, file, argument!);
      case F.F_GETOWN_EX:
        return copyOut(c, argument!, words(file.signalled.type, file.signalled.pid));
      case F.F_SETSIG:
        if (value < 0 || value > 64) return -ERRNO.EINVAL;
        file.signal = value;
        return 0;
      case F.F_GETSIG:
        return file.signal;
      case F.F_GETPIPE_SZ:
        return file instanceof PipeEnd ? file.pipe.capacity : -ERRNO.EBADF;
      case F.F_SETPIPE_SZ:
        return file instanceof PipeEnd ? file.pipe.resize(value, c.task.euid === 0, c) : -ERRNO.EBADF;
      case F.F_GET_SEALS:
        return file.inode instanceof Regular && file.inode.seals !== undefined ? file.inode.seals : -ERRNO.EINVAL;
      case F.F_ADD_SEALS:
        return addSeals(c, file, value);
      default:
        return lockCommand(c, file, int(command!), argument!) ?? -ERRNO.EINVAL;
    }
  },

  ioctl(c, rawFd, request, argument) {
    const file = fileOf(c, rawFd!);
    if (failed(file)) return file;
    const FIONCLEX = 0x5450;
    const FIOCLEX = 0x5451;
    const FIONBIO = 0x5421;
    const FIOASYNC = 0x5452;
    const number = int(request!) >>> 0;
    if (number === FIONCLEX || number === FIOCLEX) {
      c.files.setCloseOnExec(int(rawFd!), number === FIOCLEX);
      return 0;
    }
    if (number === FIONBIO || number === FIOASYNC) {
      const on = copyIn(c, argument!, 4);
      if (failed(on)) return on;
      const flag = number === FIONBIO ? O.O_NONBLOCK : O.O_ASYNC;
      const wanted = viewOf(on).getInt32(0, true) !== 0 ? flag : 0;
      if (number === FIOASYNC && wanted !== 0 && !file.keepsAsync) return -ERRNO.ENOTTY;
      file.flags = changed(file.flags, flag, wanted);
      return 0;
    }
    return file.ioctl(c, number, address(argument!));
  },

  pipe2(c, pointer, rawFlags) {
    const flags = int(rawFlags!);
    if ((flags & ~(O.O_CLOEXEC | O.O_NONBLOCK | O.O_DIRECT)) !== 0) return -ERRNO.EINVAL;
    const { pipefs } = anonymousOf(c).superBlocks;
    const ends = makePipe(pipefs, c.task.euid, c.task.egid, flags & (O.O_NONBLOCK | O.O_DIRECT));
    return installPair(c, ends, pointer!, (flags & O.O_CLOEXEC) !== 0);
  },

  // Nothing here is ever unsaved.
  sync: () => 0,
  syncfs: (c, fd) => checkFd(c, fd!),
  fsync: (c, fd) => checkStored(c, fd!),
  fdatasync: (c, fd) => checkStored(c, fd!),
  sync_file_range(c, fd, offset, length, flags) {
    if (offset! < 0n || length! < 0n || (int(flags!) & ~7) !== 0) return -ERRNO.EINVAL;
    const error = checkStored(c, fd!);
    return error === -ERRNO.EINVAL ? -ERRNO.ESPIPE : error;
  },
  // Advice is taken and not followed.
  fadvise64(c, fd, _offset, _length, advice) {
    const file = fileOf(c, fd!);
    if (failed(file)) return file;
    if (file instanceof PipeEnd) return -ERRNO.ESPIPE;
    return int(advice!) < 0 || int(advice!) > 5 ? -ERRNO.EINVAL : 0;
  },
  readahead(c, fd) {
    const file = fileOf(c, fd!);
    if (failed(file)) return file;
    if (!file.readable) return -ERRNO.EBADF;
    return file.inode instanceof Regular ? 0 : -ERRNO.EINVAL;
  },

  ...readWrite,
  ...transfer,
  ...locks,
  ...anonymous,
  ...sockets,
};

function open(
  c: SyscallContext,
  dirfd: bigint,
  pointer: bigint,
  flags: number,
  mode: number,
  resolve: number,
): SyscallResult {
  const path = pathAt(c, pointer);
  if (failed(path)) return path;
  // In a root of its own a path never starts at the root of the process.
  const inRoot = (resolve & RESOLVE.RESOLVE_IN_ROOT) !== 0;
  const found = startAt(c, dirfd, inRoot ? "." : path);
  if (failed(found)) return found;
  const start = inRoot ? { ...found, root: found.from, resolve } : { ...found, resolve };
  const file = c.vfs.openFor(c, start, path, flags, mode & ~c.fs.umask);
  if (!(file instanceof OpenFile)) return file;
  if ((flags & O.O_TRUNC) !== 0) refreshMappings(c.mm.frames, file.inode);
  return install(c, file, (flags & O.O_CLOEXEC) !== 0);
}

function checkFd(c: SyscallContext, fd: bigint): 0 | Errno {
  const file = fileOf(c, fd);
  return failed(file) ? file : 0;
}

/** fsync is for what a disk holds. */
function checkStored(c: SyscallContext, fd: bigint): 0 | Errno {
  const file = fileOf(c, fd);
  if (failed(file)) return file;
  return file instanceof PipeEnd || !file.stored ? -ERRNO.EINVAL : 0;
}

function changed(flags: number, mask: number, to: number): number {
  return (flags & ~mask) | (to & mask);
}

/** struct f_owner_ex: s32 type, s32 pid. Nobody is signalled: O_ASYNC changes nothing. */
function setOwner(c: SyscallContext, file: OpenFile, pointer: bigint): 0 | Errno {
  const bytes = copyIn(c, pointer, 8);
  if (failed(bytes)) return bytes;
  const type = viewOf(bytes).getInt32(0, true);
  if (!Object.values<number>(F_OWNER).includes(type)) return -ERRNO.EINVAL;
  file.signalled = { type, pid: viewOf(bytes).getInt32(4, true) };
  return 0;
}

const F_SEAL_SEAL = 1;
const F_SEAL_WRITE = 8;

function addSeals(c: SyscallContext, file: OpenFile, seals: number): 0 | Errno {
  const { inode } = file;
  if (!(inode instanceof Regular) || inode.seals === undefined) return -ERRNO.EINVAL;
  if (!file.writable || (inode.seals & F_SEAL_SEAL) !== 0) return -ERRNO.EPERM;
  if ((seals & ~0x1f) !== 0) return -ERRNO.EINVAL;
  const backing = findBacking(inode);
  if ((seals & F_SEAL_WRITE) !== 0 && backing && mayBeWritten(c.mm.frames, backing)) return -ERRNO.EBUSY;
  inode.seals |= seals;
  return 0;
}
