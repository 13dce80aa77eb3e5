/**
 * Extended attributes: names with values beside a file, kept in its inode (`attributes`).
 *
 * `user.` ones on regular files and folders follow the permission bits; `trusted.` ones are root's; `security.` ones anybody reads
 * and root writes. ACLs (`system.`) and other names are not supported.
 */
import { fromBytes, toBytes } from "../../base/bytestring.ts";
import { limits } from "../../base/limits.ts";
import { ERRNO } from "../../target/errno.ts";
import { type Errno, failed, type Inode, S } from "../files/inode.ts";
import { checkAccess, MAY_READ, MAY_WRITE } from "../files/permission.ts";
import { address, int, type SyscallContext, type SyscallTable, size } from "../syscall-context.ts";
import { attributed } from "./stat.ts";
import { AT, copyIn, copyOut, fileOf, inodeAt, who } from "./user.ts";

const XATTR = { XATTR_CREATE: 1, XATTR_REPLACE: 2 } as const;
const XATTR_NAME_MAX = 255;
const XATTR_SIZE_MAX = 65_536;
const CWD = BigInt(AT.AT_FDCWD);

type Find = (c: SyscallContext, what: bigint) => Inode | Errno;
const byPath: Find = (c, path) => inodeAt(c, CWD, path, 0);
const byLink: Find = (c, path) => inodeAt(c, CWD, path, AT.AT_SYMLINK_NOFOLLOW);
const byDescriptor: Find = (c, fd) => {
  const file = fileOf(c, fd);
  return failed(file) ? file : file.inode;
};

// biome-ignore format: table
export const xattr: SyscallTable = {
  getxattr:     (c, what, ...rest) => get(c, byPath, what!, rest),
  lgetxattr:    (c, what, ...rest) => get(c, byLink, what!, rest),
  fgetxattr:    (c, what, ...rest) => get(c, byDescriptor, what!, rest),
  setxattr:     (c, what, ...rest) => set(c, byPath, what!, rest),
  lsetxattr:    (c, what, ...rest) => set(c, byLink, what!, rest),
  fsetxattr:    (c, what, ...rest) => set(c, byDescriptor, what!, rest),
  listxattr:    (c, what, ...rest) => list(c, byPath, what!, rest),
  llistxattr:   (c, what, ...rest) => list(c, byLink, what!, rest),
  flistxattr:   (c, what, ...rest) => list(c, byDescriptor, what!, rest),
  removexattr:  (c, what, name) => remove(c, byPath, what!, name!),
  lremovexattr: (c, what, name) => remove(c, byLink, what!, name!),
  fremovexattr: (c, what, name) => remove(c, byDescriptor, what!, name!),
};

function get(c: SyscallContext, find: Find, what: bigint, [name, buffer, max]: bigint[]): number {
  const key = nameAt(c, name!);
  if (failed(key)) return key;
  const inode = find(c, what);
  if (failed(inode)) return inode;
  const error = check(c, inode, key, MAY_READ);
  if (error !== 0) return error;
  const value = inode.attributes?.get(key);
  if (!value) return -ERRNO.ENODATA;
  return give(c, value, buffer!, size(max!));
}

function set(c: SyscallContext, find: Find, what: bigint, [name, pointer, rawSize, rawFlags]: bigint[]): number {
  const flags = int(rawFlags!);
  if ((flags & ~(XATTR.XATTR_CREATE | XATTR.XATTR_REPLACE)) !== 0) return -ERRNO.EINVAL;
  const key = nameAt(c, name!);
  if (failed(key)) return key;
  if (size(rawSize!) > XATTR_SIZE_MAX) return -ERRNO.E2BIG;
  const value = copyIn(c, pointer!, size(rawSize!));
  if (failed(value)) return value;
  const inode = find(c, what);
  if (failed(inode)) return inode;
  const error = check(c, inode, key, MAY_WRITE);
  if (error !== 0) return error;
  const known = inode.attributes?.has(key) ?? false;
  if (known && (flags & XATTR.XATTR_CREATE) !== 0) return -ERRNO.EEXIST;
  if (!known && (flags & XATTR.XATTR_REPLACE) !== 0) return -ERRNO.ENODATA;
  if (!known && (inode.attributes?.size ?? 0) >= limits.maxAttributes) return -ERRNO.ENOSPC;
  inode.attributes ??= new Map();
  inode.attributes.set(key, value.slice());
  attributed({ inode }, 0);
  inode.ctime = inode.sb.now();
  return 0;
}

/** Names with their NULs, one after the other. */
function list(c: SyscallContext, find: Find, what: bigint, [buffer, max]: bigint[]): number {
  const inode = find(c, what);
  if (failed(inode)) return inode;
  const names = [...(inode.attributes?.keys() ?? [])].filter((key) => who(c).uid === 0 || !key.startsWith("trusted."));
  return give(c, toBytes(names.map((key) => `${key}\0`).join("")), buffer!, size(max!));
}

function remove(c: SyscallContext, find: Find, what: bigint, name: bigint): number {
  const key = nameAt(c, name);
  if (failed(key)) return key;
  const inode = find(c, what);
  if (failed(inode)) return inode;
  const error = check(c, inode, key, MAY_WRITE);
  if (error !== 0) return error;
  if (!inode.attributes?.delete(key)) return -ERRNO.ENODATA;
  attributed({ inode }, 0);
  inode.ctime = inode.sb.now();
  return 0;
}

/** A size of 0 asks how much room is needed. */
function give(c: SyscallContext, bytes: Uint8Array, buffer: bigint, max: number): number {
  if (max === 0) return bytes.length;
  if (bytes.length > max) return -ERRNO.ERANGE;
  return copyOut(c, buffer, bytes) || bytes.length;
}

function nameAt(c: SyscallContext, pointer: bigint): string | Errno {
  const name = c.mm.readCString(address(pointer), XATTR_NAME_MAX + 1);
  if (typeof name !== "string") return -ERRNO.EFAULT;
  return name === "" || name.length > XATTR_NAME_MAX ? -ERRNO.ERANGE : fromBytes(toBytes(name));
}

function check(c: SyscallContext, inode: Inode, key: string, wanted: number): 0 | Errno {
  if (/^(user|trusted|security)\.$/.test(key)) return -ERRNO.EINVAL;
  const root = who(c).uid === 0;
  const reads = wanted === MAY_READ;
  if (key.startsWith("trusted.")) return root ? 0 : reads ? -ERRNO.ENODATA : -ERRNO.EPERM;
  if (key.startsWith("security.")) return root || reads ? 0 : -ERRNO.EPERM;
  if (!key.startsWith("user.")) return -ERRNO.EOPNOTSUPP;
  if (inode.type !== S.S_IFREG && inode.type !== S.S_IFDIR) return reads ? -ERRNO.ENODATA : -ERRNO.EPERM;
  return checkAccess(inode, who(c), wanted);
}
