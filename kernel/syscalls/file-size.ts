/**
 * System calls on the length of files and on the room that they take: truncate, ftruncate, fallocate.
 *
 * `read-write.ts` takes the table in, and asks here for RLIMIT_FSIZE and what goes with a change of the content.
 */
import { limits } from "../../base/limits.ts";
import { ERRNO } from "../../target/errno.ts";
import { SIG } from "../../target/signals.ts";
import { findBacking, refreshMappings } from "../files/backing.ts";
import { type Errno, failed, Regular } from "../files/inode.ts";
import { IN, notifyFile } from "../files/notify.ts";
import type { OpenFile } from "../files/open-file.ts";
import { dropSetId } from "../files/permission.ts";
import { PipeEnd } from "../files/pipe.ts";
import { RegularFile } from "../files/regular-file.ts";
import { refreshFile } from "../memory/shared-pages.ts";
import { RLIMIT } from "../process/process.ts";
import { int, type SyscallContext, type SyscallTable } from "../syscall-context.ts";
import { fileOf, pathAt, who } from "./user.ts";

const UNLIMITED = 0xffff_ffff_ffff_ffffn;

// biome-ignore format: table
const FALLOC = {
  FALLOC_FL_KEEP_SIZE: 0x01, FALLOC_FL_PUNCH_HOLE: 0x02, FALLOC_FL_COLLAPSE_RANGE: 0x08, FALLOC_FL_ZERO_RANGE: 0x10,
  FALLOC_FL_INSERT_RANGE: 0x20,
} as const;
/** What is taken out or put in is whole blocks. */
const BLOCK = 4096;

export const fileSizes: SyscallTable = {
  ftruncate(c, fd, length) {
    const file = fileOf(c, fd!);
    if (failed(file)) return file;
    if (length! < 0n || !file.writable) return -ERRNO.EINVAL;
    const error = checkSize(c, Number(length!)) || file.truncate(Number(length!));
    if (error === 0) changed(c, file, "resizing");
    return error;
  },

  truncate(c, pointer, length) {
    const path = pathAt(c, pointer!);
    if (failed(path)) return path;
    if (length! < 0n) return -ERRNO.EINVAL;
    const start = c.fs.start(who(c));
    const at = c.vfs.lookup(start, path, true);
    const file = failed(at) || !(at.inode instanceof Regular) ? undefined : at.inode;
    const error = (file && checkSize(c, Number(length!))) || c.vfs.truncate(start, path, Number(length!));
    if (error === 0 && file) refreshMappings(c.mm.frames, file);
    return error;
  },

  fallocate(c, fd, rawMode, rawOffset, rawLength) {
    const file = fileOf(c, fd!);
    if (failed(file)) return file;
    if (rawOffset! < 0n || rawLength! <= 0n) return -ERRNO.EINVAL;
    const mode = int(rawMode!);
    const keep = (mode & FALLOC.FALLOC_FL_KEEP_SIZE) !== 0;
    const kind = mode & ~FALLOC.FALLOC_FL_KEEP_SIZE;
    if (kind !== 0 && !Object.values<number>(FALLOC).includes(kind)) return -ERRNO.EOPNOTSUPP;
    if (kind === FALLOC.FALLOC_FL_PUNCH_HOLE && !keep) return -ERRNO.EOPNOTSUPP;
    const moves = kind === FALLOC.FALLOC_FL_COLLAPSE_RANGE || kind === FALLOC.FALLOC_FL_INSERT_RANGE;
    if (moves && keep) return -ERRNO.EOPNOTSUPP;
    if (!file.writable) return -ERRNO.EBADF;
    if (file instanceof PipeEnd) return -ERRNO.ESPIPE;
    const { inode } = file;
    if (!(inode instanceof Regular)) return -ERRNO.ENODEV;
    const [offset, length] = [Number(rawOffset!), Number(rawLength!)];
    if (offset + length > limits.maxFileBytes) return -ERRNO.EFBIG;
    const error = moves ? move(c, inode, kind, offset, length) : allocate(c, file, inode, kind, keep, offset, length);
    if (error === 0) changed(c, file, "resizing");
    return error;
  },
};

/** FALLOC_FL_COLLAPSE_RANGE and FALLOC_FL_INSERT_RANGE: what is behind the range moves. */
function move(c: SyscallContext, inode: Regular, kind: number, offset: number, length: number): 0 | Errno {
  if (offset % BLOCK !== 0 || length % BLOCK !== 0) return -ERRNO.EINVAL;
  if (kind === FALLOC.FALLOC_FL_COLLAPSE_RANGE) {
    return offset + length >= inode.size ? -ERRNO.EINVAL : inode.collapse(offset, length);
  }
  if (offset >= inode.size) return -ERRNO.EINVAL;
  return checkSize(c, inode.size + length) || inode.insert(offset, length);
}

/** Room is there, or zeroes are; the file grows unless it keeps its size. */
function allocate(
  c: SyscallContext,
  file: OpenFile,
  inode: Regular,
  kind: number,
  keep: boolean,
  offset: number,
  length: number,
): 0 | Errno {
  const end = offset + length;
  const grows = !keep && end > inode.size;
  const error = (grows ? checkSize(c, end) : 0) || (kind === 0 ? 0 : inode.punch(offset, length));
  if (error !== 0) return error;
  if (grows) return file.truncate(end);
  inode.touch();
  return 0;
}

/** The content changed through this file: by a write, or as a whole. */
export function changed(c: SyscallContext, file: OpenFile, by: "write" | "resizing" = "write"): void {
  const backing = findBacking(file.inode);
  const range = by === "write" && file instanceof RegularFile ? file.wrote : undefined;
  if (backing) refreshFile(c.mm.frames, backing, range);
  dropSetId(file.inode, who(c));
  notifyFile(file, IN.IN_MODIFY);
}

/** RLIMIT_FSIZE. */
export function checkSize(c: SyscallContext, size: number): 0 | Errno {
  if (size <= fileSizeLimit(c)) return 0;
  c.raise(SIG.SIGXFSZ);
  return -ERRNO.EFBIG;
}

export function fileSizeLimit(c: SyscallContext): number {
  const soft = c.task.process?.resourceLimits[RLIMIT.RLIMIT_FSIZE]?.soft ?? UNLIMITED;
  return soft >= BigInt(Number.MAX_SAFE_INTEGER) ? Number.POSITIVE_INFINITY : Number(soft);
}
