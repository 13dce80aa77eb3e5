/**
 * Inodes: what a file is, whatever its name.
 *
 * The lowest common layer of the files: `vfs.ts` (names) and `open-file.ts` (descriptions) stand on it; `ramfs.ts`,
 * `overlay.ts`, `devfs.ts`, `procfs.ts` and `pipe.ts` implement it. An operation that fails returns a negative errno
 * number, as in Linux. Inodes do not check permissions and do not judge names: `vfs.ts` has done both.
 * Time stamps are nanoseconds since 1970. Access times move by reading as on a `relatime` mount.
 */
import { ERRNO } from "../../target/errno.ts";
import type { Block } from "../syscall-context.ts";
import type { FileLocks } from "./locks.ts";
import type { Watches } from "./notify.ts";
import type { Opener, OpenFile } from "./open-file.ts";
import type { Dentry } from "./walk.ts";

/** A negative errno number. */
export type Errno = number;

/** True for the failure of an operation that otherwise returns an object. */
export function failed(result: unknown): result is Errno {
  return typeof result === "number";
}

// biome-ignore format: table
export const S = {
  S_IFMT:   0o170000,
  S_IFSOCK: 0o140000,
  S_IFLNK:  0o120000,
  S_IFREG:  0o100000,
  S_IFBLK:  0o060000,
  S_IFDIR:  0o040000,
  S_IFCHR:  0o020000,
  S_IFIFO:  0o010000,
  S_ISUID:  0o004000,
  S_ISGID:  0o002000,
  S_ISVTX:  0o001000,
} as const;

/** One mounted file system: numbers its inodes and gives them the time. */
export class SuperBlock {
  /** As /proc/mounts names it: `overlay`, `ramfs`, `devtmpfs`, `proc`. */
  readonly type: string;
  /** f_type of statfs(2). */
  readonly magic: number;
  /** st_dev. */
  readonly dev: number;
  readonly now: () => bigint;
  #nextIno = 1;

  constructor(type: string, magic: number, dev: number, now: () => bigint) {
    this.type = type;
    this.magic = magic;
    this.dev = dev;
    this.now = now;
  }

  /** Numbers are given in the order in which inodes are first seen, so they are stable within a run. */
  takeIno(): number {
    return this.#nextIno++;
  }
}

/** What a new inode is made of; `mode` holds the type bits and is already cut by the umask. */
export interface NodeSpec {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Of a symbolic link. */
  readonly target?: string;
  /** Of a device. */
  readonly rdev?: number;
}

export interface AttributeChange {
  /** Permission bits, without the type. */
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly atime?: bigint;
  readonly mtime?: bigint;
}

const DAY = 86_400_000_000_000n;

export abstract class Inode {
  readonly sb: SuperBlock;
  readonly ino: number;
  mode: number;
  uid: number;
  gid: number;
  nlink = 1;
  rdev = 0;
  atime: bigint;
  mtime: bigint;
  ctime: bigint;
  /** When it was made here; nobody knows of what the host has. */
  btime: bigint | undefined;
  /** Once somebody locked it. */
  locks: FileLocks | undefined;
  /** Extended attributes, once it has some. */
  attributes: Map<string, Uint8Array> | undefined;
  /** While inotify watches it. */
  watches: Watches | undefined;

  constructor(sb: SuperBlock, spec: NodeSpec) {
    this.sb = sb;
    this.ino = sb.takeIno();
    this.mode = spec.mode;
    this.uid = spec.uid;
    this.gid = spec.gid;
    this.rdev = spec.rdev ?? 0;
    this.atime = this.mtime = this.ctime = this.btime = sb.now();
  }

  abstract get size(): number;

  get type(): number {
    return this.mode & S.S_IFMT;
  }

  /** chmod, chown, utimes. */
  change(change: AttributeChange): 0 | Errno {
    if (change.mode !== undefined) this.mode = this.type | (change.mode & 0o7777);
    this.uid = change.uid ?? this.uid;
    this.gid = change.gid ?? this.gid;
    this.atime = change.atime ?? this.atime;
    this.mtime = change.mtime ?? this.mtime;
    this.ctime = this.sb.now();
    return 0;
  }

  /** 0 when a file may be opened for what `flags` say; permission bits are already checked. */
  checkOpen(_flags: number): 0 | Errno {
    return 0;
  }

  /** Somebody read it: told once after a change, and once a day. */
  accessed(): void {
    const now = this.sb.now();
    if (this.atime <= this.mtime || this.atime <= this.ctime || now - this.atime >= DAY) this.atime = now;
  }

  /** The content or the entries changed. */
  touch(): void {
    this.mtime = this.ctime = this.sb.now();
  }
}

