/**
 * System calls on descriptors: open, close, read, write, lseek, dup, fcntl, pipes.
 *
 * Mostly argument checking and copying; the work is done by `kernel/files/`. `directories.ts`, `stat.ts` and `poll.ts` hold the
 * other calls on files. Sockets do not exist: every call of that family answers as a kernel without networking does.
 */
import { limits } from "../../base/limits.ts";
import { ERRNO } from "../../target/errno.ts";
import { type Errno, failed, SuperBlock } from "../files/inode.ts";
import { O, type OpenFile } from "../files/open-file.ts";
import { makePipe } from "../files/pipe.ts";
import {
  address,
  type Block,
  int,
  type SyscallContext,
  type SyscallHandler,
  type SyscallResult,
  type SyscallTable,
  size,
} from "../syscall-context.ts";
import { anyFileOf, copyIn, copyOut, fileOf, pathAt, startAt, viewOf, who } from "./user.ts";

// biome-ignore format: table
const F = {
  F_DUPFD: 0, F_GETFD: 1, F_SETFD: 2, F_GETFL: 3, F_SETFL: 4, F_GETLK: 5, F_SETLK: 6, F_SETLKW: 7,
  F_SETOWN: 8, F_GETOWN: 9, F_DUPFD_CLOEXEC: 1030, F_SETPIPE_SZ: 1031, F_GETPIPE_SZ: 1032,
} as const;

const FD_CLOEXEC = 1;
const F_UNLCK = 2;
const IOV_MAX = 1024;
/** The status flags that F_SETFL may change. */
const SETFL = O.O_APPEND | O.O_NONBLOCK | O.O_ASYNC | O.O_DIRECT | O.O_NOATIME;
/** The flags that open(2) knows; others are ignored, as ever. */
const OPEN_FLAGS = 0o37777703 & ~O.O_TMPFILE;

/** Numbers the pipes; they have no directory. */
const pipeSuperBlocks = new WeakMap<object, SuperBlock>();

