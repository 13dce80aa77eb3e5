/**
 * What the file system calls share: descriptors, paths and buffers of the caller.
 *
 * Used by `files.ts`, `directories.ts`, `stat.ts` and `poll.ts`. A failure is a negative errno number.
 */
import { limits } from "../../base/limits.ts";
import { ERRNO } from "../../target/errno.ts";
import { Directory, type Errno, failed, type Inode } from "../files/inode.ts";
import { O, type OpenFile } from "../files/open-file.ts";
import type { Credentials } from "../files/permission.ts";
import type { WalkStart } from "../files/walk.ts";
import { RLIMIT } from "../process/process.ts";
import { address, int, type SyscallContext } from "../syscall-context.ts";

// biome-ignore format: table
export const AT = {
  AT_FDCWD:            -100,
  AT_SYMLINK_NOFOLLOW: 0x100,
  AT_EACCESS:          0x200,
  AT_REMOVEDIR:        0x200,
  AT_SYMLINK_FOLLOW:   0x400,
  AT_NO_AUTOMOUNT:     0x800,
  AT_EMPTY_PATH:       0x1000,
  AT_STATX_SYNC_TYPE:  0x6000,
} as const;

export function who(c: SyscallContext): Credentials {
  return { uid: c.task.euid, gid: c.task.egid, groups: c.task.process.credentials.groups };
}

/** The open file of a descriptor that is good for reading and writing: not one of O_PATH. */
export function fileOf(c: SyscallContext, fd: bigint): OpenFile | Errno {
  const file = c.files.get(int(fd));
  return file && (file.flags & O.O_PATH) === 0 ? file : -ERRNO.EBADF;
}

/** The same, O_PATH included. */
export function anyFileOf(c: SyscallContext, fd: bigint): OpenFile | Errno {
  return c.files.get(int(fd)) ?? -ERRNO.EBADF;
}

export function pathAt(c: SyscallContext, pointer: bigint): string | Errno {
  const path = c.mm.readCString(address(pointer), limits.maxPathBytes);
  if (typeof path !== "string") return -ERRNO.EFAULT;
  return path.length >= limits.maxPathBytes ? -ERRNO.ENAMETOOLONG : path;
}

/** Where an `…at` call starts to walk. The descriptor does not matter when the path is absolute. */
export function startAt(c: SyscallContext, dirfd: bigint, path: string): WalkStart | Errno {
  const fd = int(dirfd);
  if (fd === AT.AT_FDCWD || path.startsWith("/")) return c.fs.start(who(c));
  const file = c.files.get(fd);
  if (!file) return -ERRNO.EBADF;
  if (!(file.inode instanceof Directory)) return path === "" ? -ERRNO.ENOENT : -ERRNO.ENOTDIR;
  return { root: c.fs.root, from: file.inode, who: who(c) };
}

export interface Place {
  readonly inode: Inode;
  readonly parent?: Directory;
  readonly name?: string;
}

/** RLIMIT_NOFILE of the caller. */
export function openFilesLimit(c: SyscallContext): number {
  const soft = c.task.process?.resourceLimits[RLIMIT.RLIMIT_NOFILE]?.soft ?? BigInt(limits.maxOpenFiles);
  return Number(soft < BigInt(limits.maxOpenFiles) ? soft : limits.maxOpenFiles);
}

/** Gives a file a descriptor, or lets go of it. */
export function install(c: SyscallContext, file: OpenFile, closeOnExec = false, lowest = 0): number {
  const fd = c.files.install(file, closeOnExec, lowest, openFilesLimit(c));
  if (fd < 0 && file.references === 0) file.released(c);
  return fd;
}

/** Two descriptors, written to memory: all or nothing. */
export function installPair(
  c: SyscallContext,
  pair: readonly [OpenFile, OpenFile],
  pointer: bigint,
  closeOnExec: boolean,
): 0 | Errno {
  const first = install(c, pair[0], closeOnExec);
  if (first < 0) {
    pair[1].released(c);
    return first;
  }
  const second = install(c, pair[1], closeOnExec);
  const error = second < 0 ? second : copyOut(c, pointer, new Uint8Array(Int32Array.of(first, second).buffer));
  if (error !== 0) {
    c.files.close(first, c);
    if (second >= 0) c.files.close(second, c);
  }
  return error;
}

/** The inode that dirfd, path and AT flags name; with AT_EMPTY_PATH and "" that of the descriptor itself. */
export function inodeAt(c: SyscallContext, dirfd: bigint, pointer: bigint, flags: number): Inode | Errno {
  const found = placeAt(c, dirfd, pointer, flags);
  return failed(found) ? found : found.inode;
}

/** The same, with the folder and the name through which it was found, where there are any. */
export function placeAt(c: SyscallContext, dirfd: bigint, pointer: bigint, flags: number): Place | Errno {
  // A null path with AT_EMPTY_PATH is the empty one.
  const path = pointer === 0n && (flags & AT.AT_EMPTY_PATH) !== 0 ? "" : pathAt(c, pointer);
  if (failed(path)) return path;
  if (path === "" && (flags & AT.AT_EMPTY_PATH) !== 0) {
    if (int(dirfd) === AT.AT_FDCWD) return { inode: c.fs.cwd };
    const file = anyFileOf(c, dirfd);
    return failed(file) ? file : { inode: file.inode, ...file.place };
  }
  const start = startAt(c, dirfd, path);
  if (failed(start)) return start;
  return c.vfs.lookup(start, path, (flags & AT.AT_SYMLINK_NOFOLLOW) === 0);
}

export function copyOut(c: SyscallContext, pointer: bigint, bytes: Uint8Array): 0 | Errno {
  return bytes.length === 0 || c.mm.copyOut(address(pointer), bytes) === true ? 0 : -ERRNO.EFAULT;
}

export function copyIn(c: SyscallContext, pointer: bigint, length: number): Uint8Array | Errno {
  if (length === 0) return new Uint8Array(0);
  const bytes = c.mm.copyIn(address(pointer), length);
  return bytes instanceof Uint8Array ? bytes : -ERRNO.EFAULT;
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** A struct timespec as nanoseconds; -EINVAL when it is none. */
export function timespecAt(c: SyscallContext, pointer: bigint): bigint | Errno {
  const bytes = copyIn(c, pointer, 16);
  if (failed(bytes)) return bytes;
  const seconds = viewOf(bytes).getBigInt64(0, true);
  const nanoseconds = viewOf(bytes).getBigInt64(8, true);
  if (seconds < 0n || nanoseconds < 0n || nanoseconds >= 1_000_000_000n) return -ERRNO.EINVAL;
  return seconds * 1_000_000_000n + nanoseconds;
}
