/**
 * System calls on names: make, remove, rename, link, list, change and tell the working directory.
 *
 * Argument checking and copying above `Vfs`.
 */

import { toBytes } from "../../base/bytestring.ts";
import { ERRNO } from "../../target/errno.ts";
import { Directory, type DirectoryEntry, type Errno, failed, type Inode, S, Symlink } from "../files/inode.ts";
import { IN, notifyFile } from "../files/notify.ts";
import { checkAccess, MAY_EXEC } from "../files/permission.ts";
import { DirectoryFile } from "../files/regular-file.ts";
import { pathOf } from "../files/walk.ts";
import { int, type SyscallContext, type SyscallTable, size } from "../syscall-context.ts";
import { AT, anyFileOf, copyOut, fileOf, inodeAt, pathAt, startAt, viewOf, who } from "./user.ts";

export const directories: SyscallTable = {
  mkdirat(c, dirfd, pointer, mode) {
    return make(c, dirfd!, pointer!, { mode: S.S_IFDIR | (int(mode!) & 0o1777 & ~c.fs.umask) });
  },

  mknodat(c, dirfd, pointer, rawMode, device) {
    const mode = int(rawMode!);
    const type = (mode & S.S_IFMT) === 0 ? S.S_IFREG : mode & S.S_IFMT;
    if (type === S.S_IFDIR || (type === S.S_IFCHR && device !== 0n)) return -ERRNO.EPERM;
    if (type === S.S_IFLNK) return -ERRNO.EINVAL;
    return make(c, dirfd!, pointer!, { mode: type | (mode & 0o7777 & ~c.fs.umask) });
  },

  symlinkat(c, targetPointer, dirfd, pointer) {
    const target = pathAt(c, targetPointer!);
    if (failed(target)) return target;
    return target === "" ? -ERRNO.ENOENT : make(c, dirfd!, pointer!, { mode: S.S_IFLNK | 0o777, target });
  },

  linkat(c, oldDirfd, oldPointer, newDirfd, newPointer, rawFlags) {
    const flags = int(rawFlags!);
    if ((flags & ~(AT.AT_SYMLINK_FOLLOW | AT.AT_EMPTY_PATH)) !== 0) return -ERRNO.EINVAL;
    const follow = (flags & AT.AT_SYMLINK_FOLLOW) !== 0 ? 0 : AT.AT_SYMLINK_NOFOLLOW;
    const inode = inodeAt(c, oldDirfd!, oldPointer!, follow | (flags & AT.AT_EMPTY_PATH));
    if (failed(inode)) return inode;
    const path = pathAt(c, newPointer!);
    if (failed(path)) return path;
    const start = startAt(c, newDirfd!, path);
    return failed(start) ? start : c.vfs.link(start, inode, start, path);
  },

  unlinkat(c, dirfd, pointer, rawFlags) {
    const flags = int(rawFlags!);
    if ((flags & ~AT.AT_REMOVEDIR) !== 0) return -ERRNO.EINVAL;
    const path = pathAt(c, pointer!);
    if (failed(path)) return path;
    const start = startAt(c, dirfd!, path);
    if (failed(start)) return start;
    return flags === 0 ? c.vfs.unlink(start, path) : c.vfs.rmdir(start, path);
  },

  renameat2: (c, oldDirfd, oldPointer, newDirfd, newPointer, flags) =>
    rename(c, oldDirfd!, oldPointer!, newDirfd!, newPointer!, int(flags!)),
  renameat: (c, oldDirfd, oldPointer, newDirfd, newPointer) =>
    rename(c, oldDirfd!, oldPointer!, newDirfd!, newPointer!, 0),

  readlinkat(c, dirfd, pointer, buffer, rawSize) {
    if (int(rawSize!) <= 0) return -ERRNO.EINVAL;
    const inode = inodeAt(c, dirfd!, pointer!, AT.AT_SYMLINK_NOFOLLOW | AT.AT_EMPTY_PATH);
    if (failed(inode)) return inode;
    if (!(inode instanceof Symlink)) return -ERRNO.EINVAL;
    const forbidden = inode.checkFollow();
    if (forbidden !== 0) return forbidden;
    inode.accessed();
    const bytes = toBytes(inode.readlink()).subarray(0, int(rawSize!));
    return copyOut(c, buffer!, bytes) || bytes.length;
  },

  getcwd(c, buffer, rawSize) {
    const path = pathOf(c.fs.cwd, "", c.fs.root);
    if (path === undefined) return -ERRNO.ENOENT;
    const bytes = toBytes(`${path}\0`);
    if (bytes.length > size(rawSize!)) return -ERRNO.ERANGE;
    return copyOut(c, buffer!, bytes) || bytes.length;
  },

  chdir: (c, pointer) => setDirectory(c, inodeAt(c, CWD, pointer!, 0), "cwd"),

  fchdir(c, fd) {
    const file = anyFileOf(c, fd!);
    return failed(file) ? file : setDirectory(c, file.inode, "cwd");
  },

  chroot(c, pointer) {
    const inode = inodeAt(c, CWD, pointer!, 0);
    if (!failed(inode) && c.task.euid !== 0) return -ERRNO.EPERM;
    return setDirectory(c, inode, "root");
  },

  umask(c, mask) {
    const old = c.fs.umask;
    c.fs.umask = int(mask!) & 0o777;
    return old;
  },

  getdents64(c, fd, buffer, rawSize) {
    const file = fileOf(c, fd!);
    if (failed(file)) return file;
    if (!(file instanceof DirectoryFile)) return -ERRNO.ENOTDIR;
    if (file.inode.removed) return -ERRNO.ENOENT;
    const children = file.list();
    if (failed(children)) return children;
    const { inode } = file;
    const entries: DirectoryEntry[] = [{ name: ".", inode }, { name: "..", inode: inode.parent }, ...children];
    const out = new Uint8Array(Math.min(size(rawSize!), 1 << 20));
    let at = 0;
    let position = file.position;
    for (; position < entries.length; position++) {
      const record = dirent(entries[position]!, position + 1);
      if (at + record.length > out.length) break;
      out.set(record, at);
      at += record.length;
    }
    if (at === 0 && position < entries.length) return -ERRNO.EINVAL;
    const error = copyOut(c, buffer!, out.subarray(0, at));
    if (error !== 0) return error;
    notifyFile(file, IN.IN_ACCESS);
    file.position = position;
    return at;
  },
};