/**
 * A regular file: bytes at offsets. Memory mappings and exec read here too, so a page is fetched from the host once.
 */
export abstract class Regular extends Inode {
  /** Open file descriptions that lead here. */
  opens = 0;
  /** Made without a name (O_TMPFILE): linkat may give it the first. */
  linkable = false;
  /** F_SEAL_… of a memfd; other files cannot be sealed. */
  seals: number | undefined;

  /** At most `max` bytes from `offset`, fewer only at the end of the file: a view that is good until the next call. */
  abstract read(offset: number, max: number): Uint8Array | Errno;
  /** Writes all bytes, extending the file, or nothing. */
  abstract write(offset: number, bytes: Uint8Array): 0 | Errno;
  abstract truncate(size: number): 0 | Errno;
  /** Makes a range that lies in the file read as zeroes. */
  punch(_offset: number, _length: number): 0 | Errno {
    return -ERRNO.EOPNOTSUPP;
  }
  /** Takes out a range that lies in the file, or makes room of zeroes in it: what is behind moves. */
  collapse(_offset: number, _length: number): 0 | Errno {
    return -ERRNO.EOPNOTSUPP;
  }
  insert(_offset: number, _length: number): 0 | Errno {
    return -ERRNO.EOPNOTSUPP;
  }
  /** Where the next data (or the next hole) begins, at `offset` or behind; `size` when there is none. */
  nextData(offset: number): number {
    return offset;
  }
  nextHole(_offset: number): number {
    return this.size;
  }
  /** Nothing leads to the file any more: neither a name nor an open file. */
  forget(): void {}
}

export interface DirectoryEntry {
  readonly name: string;
  readonly inode: Inode;
}

/**
 * A directory. It has one name only (no hard links), so it knows its place in the tree itself, and `..` and getcwd
 * need no further structure. A file system mounted on it covers it: `mounted` is the root of that one, whose `covers`
 * leads back.
 */
export abstract class Directory extends Inode {
  /** The root's parent is itself. */
  parent: Directory = this;
  name = "";
  mounted: Directory | undefined;
  covers: Directory | undefined;
  /** Removed, but still somebody's working directory or open file. */
  removed = false;

  get size(): number {
    return 4096;
  }

  /** -ENOENT when there is no such name. */
  abstract lookup(name: string): Inode | Errno;
  /** Sorted by bytes, without `.` and `..`. */
  abstract entries(): readonly DirectoryEntry[] | Errno;
  /** Makes a new inode under a free name. */
  make(_name: string, _spec: NodeSpec): Inode | Errno {
    return -ERRNO.EROFS;
  }
  /** A regular file without a name (O_TMPFILE). */
  makeUnnamed(_spec: NodeSpec): Inode | Errno {
    return -ERRNO.EOPNOTSUPP;
  }
  /** A further name for a file of this file system. */
  link(_name: string, _inode: Inode): 0 | Errno {
    return -ERRNO.EROFS;
  }
  /** Takes a name away; a directory under it is empty. */
  remove(_name: string): 0 | Errno {
    return -ERRNO.EROFS;
  }
  /** Nobody takes names away here, whatever lies under them. */
  get isFixed(): boolean {
    return false;
  }
  /** RENAME_WHITEOUT is known. */
  get keepsWhiteouts(): boolean {
    return false;
  }
  /** RENAME_EXCHANGE: both names are taken. */
  exchange(_name: string, _other: Directory, _otherName: string): 0 | Errno {
    return -ERRNO.EINVAL;
  }
  /** Moves `name` to `to`/`toName` of the same file system, replacing what is there. */
  rename(_name: string, _to: Directory, _toName: string): 0 | Errno {
    return -ERRNO.EROFS;
  }
}

export class Symlink extends Inode {
  readonly target: string;

  constructor(sb: SuperBlock, spec: NodeSpec) {
    super(sb, { ...spec, mode: S.S_IFLNK | 0o777 });
    this.target = spec.target ?? "";
  }

  get size(): number {
    return this.target.length;
  }

  readlink(): string {
    return this.target;
  }

  /** 0 when whoever asks may see where it leads. */
  checkFollow(): 0 | Errno {
    return 0;
  }

  /** A link of procfs leads straight to an inode, also when no path does any more. */
  jump(): Dentry | undefined {
    return undefined;
  }
}

/** A device, fifo or socket. What opening it means is the implementation's. */
export class Special extends Inode {
  get size(): number {
    return 0;
  }

  /** `opener` is the task that may wait; without one nobody can. */
  open(_flags: number, _path: string, _opener?: Opener): OpenFile | Errno | Block {
    return -ERRNO.ENXIO;
  }
}
