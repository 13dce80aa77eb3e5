/**
 * System calls that move bytes between two files in the kernel: sendfile, copy_file_range, splice, tee, vmsplice.
 *
 * What is read and cannot be written stays unread: the offset of the source moves by what was taken.
 */
import { ERRNO } from "../../target/errno.ts";
import { Directory, failed, Regular } from "../files/inode.ts";
import { IN, notifyFile } from "../files/notify.ts";
import { O, type OpenFile } from "../files/open-file.ts";
import { PipeEnd } from "../files/pipe.ts";
import { int, type SyscallContext, type SyscallResult, type SyscallTable, size } from "../syscall-context.ts";
import { changed } from "./file-size.ts";
import { readInto, writeFrom } from "./read-write.ts";
import { copyIn, copyOut, fileOf, viewOf } from "./user.ts";
import { iovecs } from "./user-buffers.ts";

const CHUNK = 65_536;
const SPLICE_F_NONBLOCK = 2;
const SPLICE_FLAGS = 15;

export const transfer: SyscallTable = {
  sendfile(c, outFd, inFd, offsetPointer, count) {
    const [out, source] = [fileOf(c, outFd!), fileOf(c, inFd!)];
    if (failed(out)) return out;
    if (failed(source)) return source;
    if (!out.writable || !source.readable) return -ERRNO.EBADF;
    const max = Math.min(size(count!), CHUNK);
    const at = positionAt(c, source, offsetPointer!);
    if (failed(at)) return at === -ERRNO.ESPIPE ? -ERRNO.EINVAL : at;
    const bytes = source.readAt(at.value, max, c);
    if (failed(bytes)) return bytes;
    if (bytes.length > 0) notifyFile(source, IN.IN_ACCESS);
    const written = bytes.length === 0 ? 0 : out.write(c, bytes);
    if (typeof written !== "number" || written < 0) return written;
    if (written > 0) changed(c, out);
    return at.advance(written) || written;
  },

  copy_file_range(c, inFd, inPointer, outFd, outPointer, length, flags) {
    const [source, out] = [fileOf(c, inFd!), fileOf(c, outFd!)];
    if (failed(source)) return source;
    if (failed(out)) return out;
    if (int(flags!) !== 0) return -ERRNO.EINVAL;
    if (source.inode instanceof Directory || out.inode instanceof Directory) return -ERRNO.EISDIR;
    if (!(source.inode instanceof Regular) || !(out.inode instanceof Regular)) return -ERRNO.EINVAL;
    if (!source.readable || !out.writable || (out.flags & O.O_APPEND) !== 0) return -ERRNO.EBADF;
    const from = positionAt(c, source, inPointer!);
    if (failed(from)) return from;
    const to = positionAt(c, out, outPointer!);
    if (failed(to)) return to;
    const max = Math.min(size(length!), Math.max(0, source.inode.size - from.value));
    const overlaps = source.inode === out.inode && from.value < to.value + max && to.value < from.value + max;
    if (overlaps) return -ERRNO.EINVAL;
    const bytes = source.readAt(from.value, max, c);
    if (failed(bytes)) return bytes;
    if (bytes.length > 0) notifyFile(source, IN.IN_ACCESS);
    const written = bytes.length === 0 ? 0 : out.writeAt(to.value, bytes.slice());
    if (written < 0) return written;
    if (written > 0) changed(c, out);
    return from.advance(written) || to.advance(written) || written;
  },

  splice(c, inFd, inPointer, outFd, outPointer, length, rawFlags) {
    const flags = int(rawFlags!);
    if ((flags & ~SPLICE_FLAGS) !== 0) return -ERRNO.EINVAL;
    if (length === 0n) return 0;
    const [source, out] = [fileOf(c, inFd!), fileOf(c, outFd!)];
    if (failed(source)) return source;
    if (failed(out)) return out;
    if (!source.readable || !out.writable) return -ERRNO.EBADF;
    if (!(source instanceof PipeEnd) && !(out instanceof PipeEnd)) return -ERRNO.EINVAL;
    if ((source instanceof PipeEnd && inPointer !== 0n) || (out instanceof PipeEnd && outPointer !== 0n)) {
      return -ERRNO.ESPIPE;
    }
    const max = Math.min(size(length!), CHUNK);
    if (source instanceof PipeEnd) return fromPipe(c, source, out, outPointer!, max, flags);
    return toPipe(c, source, inPointer!, out as PipeEnd, max, flags);
  },

  tee(c, inFd, outFd, length, flags) {
    if ((int(flags!) & ~SPLICE_FLAGS) !== 0) return -ERRNO.EINVAL;
    if (length === 0n) return 0;
    const [source, out] = [fileOf(c, inFd!), fileOf(c, outFd!)];
    if (failed(source)) return source;
    if (failed(out)) return out;
    if (!source.readable || !out.writable) return -ERRNO.EBADF;
    if (!(source instanceof PipeEnd) || !(out instanceof PipeEnd) || source.pipe === out.pipe) return -ERRNO.EINVAL;
    const wait = source.pipe.used > 0 ? undefined : (nonblocking(source, int(flags!)) ?? source.waitForBytes());
    if (source.pipe.used === 0) return wait ?? 0;
    const room = Math.min(size(length!), out.pipe.room);
    return out.write(c, source.pipe.peek(room === 0 ? 1 : room));
  },

  vmsplice(c, fd, vector, count, flags) {
    if ((int(flags!) & ~SPLICE_FLAGS) !== 0) return -ERRNO.EINVAL;
    const file = fileOf(c, fd!);
    if (failed(file)) return file;
    const parts = iovecs(c, vector!, count!);
    if (failed(parts)) return parts;
    if (!(file instanceof PipeEnd)) return -ERRNO.EBADF;
    return file.writable ? writeFrom(c, file, parts) : readInto(c, file, parts);
  },
};

