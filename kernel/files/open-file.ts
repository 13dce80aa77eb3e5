/**
 * Open file descriptions: what open(2) makes and descriptors share.
 *
 * `file-table.ts` above hands out descriptors for them; dup and fork make two descriptors share one, with its offset
 * and status flags. The kinds: `regular-file.ts`, `pipe.ts`, `console-file.ts`, `devfs.ts`. A call that cannot go on
 * returns a `Block`; in non-blocking mode -EAGAIN instead.
 */
import { ERRNO } from "../../target/errno.ts";
import type { Block, SyscallContext, WaitQueue } from "../syscall-context.ts";
import { type Directory, type DirectoryEntry, type Errno, type Inode, S } from "./inode.ts";

/** What file operations need of the machine; a `SyscallContext` is one. */
export type FileIo = Pick<SyscallContext, "wake" | "raise" | "random"> & Partial<Pick<SyscallContext, "task">>;
/** What opening may need: a fifo waits for its other end. */
export type Opener = Pick<SyscallContext, "wake" | "task">;
/** What closing needs. */
export type Waker = Pick<SyscallContext, "wake">;

// biome-ignore format: table
export const O = {
  O_ACCMODE:   0o3,
  O_RDONLY:    0o0,
  O_WRONLY:    0o1,
  O_RDWR:      0o2,
  O_CREAT:     0o100,
  O_EXCL:      0o200,
  O_NOCTTY:    0o400,
  O_TRUNC:     0o1000,
  O_APPEND:    0o2000,
  O_NONBLOCK:  0o4000,
  O_DSYNC:     0o10000,
  O_ASYNC:     0o20000,
  O_DIRECT:    0o40000,
  O_LARGEFILE: 0o100000,
  O_DIRECTORY: 0o200000,
  O_NOFOLLOW:  0o400000,
  O_NOATIME:   0o1000000,
  O_CLOEXEC:   0o2000000,
  O_PATH:      0o10000000,
  O_TMPFILE:   0o20000000,
} as const;

// biome-ignore format: table
export const POLL = {
  POLLIN:     0x001,
  POLLPRI:    0x002,
  POLLOUT:    0x004,
  POLLERR:    0x008,
  POLLHUP:    0x010,
  POLLNVAL:   0x020,
  POLLRDNORM: 0x040,
  POLLRDBAND: 0x080,
  POLLWRNORM: 0x100,
  POLLWRBAND: 0x200,
  POLLRDHUP:  0x2000,
} as const;

export abstract class OpenFile {
  readonly inode: Inode;
  /** The canonical path at the time of opening; `pipe:[7]` for what has none. */
  readonly path: string;
  /** O_ACCMODE and status flags; F_SETFL changes it. */
  flags: number;
  /** The folder and the name through which it was opened, for inotify. */
  place: { readonly parent: Directory; readonly name: string } | undefined;
  /** F_SETOWN and F_SETSIG: kept and told. */
  signalled: { readonly type: number; readonly pid: number } = { type: 1, pid: 0 };
  signal = 0;
  /** Descriptors and mappings that hold it. */
  references = 0;

  constructor(inode: Inode, path: string, flags: number) {
    this.inode = inode;
    this.path = path;
    this.flags = flags;
  }

  get readable(): boolean {
    const access = this.flags & O.O_ACCMODE;
    return (access === O.O_RDONLY || access === O.O_RDWR) && (this.flags & O.O_PATH) === 0;
  }

  get writable(): boolean {
    const access = this.flags & O.O_ACCMODE;
    return (access === O.O_WRONLY || access === O.O_RDWR) && (this.flags & O.O_PATH) === 0;
  }

  get nonblocking(): boolean {
    return (this.flags & O.O_NONBLOCK) !== 0;
  }

  /** It keeps O_ASYNC, as what can tell with signals that it is ready; none are sent. */
  get keepsAsync(): boolean {
    return false;
  }

  /** Its content was read. */
  accessed(): void {
    if ((this.flags & O.O_NOATIME) === 0) this.inode.accessed();
  }

  /** At most `max` bytes, which the caller must not change; empty at the end of the file. */
  abstract read(io: FileIo, max: number): Uint8Array | Errno | Block;
  /** The count that was taken. */
  abstract write(io: FileIo, bytes: Uint8Array): number | Block;

  readAt(_offset: number, _max: number, _io: FileIo): Uint8Array | Errno {
    return -ERRNO.ESPIPE;
  }

  writeAt(_offset: number, _bytes: Uint8Array): number {
    return -ERRNO.ESPIPE;
  }

  seek(_offset: number, _whence: number): number {
    return -ERRNO.ESPIPE;
  }

  truncate(_size: number): 0 | Errno {
    return -ERRNO.EINVAL;
  }

  /** The next entries of a directory, from position `from`. */
  list(): readonly DirectoryEntry[] | Errno {
    return -ERRNO.ENOTDIR;
  }

  ioctl(_c: SyscallContext, _request: number, _argument: number): number | Block {
    return -ERRNO.ENOTTY;
  }

  /** The POLL bits that hold now. */
  poll(): number {
    return POLL.POLLIN | POLL.POLLOUT | POLL.POLLRDNORM | POLL.POLLWRNORM;
  }

  /** When time alone may change `poll()` (monotonic ns): a timer. */
  nextChange(): number {
    return Number.POSITIVE_INFINITY;
  }

  /** Signals (a mask) that make it ready. */
  get awaits(): bigint {
    return 0n;
  }

  /** fsync means something. */
  get stored(): boolean {
    return this.inode.type === S.S_IFREG || this.inode.type === S.S_IFDIR;
  }

  /** epoll may watch it: not a file that is always ready. */
  get pollable(): boolean {
    return true;
  }

  /** Woken when `poll()` may have changed. */
  queues(): readonly WaitQueue[] {
    return [];
  }

  /** The last reference is gone. */
  released(_waker: Waker): void {}
}
