/**
 * System calls on attributes: stat in its forms, statfs, access, chmod, chown, utimensat.
 *
 * Structures are those of asm-generic, which riscv64 uses.
 */
import { ERRNO } from "../../target/errno.ts";
import { Directory, type Errno, failed, type Inode, Regular, S, Symlink } from "../files/inode.ts";
import { IN, notify, notifyChild } from "../files/notify.ts";
import { changeMode, changeOwner, checkAccess } from "../files/permission.ts";
import { int, type SyscallContext, type SyscallTable } from "../syscall-context.ts";
import { AT, anyFileOf, copyIn, copyOut, fileOf, inodeAt, type Place, placeAt, viewOf, who } from "./user.ts";

const BLOCK_SIZE = 4096;
const NAME_MAX = 255n;
const STATX_BASIC_STATS = 0x7ff;
const STATX_BTIME = 0x800;
const UTIME_NOW = 0x3fffffffn;
const UTIME_OMIT = 0x3ffffffen;

export const stat: SyscallTable = {
  fstat(c, fd, buffer) {
    const file = anyFileOf(c, fd!);
    return failed(file) ? file : copyOut(c, buffer!, statOf(file.inode));
  },

  newfstatat(c, dirfd, pointer, buffer, rawFlags) {
    const flags = int(rawFlags!);
    if ((flags & ~(AT.AT_SYMLINK_NOFOLLOW | AT.AT_NO_AUTOMOUNT | AT.AT_EMPTY_PATH)) !== 0) return -ERRNO.EINVAL;
    const inode = inodeAt(c, dirfd!, pointer!, flags);
    return failed(inode) ? inode : copyOut(c, buffer!, statOf(inode));
  },

  statx(c, dirfd, pointer, rawFlags, mask, buffer) {
    const flags = int(rawFlags!);
    const known = AT.AT_SYMLINK_NOFOLLOW | AT.AT_NO_AUTOMOUNT | AT.AT_EMPTY_PATH | AT.AT_STATX_SYNC_TYPE;
    if ((flags & ~known) !== 0 || int(mask!) < 0) return -ERRNO.EINVAL;
    if ((flags & AT.AT_STATX_SYNC_TYPE) === AT.AT_STATX_SYNC_TYPE) return -ERRNO.EINVAL;
    const inode = inodeAt(c, dirfd!, pointer!, flags);
    return failed(inode) ? inode : copyOut(c, buffer!, statxOf(inode));
  },

  statfs(c, pointer, buffer) {
    const inode = inodeAt(c, BigInt(AT.AT_FDCWD), pointer!, 0);
    return failed(inode) ? inode : copyOut(c, buffer!, statfsOf(inode));
  },

  fstatfs(c, fd, buffer) {
    const file = anyFileOf(c, fd!);
    return failed(file) ? file : copyOut(c, buffer!, statfsOf(file.inode));
  },

  faccessat: (c, dirfd, pointer, mode) => access(c, dirfd!, pointer!, int(mode!), 0),
  faccessat2: (c, dirfd, pointer, mode, flags) => access(c, dirfd!, pointer!, int(mode!), int(flags!)),

  fchmod(c, fd, mode) {
    const file = fileOf(c, fd!);
    return failed(file)
      ? file
      : attributed({ inode: file.inode, ...file.place }, changeMode(file.inode, who(c), int(mode!)));
  },

  fchmodat: (c, dirfd, pointer, mode) => chmod(c, dirfd!, pointer!, int(mode!), 0),
  fchmodat2: (c, dirfd, pointer, mode, flags) => chmod(c, dirfd!, pointer!, int(mode!), int(flags!)),

  fchown(c, fd, uid, gid) {
    const file = fileOf(c, fd!);
    if (failed(file)) return file;
    return attributed({ inode: file.inode, ...file.place }, changeOwner(file.inode, who(c), int(uid!), int(gid!)));
  },

  fchownat(c, dirfd, pointer, uid, gid, rawFlags) {
    const flags = int(rawFlags!);
    if ((flags & ~(AT.AT_SYMLINK_NOFOLLOW | AT.AT_EMPTY_PATH)) !== 0) return -ERRNO.EINVAL;
    const at = placeAt(c, dirfd!, pointer!, flags);
    return failed(at) ? at : attributed(at, changeOwner(at.inode, who(c), int(uid!), int(gid!)));
  },

  utimensat(c, dirfd, pointer, times, rawFlags) {
    const flags = int(rawFlags!);
    if ((flags & ~(AT.AT_SYMLINK_NOFOLLOW | AT.AT_EMPTY_PATH)) !== 0) return -ERRNO.EINVAL;
    const both = times === 0n ? (["now", "now"] as const) : timesAt(c, times!);
    if (failed(both)) return both;
    // Nothing is to be changed, so nothing is looked up.
    if (both[0] === undefined && both[1] === undefined) return 0;
    // Without a path the descriptor itself is meant (futimens).
    const file = pointer === 0n ? fileOf(c, dirfd!) : undefined;
    if (failed(file)) return file;
    const at = file ? { inode: file.inode, ...file.place } : placeAt(c, dirfd!, pointer!, flags);
    return failed(at) ? at : attributed(at, c.vfs.changeTimes(at.inode, who(c), both[0], both[1]));
  },
};

