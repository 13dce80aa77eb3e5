/**
 * Open files on regular files and directories, and O_PATH descriptors.
 *
 * Made by `Vfs.open`; the bytes are the inode's, offset and flags are the open file's.
 */
import { limits } from "../../base/limits.ts";
import { ERRNO } from "../../target/errno.ts";
import type { SyscallContext } from "../syscall-context.ts";
import type { Directory, DirectoryEntry, Errno, Regular } from "./inode.ts";
import { failed } from "./inode.ts";
import { notifyGone } from "./notify.ts";
import { type FileIo, O, OpenFile, type Waker } from "./open-file.ts";

// biome-ignore format: table
export const SEEK = { SEEK_SET: 0, SEEK_CUR: 1, SEEK_END: 2, SEEK_DATA: 3, SEEK_HOLE: 4 } as const;

// biome-ignore format: table
const F_SEAL = { F_SEAL_SEAL: 1, F_SEAL_SHRINK: 2, F_SEAL_GROW: 4, F_SEAL_WRITE: 8, F_SEAL_FUTURE_WRITE: 16 } as const;

/** May a write end there? */
function sealOf(inode: Regular, end: number): 0 | Errno {
  const forbidden = F_SEAL.F_SEAL_WRITE | F_SEAL.F_SEAL_FUTURE_WRITE | (end > inode.size ? F_SEAL.F_SEAL_GROW : 0);
  return ((inode.seals ?? 0) & forbidden) !== 0 ? -ERRNO.EPERM : 0;
}

export class RegularFile extends OpenFile {
  declare readonly inode: Regular;
  /** O_TRUNC took its content. */
  emptied = false;
  /** What the last write changed, with the gap that it left behind the end. */
  wrote = { start: 0, end: 0 };
  #offset = 0;

  constructor(inode: Regular, path: string, flags: number) {
    super(inode, path, flags);
    inode.opens++;
  }

  override read(_io: FileIo, max: number): Uint8Array | Errno {
    const bytes = this.readAt(this.#offset, max);
    if (!failed(bytes)) this.#offset += bytes.length;
    return bytes;
  }

  override write(_io: FileIo, bytes: Uint8Array): number {
    if ((this.flags & O.O_APPEND) !== 0) this.#offset = this.inode.size;
    const count = this.#writeAt(this.#offset, bytes);
    if (count > 0) this.#offset += count;
    return count;
  }

  override readAt(offset: number, max: number): Uint8Array | Errno {
    if (max > 0) this.accessed();
    return this.inode.read(offset, max);
  }

  override writeAt(offset: number, bytes: Uint8Array): number {
    // Linux appends here too, whatever the offset (pwrite(2), BUGS).
    return this.#writeAt((this.flags & O.O_APPEND) !== 0 ? this.inode.size : offset, bytes);
  }

  #writeAt(offset: number, bytes: Uint8Array): number {
    if (bytes.length === 0) return 0;
    if (offset >= limits.maxFileBytes) return -ERRNO.EFBIG;
    const sealed = sealOf(this.inode, offset + bytes.length);
    if (sealed !== 0) return sealed;
    const part = bytes.subarray(0, limits.maxFileBytes - offset);
    const start = Math.min(offset, this.inode.size);
    const error = this.inode.write(offset, part);
    if (error !== 0) return error;
    this.wrote = { start, end: offset + part.length };
    return part.length;
  }

  override seek(offset: number, whence: number): number {
    const { size } = this.inode;
    if (whence === SEEK.SEEK_DATA || whence === SEEK.SEEK_HOLE) {
      if (offset < 0 || offset >= size) return -ERRNO.ENXIO;
      const to = whence === SEEK.SEEK_DATA ? this.inode.nextData(offset) : this.inode.nextHole(offset);
      if (whence === SEEK.SEEK_DATA && to >= size) return -ERRNO.ENXIO;
      this.#offset = to;
      return to;
    }
    const base =
      whence === SEEK.SEEK_SET ? 0 : whence === SEEK.SEEK_CUR ? this.#offset : whence === SEEK.SEEK_END ? size : -1;
    if (base < 0 || base + offset < 0) return -ERRNO.EINVAL;
    if (base + offset > limits.maxFileBytes) return -ERRNO.EINVAL;
    this.#offset = base + offset;
    return this.#offset;
  }

  override truncate(size: number): 0 | Errno {
    const { seals = 0 } = this.inode;
    const sealed = size < this.inode.size ? F_SEAL.F_SEAL_SHRINK : size > this.inode.size ? F_SEAL.F_SEAL_GROW : 0;
    return (seals & sealed) !== 0 ? -ERRNO.EPERM : this.inode.truncate(size);
  }

  override get pollable(): boolean {
    return false;
  }

  override ioctl(c: SyscallContext, request: number, argument: number): number {
    const FIONREAD = 0x541b;
    if (request !== FIONREAD) return -ERRNO.ENOTTY;
    const left = new Uint8Array(4);
    new DataView(left.buffer).setInt32(0, Math.min(Math.max(this.inode.size - this.#offset, 0), 0x7fff_ffff), true);
    return c.mm.copyOut(argument, left) === true ? 0 : -ERRNO.EFAULT;
  }

  override released(_waker: Waker): void {
    this.inode.opens--;
    if (this.inode.opens > 0 || this.inode.nlink > 0) return;
    notifyGone(this.inode);
    this.inode.forget();
  }
}

/** An open directory: `position` counts the entries that getdents64 has handed out, `.` and `..` first. */
export class DirectoryFile extends OpenFile {
  declare readonly inode: Directory;
  position = 0;
  #entries: readonly DirectoryEntry[] | undefined;

  override read(): Errno {
    return -ERRNO.EISDIR;
  }

  override write(): number {
    return -ERRNO.EBADF;
  }

  override readAt(): Errno {
    return -ERRNO.EISDIR;
  }

  /** The entries as they were when reading began (or was rewound), so that changes meanwhile lose no names. */
  override list(): readonly DirectoryEntry[] | Errno {
    this.accessed();
    if (this.#entries !== undefined && this.position !== 0) return this.#entries;
    const entries = this.inode.entries();
    if (!failed(entries)) this.#entries = entries;
    return entries;
  }

  override get pollable(): boolean {
    return false;
  }

  override seek(offset: number, whence: number): number {
    const to = whence === SEEK.SEEK_SET ? offset : whence === SEEK.SEEK_CUR ? this.position + offset : -1;
    if (to < 0) return -ERRNO.EINVAL;
    this.position = to;
    return to;
  }
}

/** O_PATH: a place in the tree, good for `…at` calls and fstat; everything else is EBADF. */
export class PathFile extends OpenFile {
  override read(): Errno {
    return -ERRNO.EBADF;
  }

  override write(): number {
    return -ERRNO.EBADF;
  }
}
