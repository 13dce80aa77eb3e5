/**
 * System calls on the bytes of open files: read and write in their forms, lseek. How long a file is: `file-size.ts`.
 *
 * The buffers of the caller are copied here (`user-buffers.ts`), the work is done by the open file. `messages.ts` and
 * `transfer.ts` share the helpers.
 */
import { ERRNO } from "../../target/errno.ts";
import { findBacking } from "../files/backing.ts";
import { type Errno, failed, Regular } from "../files/inode.ts";
import { IN, notifyFile } from "../files/notify.ts";
import { O, type OpenFile } from "../files/open-file.ts";
import { SEEK } from "../files/regular-file.ts";
import { Socket } from "../files/socket.ts";
import { writeBackFile } from "../memory/shared-pages.ts";
import { inCall } from "../points/functions.ts";
import { fileStruct } from "../points/structures.ts";
import {
  address,
  type Block,
  int,
  type SyscallContext,
  type SyscallResult,
  type SyscallTable,
  size,
} from "../syscall-context.ts";
import { changed, checkSize, fileSizeLimit, fileSizes } from "./file-size.ts";
import { fileOf } from "./user.ts";
import { gather, iovecs, scatter, total, type UserBuffer } from "./user-buffers.ts";

// biome-ignore format: table
const RWF = { RWF_HIPRI: 1, RWF_DSYNC: 2, RWF_SYNC: 4, RWF_NOWAIT: 8, RWF_APPEND: 16 } as const;