function chmod(c: SyscallContext, dirfd: bigint, pointer: bigint, mode: number, flags: number): 0 | Errno {
  if ((flags & ~(AT.AT_SYMLINK_NOFOLLOW | AT.AT_EMPTY_PATH)) !== 0) return -ERRNO.EINVAL;
  const at = placeAt(c, dirfd, pointer, flags);
  if (failed(at)) return at;
  if (at.inode instanceof Symlink) return -ERRNO.EOPNOTSUPP;
  return attributed(at, changeMode(at.inode, who(c), mode));
}

/** Tells who watches, when the change went well. */
export function attributed({ inode, parent, name }: Place, result: 0 | Errno): 0 | Errno {
  if (result !== 0) return result;
  if (parent && name) notifyChild(parent, name, inode, IN.IN_ATTRIB);
  notify(inode, inode instanceof Directory ? IN.IN_ATTRIB | IN.IN_ISDIR : IN.IN_ATTRIB);
  return 0;
}

type Time = bigint | "now" | undefined;

function timesAt(c: SyscallContext, pointer: bigint): readonly [Time, Time] | Errno {
  const bytes = copyIn(c, pointer, 32);
  if (failed(bytes)) return bytes;
  const view = viewOf(bytes);
  const times: Time[] = [];
  for (const at of [0, 16]) {
    const nanoseconds = view.getBigInt64(at + 8, true);
    if (nanoseconds === UTIME_NOW) times.push("now");
    else if (nanoseconds === UTIME_OMIT) times.push(undefined);
    else if (nanoseconds < 0n || nanoseconds >= 1_000_000_000n) return -ERRNO.EINVAL;
    else times.push(view.getBigInt64(at, true) * 1_000_000_000n + nanoseconds);
  }
  return [times[0], times[1]];
}

function access(c: SyscallContext, dirfd: bigint, pointer: bigint, mode: number, flags: number): 0 | Errno {
  if ((mode & ~7) !== 0) return -ERRNO.EINVAL;
  if ((flags & ~(AT.AT_EACCESS | AT.AT_SYMLINK_NOFOLLOW | AT.AT_EMPTY_PATH)) !== 0) return -ERRNO.EINVAL;
  const inode = inodeAt(c, dirfd, pointer, flags);
  if (failed(inode)) return inode;
  // access(2) asks for the real ids: what a set-user-id program may do for its user.
  const asker = (flags & AT.AT_EACCESS) !== 0 ? who(c) : { ...who(c), uid: c.task.uid, gid: c.task.gid };
  return checkAccess(inode, asker, mode);
}

