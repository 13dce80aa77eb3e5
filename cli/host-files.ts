/**
 * The host's folders for the kernel model, over `node:fs`.
 *
 * Called by the composition root: `openHostFolder` for what the model may only read, `openWritableHostFolder` for `--writable DIR`.
 * Errors of the host become the target's numbers by name, so a host with other numbers answers the same.
 * A few descriptors stay open, because a program is read in many small pieces.
 */
import * as fs from "node:fs";
import { fromBytes } from "../base/bytestring.ts";
import type { HostFolder, HostStat, WritableHostFolder } from "../kernel/files/host-folder.ts";
import { type Errno, S } from "../kernel/files/inode.ts";
import { ERRNO } from "../target/errno.ts";

const OPEN_FILES = 32;

export function openHostFolder(directory: string): HostFolder {
  const root = Buffer.from(directory.replace(/\/+$/, ""));
  const open = new Map<string, number>();
  const pathOf = (path: string): Buffer => hostPath(root, path);
  const descriptor = (path: string): number => {
    const known = open.get(path);
    if (known !== undefined) return known;
    // Never a fifo or a device: `lstat` said that it is a regular file; O_NONBLOCK for one that changed since.
    const fd = fs.openSync(pathOf(path), fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
    open.set(path, fd);
    if (open.size > OPEN_FILES) {
      const [oldest] = open;
      if (oldest) {
        fs.closeSync(oldest[1]);
        open.delete(oldest[0]);
      }
    }
    return fd;
  };
  return {
    lstat: (path) => attempt(() => statOf(fs.lstatSync(pathOf(path), { bigint: true }))),
    readdir: (path) => attempt(() => fs.readdirSync(pathOf(path), { encoding: "buffer" }).map(fromBytes)),
    readlink: (path) => attempt(() => fromBytes(fs.readlinkSync(pathOf(path), { encoding: "buffer" }))),
    checkReadable: (path) => change(() => fs.accessSync(pathOf(path), fs.constants.R_OK)),
    read: (path, offset, into) =>
      attempt(() => {
        const fd = descriptor(path);
        let count = 0;
        while (count < into.length) {
          const part = fs.readSync(fd, into, count, into.length - count, offset + count);
          if (part === 0) break;
          count += part;
        }
        return count;
      }),
  };
}

export function openWritableHostFolder(directory: string): WritableHostFolder {
  const root = Buffer.from(directory.replace(/\/+$/, ""));
  const pathOf = (path: string): Buffer => hostPath(root, path);
  const { lstat, readdir, readlink, checkReadable } = openHostFolder(directory);
  return {
    lstat,
    readdir,
    readlink,
    checkReadable,
    // No descriptor is kept here: names move, and another file may stand under an old one.
    read: (path, offset, into) =>
      attempt(() => {
        const fd = fs.openSync(pathOf(path), fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
        try {
          let count = 0;
          while (count < into.length) {
            const part = fs.readSync(fd, into, count, into.length - count, offset + count);
            if (part === 0) break;
            count += part;
          }
          return count;
        } finally {
          fs.closeSync(fd);
        }
      }),
    create: (path, mode) =>
      change(() => {
        const fd = fs.openSync(pathOf(path), "wx", mode | 0o200);
        fs.fchmodSync(fd, mode);
        fs.closeSync(fd);
      }),
    write: (path, offset, bytes) =>
      change(() => {
        const fd = fs.openSync(pathOf(path), "r+");
        try {
          for (let at = 0; at < bytes.length; ) at += fs.writeSync(fd, bytes, at, bytes.length - at, offset + at);
        } finally {
          fs.closeSync(fd);
        }
      }),
    truncate: (path, size) => change(() => fs.truncateSync(pathOf(path), size)),
    unlink: (path) => change(() => fs.unlinkSync(pathOf(path))),
    mkdir: (path, mode) =>
      change(() => {
        fs.mkdirSync(pathOf(path), mode);
        fs.chmodSync(pathOf(path), mode);
      }),
    rmdir: (path) => change(() => fs.rmdirSync(pathOf(path))),
    symlink: (path, target) => change(() => fs.symlinkSync(Buffer.from(target, "latin1"), pathOf(path))),
    link: (existing, path) => change(() => fs.linkSync(pathOf(existing), pathOf(path))),
    rename: (from, to) => change(() => fs.renameSync(pathOf(from), pathOf(to))),
    chmod: (path, mode) => change(() => fs.chmodSync(pathOf(path), mode)),
    utimes: (path, atime, mtime) =>
      change(() => fs.lutimesSync(pathOf(path), Number(atime) / 1e9, Number(mtime) / 1e9)),
  };
}

function hostPath(root: Buffer, path: string): Buffer {
  return Buffer.concat([root, Buffer.from(`/${path}`, "latin1")]);
}

function change(call: () => void): 0 | Errno {
  return attempt(() => {
    call();
    return 0;
  });
}

function attempt<T>(call: () => T): T | Errno {
  try {
    return call();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "";
    if (Object.hasOwn(ERRNO, code)) return -ERRNO[code as keyof typeof ERRNO];
    // Node's own check of an argument, e.g. a path with a NUL byte.
    if (code === "ERR_INVALID_ARG_VALUE") return -ERRNO.EINVAL;
    return -ERRNO.EIO;
  }
}

function statOf(stat: fs.BigIntStats): HostStat {
  const type = stat.isFile()
    ? S.S_IFREG
    : stat.isDirectory()
      ? S.S_IFDIR
      : stat.isSymbolicLink()
        ? S.S_IFLNK
        : stat.isCharacterDevice()
          ? S.S_IFCHR
          : stat.isBlockDevice()
            ? S.S_IFBLK
            : stat.isFIFO()
              ? S.S_IFIFO
              : S.S_IFSOCK;
  return {
    identity: `${stat.dev}:${stat.ino}`,
    mode: type | (Number(stat.mode) & 0o7777),
    uid: Number(stat.uid),
    gid: Number(stat.gid),
    nlink: Number(stat.nlink),
    size: Number(stat.size),
    atime: stat.atimeNs,
    mtime: stat.mtimeNs,
    ctime: stat.ctimeNs,
  };
}