export const readWrite: SyscallTable = {
  ...fileSizes,

  read(c, fd, buffer, count) {
    const file = fileOf(c, fd!);
    if (failed(file)) return file;
    const parts = [{ base: address(buffer!), length: size(count!) }];
    const { vfs_read } = c.task.machine.points.functions;
    return vfs_read.watched
      ? inVfs(c, "vfs_read", file, buffer!, count!, () => readInto(c, file, parts))
      : readInto(c, file, parts);
  },

  write(c, fd, buffer, count) {
    const file = fileOf(c, fd!);
    if (failed(file)) return file;
    const parts = [{ base: address(buffer!), length: size(count!) }];
    const { vfs_write } = c.task.machine.points.functions;
    return vfs_write.watched
      ? inVfs(c, "vfs_write", file, buffer!, count!, () => writeFrom(c, file, parts))
      : writeFrom(c, file, parts);
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

  pread64(c, fd, buffer, count, offset) {
    if (offset! < 0n) return -ERRNO.EINVAL;
    const file = fileOf(c, fd!);
    if (failed(file)) return file;
    const parts = [{ base: address(buffer!), length: size(count!) }];
    return inVfs(c, "vfs_read", file, buffer!, count!, () => readAt(c, fd!, parts, offset!));
  },

  pwrite64(c, fd, buffer, count, offset) {
    if (offset! < 0n) return -ERRNO.EINVAL;
    const file = fileOf(c, fd!);
    if (failed(file)) return file;
    const parts = [{ base: address(buffer!), length: size(count!) }];
    return inVfs(c, "vfs_write", file, buffer!, count!, () => writeAt(c, fd!, parts, offset!));
  },

  preadv(c, fd, vector, count, offset) {
    const parts = iovecs(c, vector!, count!);
    return failed(parts) ? parts : readAt(c, fd!, parts, offset!);
  },

  pwritev(c, fd, vector, count, offset) {
    const parts = iovecs(c, vector!, count!);
    return failed(parts) ? parts : writeAt(c, fd!, parts, offset!);
  },

  /** Offset -1 is the file's own. Nothing here ever waits for a disk, so most flags change nothing. */
  preadv2(c, fd, vector, count, offset, _high, flags) {
    if ((int(flags ?? 0n) & ~(RWF.RWF_HIPRI | RWF.RWF_NOWAIT)) !== 0) return -ERRNO.EOPNOTSUPP;
    return offset === -1n
      ? readWrite.readv!(c, fd!, vector!, count!)
      : readWrite.preadv!(c, fd!, vector!, count!, offset!);
  },

  pwritev2(c, fd, vector, count, offset, _high, flags) {
    const asked = int(flags ?? 0n);
    const known = RWF.RWF_HIPRI | RWF.RWF_DSYNC | RWF.RWF_SYNC | RWF.RWF_NOWAIT | RWF.RWF_APPEND;
    if ((asked & ~known) !== 0) return -ERRNO.EOPNOTSUPP;
    const file = fileOf(c, fd!);
    if (failed(file)) return file;
    const at = (asked & RWF.RWF_APPEND) !== 0 && offset !== -1n ? BigInt(file.inode.size) : offset!;
    return at === -1n ? readWrite.writev!(c, fd!, vector!, count!) : readWrite.pwritev!(c, fd!, vector!, count!, at);
  },

  lseek(c, fd, offset, whence) {
    const file = fileOf(c, fd!);
    if (failed(file)) return file;
    const to = Number(offset!);
    return Number.isSafeInteger(to) ? file.seek(to, int(whence!)) : -ERRNO.EINVAL;
  },
};

/** vfs_read and vfs_write: of one buffer. */
function inVfs(
  c: SyscallContext,
  name: "vfs_read" | "vfs_write",
  file: OpenFile,
  buffer: bigint,
  count: bigint,
  run: () => SyscallResult,
): SyscallResult {
  const { handles } = c.task.machine.points;
  const [buf, n] = [BigInt.asUintN(64, buffer), BigInt.asUintN(64, count)];
  return inCall(c.task, name, () => ({ file: fileStruct(handles, file), buf, count: n }), run);
}

/** Shared mappings of the file may hold bytes that it does not have yet. */
function fetchMapped(c: SyscallContext, file: OpenFile): void {
  const backing = findBacking(file.inode);
  if (backing) writeBackFile(c.mm.frames, backing);
}

export function readInto(c: SyscallContext, file: OpenFile, parts: readonly UserBuffer[]): SyscallResult {
  if (!file.readable) return -ERRNO.EBADF;
  fetchMapped(c, file);
  const bytes = file.read(c, total(parts));
  if (bytes instanceof Uint8Array && bytes.length > 0) notifyFile(file, IN.IN_ACCESS);
  if (bytes instanceof Uint8Array) return scatter(c, parts, bytes);
  return typeof bytes === "number" ? bytes : untilTimeout(c, bytes, file instanceof Socket ? file.receiveTimeout : 0);
}

/** SO_RCVTIMEO and SO_SNDTIMEO: a wait of a socket ends with EAGAIN after its time; 0 is without end. */
export function untilTimeout(c: SyscallContext, wait: Block, timeout: number): Block | Errno {
  if (timeout === 0) return wait;
  const restart = c.task.restart as { readonly deadline: number } | undefined;
  const deadline = restart?.deadline ?? c.monotonicNs() + timeout;
  c.task.restart = { ...restart, deadline };
  return c.monotonicNs() >= deadline ? -ERRNO.EAGAIN : { ...wait, deadline, restartable: false };
}

function readAt(c: SyscallContext, fd: bigint, parts: readonly UserBuffer[], offset: bigint): SyscallResult {
  const file = fileOf(c, fd);
  if (offset < 0n) return -ERRNO.EINVAL;
  if (failed(file)) return file;
  if (!file.readable) return -ERRNO.EBADF;
  fetchMapped(c, file);
  const bytes = file.readAt(Number(offset), total(parts), c);
  if (failed(bytes)) return bytes;
  if (bytes.length > 0) notifyFile(file, IN.IN_ACCESS);
  return scatter(c, parts, bytes);
}

function writeAt(c: SyscallContext, fd: bigint, parts: readonly UserBuffer[], offset: bigint): SyscallResult {
  const file = fileOf(c, fd);
  if (offset < 0n) return -ERRNO.EINVAL;
  if (failed(file)) return file;
  if (!file.writable) return -ERRNO.EBADF;
  const bytes = gather(c, parts);
  if (failed(bytes)) return bytes;
  fetchMapped(c, file);
  const part = withinLimit(c, file, Number(offset), bytes);
  if (failed(part)) return part;
  const written = file.writeAt(Number(offset), part);
  if (written > 0) changed(c, file);
  return written;
}

export function writeFrom(c: SyscallContext, file: OpenFile, parts: readonly UserBuffer[]): SyscallResult {
  if (!file.writable) return -ERRNO.EBADF;
  const bytes = gather(c, parts);
  if (failed(bytes)) return bytes;
  fetchMapped(c, file);
  const room = withinLimit(c, file, undefined, bytes);
  if (failed(room)) return room;
  const written = takeAll(c, file, room, true, (rest) => file.write(c, rest));
  if (typeof written === "number" && written > 0) changed(c, file);
  return written;
}

/**
 * A write that waits goes on until all bytes are taken, where it goes on at all (not for a datagram). How far it came stands in
 * `task.restart`, and a signal in between makes the call return that count.
 */
export function takeAll(
  c: SyscallContext,
  file: OpenFile,
  bytes: Uint8Array,
  goesOn: boolean,
  take: (rest: Uint8Array, written: number) => number | Block,
): SyscallResult {
  const restart = c.task.restart as { readonly written?: number } | undefined;
  let written = restart?.written ?? 0;
  do {
    const count = take(bytes.subarray(written), written);
    if (typeof count !== "number") {
      const wait = untilTimeout(c, count, file instanceof Socket ? file.sendTimeout : 0);
      if (written === 0 || failed(wait)) return written > 0 ? written : wait;
      c.task.restart = { ...(c.task.restart as object | undefined), written };
      return { ...wait, restartable: false, partial: written } satisfies Block;
    }
    if (count < 0) return written > 0 ? written : count;
    written += count;
  } while (goesOn && written < bytes.length);
  return written;
}

/** RLIMIT_FSIZE: what still fits; nothing at all is SIGXFSZ and EFBIG. Without `offset` the file's own is meant. */
function withinLimit(
  c: SyscallContext,
  file: OpenFile,
  offset: number | undefined,
  bytes: Uint8Array,
): Uint8Array | Errno {
  const limit = fileSizeLimit(c);
  if (limit === Number.POSITIVE_INFINITY || !(file.inode instanceof Regular) || bytes.length === 0) return bytes;
  const at = (file.flags & O.O_APPEND) !== 0 ? file.inode.size : (offset ?? file.seek(0, SEEK.SEEK_CUR));
  return at < limit ? bytes.subarray(0, limit - at) : checkSize(c, at + 1);
}