function putTime(view: DataView, at: number, time: bigint): void {
  const nanoseconds = ((time % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
  view.setBigInt64(at, (time - nanoseconds) / 1_000_000_000n, true);
  view.setBigInt64(at + 8, nanoseconds, true);
}

/** Sectors of 512 bytes, in whole blocks of st_blksize, without holes; a link lies in its inode. */
function blocks(inode: Inode): bigint {
  if (inode.type === S.S_IFLNK) return 0n;
  const wholes = (bytes: number): number => Math.ceil(bytes / BLOCK_SIZE) * 8;
  if (!(inode instanceof Regular)) return BigInt(wholes(inode.size));
  let count = 0;
  for (let at = inode.nextData(0); at < inode.size; ) {
    const hole = inode.nextHole(at);
    count += wholes(hole - at);
    at = hole < inode.size ? inode.nextData(hole) : inode.size;
  }
  return BigInt(count);
}

/** struct stat, 128 bytes. */
function statOf(inode: Inode): Uint8Array {
  const bytes = new Uint8Array(128);
  const view = viewOf(bytes);
  view.setBigUint64(0, BigInt(inode.sb.dev), true);
  view.setBigUint64(8, BigInt(inode.ino), true);
  view.setUint32(16, inode.mode, true);
  view.setUint32(20, inode.nlink, true);
  view.setUint32(24, inode.uid, true);
  view.setUint32(28, inode.gid, true);
  view.setBigUint64(32, BigInt(inode.rdev), true);
  view.setBigInt64(48, BigInt(inode.size), true);
  view.setInt32(56, BLOCK_SIZE, true);
  view.setBigInt64(64, blocks(inode), true);
  putTime(view, 72, inode.atime);
  putTime(view, 88, inode.mtime);
  putTime(view, 104, inode.ctime);
  return bytes;
}

/** struct statx, 256 bytes; its times have 32-bit nanoseconds and four bytes of padding. */
function statxOf(inode: Inode): Uint8Array {
  const bytes = new Uint8Array(256);
  const view = viewOf(bytes);
  view.setUint32(0, STATX_BASIC_STATS | (inode.btime === undefined ? 0 : STATX_BTIME), true);
  view.setUint32(4, BLOCK_SIZE, true);
  view.setUint32(16, inode.nlink, true);
  view.setUint32(20, inode.uid, true);
  view.setUint32(24, inode.gid, true);
  view.setUint16(28, inode.mode, true);
  view.setBigUint64(32, BigInt(inode.ino), true);
  view.setBigUint64(40, BigInt(inode.size), true);
  view.setBigUint64(48, blocks(inode), true);
  putTime(view, 64, inode.atime);
  if (inode.btime !== undefined) putTime(view, 80, inode.btime);
  putTime(view, 96, inode.ctime);
  putTime(view, 112, inode.mtime);
  view.setUint32(128, inode.rdev >> 8, true);
  view.setUint32(132, inode.rdev & 0xff, true);
  view.setUint32(136, inode.sb.dev >> 8, true);
  view.setUint32(140, inode.sb.dev & 0xff, true);
  return bytes;
}

/** struct statfs, 120 bytes. What is free is not told: it would differ from host to host. */
function statfsOf(inode: Inode): Uint8Array {
  const TOTAL_BLOCKS = 1n << 18n;
  const bytes = new Uint8Array(120);
  const view = viewOf(bytes);
  view.setBigInt64(0, BigInt(inode.sb.magic), true);
  view.setBigInt64(8, BigInt(BLOCK_SIZE), true);
  for (const at of [16, 24, 32, 40, 48]) view.setBigUint64(at, TOTAL_BLOCKS, true); // blocks, bfree, bavail, files, ffree
  view.setInt32(56, inode.sb.dev, true);
  view.setBigInt64(64, NAME_MAX, true);
  view.setBigInt64(72, BigInt(BLOCK_SIZE), true);
  return bytes;
}