function nonblocking(file: PipeEnd, flags: number): number | undefined {
  return (flags & SPLICE_F_NONBLOCK) !== 0 && file.pipe.writers > 0 ? -ERRNO.EAGAIN : undefined;
}

function fromPipe(
  c: SyscallContext,
  source: PipeEnd,
  out: OpenFile,
  pointer: bigint,
  max: number,
  flags: number,
): SyscallResult {
  const { pipe } = source;
  if (pipe.used === 0) return nonblocking(source, flags) ?? source.waitForBytes() ?? 0;
  const bytes = pipe.peek(max);
  const at = pointer === 0n ? undefined : positionAt(c, out, pointer);
  if (failed(at)) return at;
  const written = at ? out.writeAt(at.value, bytes) : out.write(c, bytes);
  if (typeof written !== "number" || written < 0) return written;
  pipe.take(written);
  c.wake(pipe.drained);
  changed(c, out);
  return at?.advance(written) || written;
}

function toPipe(
  c: SyscallContext,
  source: OpenFile,
  pointer: bigint,
  out: PipeEnd,
  max: number,
  flags: number,
): SyscallResult {
  const room = Math.min(max, out.pipe.room);
  if (room === 0 && (flags & SPLICE_F_NONBLOCK) !== 0) return -ERRNO.EAGAIN;
  if (!(source.inode instanceof Regular)) {
    const bytes = source.read(c, Math.max(1, room));
    return bytes instanceof Uint8Array ? out.write(c, bytes) : bytes;
  }
  const at = positionAt(c, source, pointer);
  if (failed(at)) return at;
  const bytes = source.readAt(at.value, Math.max(1, room), c);
  if (failed(bytes)) return bytes;
  if (bytes.length > 0) notifyFile(source, IN.IN_ACCESS);
  const written = out.write(c, bytes);
  if (typeof written !== "number" || written < 0) return written;
  return at.advance(written) || written;
}

interface Position {
  readonly value: number;
  /** Tells the file, or the caller's variable. */
  advance(by: number): number;
}

/** The offset at a pointer, or the file's own when it is null. */
function positionAt(c: SyscallContext, file: OpenFile, pointer: bigint): Position | number {
  if (pointer === 0n) {
    const value = file.seek(0, 1);
    return value < 0 ? value : { value, advance: (by) => Math.min(0, file.seek(value + by, 0)) };
  }
  const bytes = copyIn(c, pointer, 8);
  if (failed(bytes)) return bytes;
  const value = Number(viewOf(bytes).getBigInt64(0, true));
  if (value < 0) return -ERRNO.EINVAL;
  const seekable = file.seek(0, 1);
  if (seekable < 0) return seekable;
  return { value, advance: (by) => copyOut(c, pointer, new Uint8Array(BigInt64Array.of(BigInt(value + by)).buffer)) };
}