export const files: SyscallTable = {
  openat(c, dirfd, pointer, rawFlags, mode) {
    const path = pathAt(c, pointer!);
    if (failed(path)) return path;
    const start = startAt(c, dirfd!, path);
    if (failed(start)) return start;
    if ((int(rawFlags!) & O.O_TMPFILE) !== 0) return -ERRNO.EOPNOTSUPP;
    const flags = int(rawFlags!) & OPEN_FLAGS;
    if ((flags & O.O_ACCMODE) === O.O_ACCMODE) return -ERRNO.EINVAL;
    const file = c.vfs.open(start, path, flags, int(mode!) & ~c.fs.umask);
    if (failed(file)) return file;
    const fd = c.files.install(file, (flags & O.O_CLOEXEC) !== 0);
    if (fd < 0) file.released(c);
    return fd;
  },
  openat2: () => -ERRNO.ENOSYS,

  close: (c, fd) => c.files.close(int(fd!), c),

  close_range(c, first, last, flags) {
    const CLOSE_RANGE_UNSHARE = 2;
    const CLOSE_RANGE_CLOEXEC = 4;
    const [from, to] = [BigInt.asUintN(32, first!), BigInt.asUintN(32, last!)];
    if (from > to || (int(flags!) & ~(CLOSE_RANGE_UNSHARE | CLOSE_RANGE_CLOEXEC)) !== 0) return -ERRNO.EINVAL;
    // A table of one's own would be needed; nobody asks for it but launchers that can do without.
    if ((int(flags!) & CLOSE_RANGE_UNSHARE) !== 0 && c.files.shared) return -ERRNO.EINVAL;
    for (const fd of c.files.fds()) {
      if (fd < from || fd > to) continue;
      if ((int(flags!) & CLOSE_RANGE_CLOEXEC) !== 0) c.files.setCloseOnExec(fd, true);
      else c.files.close(fd, c);
    }
    return 0;
  },

  read(c, fd, buffer, count) {
    const file = fileOf(c, fd!);
    if (failed(file)) return file;
    return readInto(c, file, [{ base: address(buffer!), length: size(count!) }]);
  },

  write(c, fd, buffer, count) {
    const file = fileOf(c, fd!);
    if (failed(file)) return file;
    return writeFrom(c, file, [{ base: address(buffer!), length: size(count!) }]);
  },

  readv(c, fd, vector, count) {
    const file = fileOf(c, fd!);
    if (failed(file)) return file;
    const parts = iovecs(c, vector!, count!);
    return failed(parts) ? parts : readInto(c, file, parts);
  },

  writev(c, fd, vector, count) {
    const file = fileOf(c, fd!);
    if (failed(file)) return file;
    const parts = iovecs(c, vector!, count!);
    return failed(parts) ? parts : writeFrom(c, file, parts);
  },

  pread64: (c, fd, buffer, count, offset) =>
    readAt(c, fd!, [{ base: address(buffer!), length: size(count!) }], offset!),

  pwrite64: (c, fd, buffer, count, offset) =>
    writeAt(c, fd!, [{ base: address(buffer!), length: size(count!) }], offset!),

  preadv(c, fd, vector, count, offset) {
    const parts = iovecs(c, vector!, count!);
    return failed(parts) ? parts : readAt(c, fd!, parts, offset!);
  },

  pwritev(c, fd, vector, count, offset) {
    const parts = iovecs(c, vector!, count!);
    return failed(parts) ? parts : writeAt(c, fd!, parts, offset!);
  },

  lseek(c, fd, offset, whence) {
    const file = fileOf(c, fd!);
    if (failed(file)) return file;
    const to = Number(offset!);
    return Number.isSafeInteger(to) ? file.seek(to, int(whence!)) : -ERRNO.EINVAL;
  },

  ftruncate(c, fd, length) {
    const file = fileOf(c, fd!);
    if (failed(file)) return file;
    if (length! < 0n || !file.writable) return -ERRNO.EINVAL;
    return file.truncate(Number(length!));
  },

  truncate(c, pointer, length) {
    const path = pathAt(c, pointer!);
    if (failed(path)) return path;
    return length! < 0n ? -ERRNO.EINVAL : c.vfs.truncate(c.fs.start(who(c)), path, Number(length!));
  },

  fallocate(c, fd, mode, offset, length) {
    const file = fileOf(c, fd!);
    if (failed(file)) return file;
    if (offset! < 0n || length! <= 0n) return -ERRNO.EINVAL;
    if (!file.writable) return -ERRNO.EBADF;
    if (int(mode!) !== 0) return -ERRNO.EOPNOTSUPP;
    const end = Number(offset! + length!);
    return end > file.inode.size ? file.truncate(end) : 0;
  },

  dup(c, fd) {
    const file = anyFileOf(c, fd!);
    return failed(file) ? file : c.files.install(file);
  },

  dup3(c, fd, newFd, flags) {
    const [from, to] = [int(fd!), int(newFd!)];
    if ((int(flags!) & ~O.O_CLOEXEC) !== 0 || from === to) return -ERRNO.EINVAL;
    const file = anyFileOf(c, fd!);
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
        if (value < 0 || value >= limits.maxOpenFiles) return -ERRNO.EINVAL;
        return c.files.install(file, int(command!) === F.F_DUPFD_CLOEXEC, value);
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
        file.flags = (file.flags & ~SETFL) | (value & SETFL);
        return 0;
      case F.F_GETLK: {
        // No locks are kept (see flock), so no lock is ever in the way.
        const lock = copyIn(c, argument!, 2);
        return failed(lock) ? lock : copyOut(c, argument!, new Uint8Array([F_UNLCK, 0]));
      }
      case F.F_SETLK:
      case F.F_SETLKW:
      case F.F_SETOWN:
      case F.F_GETOWN:
        return 0;
      case F.F_GETPIPE_SZ:
      case F.F_SETPIPE_SZ:
        return file.path.startsWith("pipe:") ? 65_536 : -ERRNO.EBADF;
      default:
        return -ERRNO.EINVAL;
    }
  },

  ioctl(c, rawFd, request, argument) {
    const file = fileOf(c, rawFd!);
    if (failed(file)) return file;
    const FIONCLEX = 0x5450;
    const FIOCLEX = 0x5451;
    const FIONBIO = 0x5421;
    const number = int(request!) >>> 0;
    if (number === FIONCLEX || number === FIOCLEX) {
      c.files.setCloseOnExec(int(rawFd!), number === FIOCLEX);
      return 0;
    }
    if (number === FIONBIO) {
      const on = copyIn(c, argument!, 4);
      if (failed(on)) return on;
      file.flags = (file.flags & ~O.O_NONBLOCK) | (viewOf(on).getInt32(0, true) !== 0 ? O.O_NONBLOCK : 0);
      return 0;
    }
    return file.ioctl(c, number, address(argument!));
  },

  pipe2(c, pointer, rawFlags) {
    const flags = int(rawFlags!);
    if ((flags & ~(O.O_CLOEXEC | O.O_NONBLOCK | O.O_DIRECT)) !== 0) return -ERRNO.EINVAL;
    if ((flags & O.O_DIRECT) !== 0) return -ERRNO.EINVAL; // packet mode
    let sb = pipeSuperBlocks.get(c.vfs);
    if (!sb) pipeSuperBlocks.set(c.vfs, (sb = new SuperBlock("pipefs", 0x50495045, 13, () => c.realtimeNs())));
    const ends = makePipe(sb, c.task.euid, c.task.egid, flags & O.O_NONBLOCK);
    const closeOnExec = (flags & O.O_CLOEXEC) !== 0;
    const reader = c.files.install(ends[0], closeOnExec);
    if (reader < 0) return reader;
    const writer = c.files.install(ends[1], closeOnExec);
    const error = writer < 0 ? writer : copyOut(c, pointer!, new Uint8Array(new Int32Array([reader, writer]).buffer));
    if (error !== 0) {
      c.files.close(reader, c);
      if (writer >= 0) c.files.close(writer, c);
    }
    return error;
  },

  sendfile(c, outFd, inFd, offsetPointer, count) {
    const [out, source] = [fileOf(c, outFd!), fileOf(c, inFd!)];
    if (failed(out)) return out;
    if (failed(source)) return source;
    if (!out.writable || !source.readable) return -ERRNO.EBADF;
    const max = Math.min(size(count!), 65_536);
    const given = offsetPointer === 0n ? undefined : copyIn(c, offsetPointer!, 8);
    if (failed(given)) return given;
    const offset = given ? Number(viewOf(given).getBigInt64(0, true)) : source.seek(0, 1);
    if (offset < 0) return given ? -ERRNO.EINVAL : offset === -ERRNO.ESPIPE ? -ERRNO.EINVAL : offset;
    const bytes = source.readAt(offset, max);
    if (failed(bytes)) return bytes;
    const written = bytes.length === 0 ? 0 : out.write(c, bytes);
    if (typeof written !== "number" || written < 0) return written;
    if (!given) {
      source.seek(offset + written, 0);
      return written;
    }
    viewOf(given).setBigInt64(0, BigInt(offset + written), true);
    return copyOut(c, offsetPointer!, given) || written;
  },
  // Callers fall back to read and write.
  copy_file_range: () => -ERRNO.ENOSYS,
  splice: () => -ERRNO.ENOSYS,
  tee: () => -ERRNO.ENOSYS,

  // Nothing here is ever unsaved.
  sync: () => 0,
  syncfs: (c, fd) => checkFd(c, fd!),
  fsync: (c, fd) => checkFd(c, fd!),
  fdatasync: (c, fd) => checkFd(c, fd!),
  // Advice is taken and not followed; locks never conflict, because none is kept.
  fadvise64: (c, fd) => checkFd(c, fd!),
  readahead: (c, fd) => checkFd(c, fd!),
  flock: (c, fd) => checkFd(c, fd!),

  socket: () => -ERRNO.EAFNOSUPPORT,
  socketpair: () => -ERRNO.EAFNOSUPPORT,
  // No descriptor is a socket.
  ...Object.fromEntries(
    // biome-ignore format: table
    ["bind", "listen", "accept", "accept4", "connect", "getsockname", "getpeername", "sendto", "recvfrom", "setsockopt",
     "getsockopt", "shutdown", "sendmsg", "recvmsg", "sendmmsg", "recvmmsg"].map((name): [string, SyscallHandler] => [
      name, (c, fd) => (failed(anyFileOf(c, fd!)) ? -ERRNO.EBADF : -ERRNO.ENOTSOCK)]),
  ),
};

