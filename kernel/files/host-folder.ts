/**
 * `HostFolder`: the only way from the model to the files of the host.
 *
 * The composition root implements it with the host's file system (`cli/host-files.ts`); tests implement it in
 * memory. Paths are byte strings (latin-1 view) relative to the folder, without leading or trailing slash; "" is the folder itself; the
 * caller never passes `..`. A folder that only offers `HostFolder` cannot be written by construction: the calls
 * that write are in `WritableHostFolder`, which `--writable` alone makes.
 * Failing calls return -errno of the target (`target/errno.ts`), whatever the numbers of the host are.
 */
import type { Errno } from "./inode.ts";

/** What lstat(2) says; `mode` holds the type bits of the target (S_IFREG, …). */
export interface HostStat {
  /** Equal for two paths exactly when they are links to one file. */
  readonly identity: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly nlink: number;
  readonly size: number;
  /** Nanoseconds since 1970. */
  readonly atime: bigint;
  readonly mtime: bigint;
  readonly ctime: bigint;
}

export interface HostFolder {
  lstat(path: string): HostStat | Errno;
  /** Names in any order, without `.` and `..`. */
  readdir(path: string): readonly string[] | Errno;
  readlink(path: string): string | Errno;
  /** Fills `into` from `offset`; the count is short only at the end of the file. */
  read(path: string, offset: number, into: Uint8Array): number | Errno;
  /** 0 when the host lets us read the file. */
  checkReadable(path: string): 0 | Errno;
}

export interface WritableHostFolder extends HostFolder {
  /** A new empty file; -EEXIST when the name is taken. */
  create(path: string, mode: number): 0 | Errno;
  write(path: string, offset: number, bytes: Uint8Array): 0 | Errno;
  truncate(path: string, size: number): 0 | Errno;
  unlink(path: string): 0 | Errno;
  mkdir(path: string, mode: number): 0 | Errno;
  rmdir(path: string): 0 | Errno;
  symlink(path: string, target: string): 0 | Errno;
  link(existing: string, path: string): 0 | Errno;
  rename(from: string, to: string): 0 | Errno;
  chmod(path: string, mode: number): 0 | Errno;
  /** Of the path itself, also when it is a symbolic link. */
  utimes(path: string, atime: bigint, mtime: bigint): 0 | Errno;
}
