/**
 * File tables: the descriptors of a process.
 *
 * `kernel/syscalls/files.ts` above; open files (`open-file.ts`) below. clone(CLONE_FILES) shares a table (`share`), fork copies it
 * (`clone`), exec closes the descriptors marked close-on-exec, exit `release`s. A descriptor is the lowest free number.
 */
import { limits } from "../../base/limits.ts";
import { ERRNO } from "../../target/errno.ts";
import type { Errno } from "./inode.ts";
import { notifyClose } from "./notify.ts";
import type { OpenFile, Waker } from "./open-file.ts";

interface Descriptor {
  readonly file: OpenFile;
  closeOnExec: boolean;
}

export class FileTable {
  readonly #descriptors: (Descriptor | undefined)[] = [];
  #users = 1;
  #size = 64;

  /** For how many descriptors there is room without growing: a power of two that only fork shrinks (`FDSize` in /proc/PID/status). */
  get size(): number {
    return this.#size;
  }

  get(fd: number): OpenFile | undefined {
    return this.#descriptors[fd]?.file;
  }

  /** Gives `file` the lowest free descriptor not below `lowest`. */
  install(file: OpenFile, closeOnExec = false, lowest = 0, limit: number = limits.maxOpenFiles): number {
    let fd = lowest;
    while (this.#descriptors[fd] !== undefined) fd++;
    if (fd >= Math.min(limit, limits.maxOpenFiles)) return -ERRNO.EMFILE;
    this.#put(fd, file, closeOnExec);
    return fd;
  }

  /** Makes `fd` lead to `file`, closing what was there (dup3). */
  installAt(fd: number, file: OpenFile, closeOnExec: boolean, waker: Waker): number {
    if (fd < 0 || fd >= limits.maxOpenFiles) return -ERRNO.EBADF;
    this.close(fd, waker);
    this.#put(fd, file, closeOnExec);
    return fd;
  }

  #put(fd: number, file: OpenFile, closeOnExec: boolean): void {
    file.references++;
    while (this.#size <= fd) this.#size *= 2;
    this.#descriptors[fd] = { file, closeOnExec };
  }

  close(fd: number, waker: Waker): 0 | Errno {
    const descriptor = this.#descriptors[fd];
    if (!descriptor) return -ERRNO.EBADF;
    this.#descriptors[fd] = undefined;
    // Whichever descriptor it is: POSIX locks go with the first close.
    descriptor.file.inode.locks?.forget(this, waker);
    releaseFile(descriptor.file, waker);
    return 0;
  }

  isCloseOnExec(fd: number): boolean {
    return this.#descriptors[fd]?.closeOnExec ?? false;
  }

  setCloseOnExec(fd: number, on: boolean): void {
    const descriptor = this.#descriptors[fd];
    if (descriptor) descriptor.closeOnExec = on;
  }

  /** The open descriptors in order. */
  fds(): number[] {
    return [...this.#descriptors.keys()].filter((fd) => this.#descriptors[fd] !== undefined);
  }

  /** One more process that uses this very table. */
  share(): this {
    this.#users++;
    return this;
  }

  /** fork: the same open files in a table of its own. */
  clone(): FileTable {
    const copy = new FileTable();
    for (const fd of this.fds()) {
      const { file, closeOnExec } = this.#descriptors[fd]!;
      copy.#put(fd, file, closeOnExec);
    }
    return copy;
  }

  /** execve: a table that others share is copied first, by the caller. */
  closeOnExec(waker: Waker): void {
    for (const fd of this.fds()) if (this.isCloseOnExec(fd)) this.close(fd, waker);
  }

  /** A process gives up the table; the last one closes everything. */
  release(waker: Waker): void {
    if (--this.#users > 0) return;
    for (const fd of this.fds()) this.close(fd, waker);
  }

  get shared(): boolean {
    return this.#users > 1;
  }
}

/** Drops one reference of an open file that a descriptor or a mapping held. */
export function releaseFile(file: OpenFile, waker: Waker): void {
  if (--file.references > 0) return;
  file.inode.locks?.forget(file, waker);
  notifyClose(file);
  file.released(waker);
}