interface UserBuffer {
  readonly base: number;
  readonly length: number;
}

function checkFd(c: SyscallContext, fd: bigint): 0 | Errno {
  const file = fileOf(c, fd);
  return failed(file) ? file : 0;
}

function iovecs(c: SyscallContext, pointer: bigint, rawCount: bigint): UserBuffer[] | Errno {
  const count = int(rawCount);
  if (count < 0 || count > IOV_MAX) return -ERRNO.EINVAL;
  const bytes = copyIn(c, pointer, count * 16);
  if (failed(bytes)) return bytes;
  const view = viewOf(bytes);
  const parts: UserBuffer[] = [];
  for (let i = 0; i < count; i++) {
    if (view.getBigInt64(i * 16 + 8, true) < 0n) return -ERRNO.EINVAL;
    parts.push({ base: address(view.getBigUint64(i * 16, true)), length: size(view.getBigUint64(i * 16 + 8, true)) });
  }
  return parts;
}

function total(parts: readonly UserBuffer[]): number {
  return Math.min(
    parts.reduce((sum, part) => sum + part.length, 0),
    limits.maxTransfer,
  );
}

function readInto(c: SyscallContext, file: OpenFile, parts: readonly UserBuffer[]): SyscallResult {
  if (!file.readable) return -ERRNO.EBADF;
  const bytes = file.read(c, total(parts));
  return bytes instanceof Uint8Array ? scatter(c, parts, bytes) : bytes;
}