const CWD = BigInt(AT.AT_FDCWD);

function make(
  c: SyscallContext,
  dirfd: bigint,
  pointer: bigint,
  node: { readonly mode: number; readonly target?: string },
): 0 | Errno {
  const path = pathAt(c, pointer);
  if (failed(path)) return path;
  const start = startAt(c, dirfd, path);
  return failed(start) ? start : c.vfs.make(start, path, node);
}

function rename(c: SyscallContext, oldDirfd: bigint, from: bigint, newDirfd: bigint, to: bigint, flags: number): Errno {
  const oldPath = pathAt(c, from);
  if (failed(oldPath)) return oldPath;
  const newPath = pathAt(c, to);
  if (failed(newPath)) return newPath;
  const start = startAt(c, oldDirfd, oldPath);
  if (failed(start)) return start;
  const newStart = startAt(c, newDirfd, newPath);
  return failed(newStart) ? newStart : c.vfs.rename(start, oldPath, newStart, newPath, flags);
}

function setDirectory(c: SyscallContext, inode: Inode | Errno, which: "cwd" | "root"): 0 | Errno {
  if (failed(inode)) return inode;
  if (!(inode instanceof Directory)) return -ERRNO.ENOTDIR;
  const error = checkAccess(inode, who(c), MAY_EXEC);
  if (error === 0) c.fs[which] = inode;
  return error;
}

/** struct linux_dirent64: u64 ino, s64 offset of the next, u16 length, u8 type, name, NUL; padded to 8 bytes. */
function dirent({ name, inode }: DirectoryEntry, next: number): Uint8Array {
  const record = new Uint8Array((19 + name.length + 1 + 7) & ~7);
  const view = viewOf(record);
  view.setBigUint64(0, BigInt(inode.ino), true);
  view.setBigInt64(8, BigInt(next), true);
  view.setUint16(16, record.length, true);
  record[18] = inode.type >> 12; // DT_… are the type bits of the mode
  record.set(toBytes(name), 19);
  return record;
}