function readAt(c: SyscallContext, fd: bigint, parts: readonly UserBuffer[], offset: bigint): SyscallResult {
  const file = fileOf(c, fd);
  if (offset < 0n) return -ERRNO.EINVAL;
  if (failed(file)) return file;
  if (!file.readable) return -ERRNO.EBADF;
  const bytes = file.readAt(Number(offset), total(parts));
  return failed(bytes) ? bytes : scatter(c, parts, bytes);
}

function writeAt(c: SyscallContext, fd: bigint, parts: readonly UserBuffer[], offset: bigint): SyscallResult {
  const file = fileOf(c, fd);
  if (offset < 0n) return -ERRNO.EINVAL;
  if (failed(file)) return file;
  if (!file.writable) return -ERRNO.EBADF;
  const bytes = gather(c, parts);
  return failed(bytes) ? bytes : file.writeAt(Number(offset), bytes);
}

/**
 * A write that waits goes on until all bytes are taken. How far it came stands in `task.restart`, and a signal in
 * between makes the call return that count.
 */
function writeFrom(c: SyscallContext, file: OpenFile, parts: readonly UserBuffer[]): SyscallResult {
  if (!file.writable) return -ERRNO.EBADF;
  const bytes = gather(c, parts);
  if (failed(bytes)) return bytes;
  const restart = c.task.restart as { written: number } | undefined;
  let written = restart?.written ?? 0;
  do {
    const count = file.write(c, bytes.subarray(written));
    if (typeof count !== "number") {
      if (written === 0) return count;
      c.task.restart = { written };
      return { ...count, restartable: false, partial: written } satisfies Block;
    }
    if (count < 0) return written > 0 ? written : count;
    written += count;
  } while (written < bytes.length);
  return written;
}

function scatter(c: SyscallContext, parts: readonly UserBuffer[], bytes: Uint8Array): number {
  let at = 0;
  for (const { base, length } of parts) {
    if (at >= bytes.length) break;
    const error = copyOut(c, BigInt(base), bytes.subarray(at, at + length));
    if (error !== 0) return at > 0 ? at : error;
    at = Math.min(at + length, bytes.length);
  }
  return at;
}

function gather(c: SyscallContext, parts: readonly UserBuffer[]): Uint8Array | Errno {
  const length = total(parts);
  if (parts.length === 1) return copyIn(c, BigInt(parts[0]!.base), length);
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    const taken = copyIn(c, BigInt(part.base), Math.min(part.length, length - at));
    if (failed(taken)) return taken;
    bytes.set(taken, at);
    at += taken.length;
  }
  return bytes;
}
