/**
 * File locks: those of flock(2) on an open file as a whole, and those of fcntl(2) on ranges of bytes.
 *
 * Each inode that was ever locked has one `FileLocks`. A lock belongs to an owner: the open file (flock, OFD) or the file
 * table of a process (POSIX), and goes with it: `file-table.ts` calls `forget`. The two families do not see each other.
 * A POSIX lock that would close a circle of waiters fails with EDEADLK.
 */
import { ERRNO } from "../../target/errno.ts";
import type { WaitQueue } from "../syscall-context.ts";
import type { Errno, Inode } from "./inode.ts";
import type { Waker } from "./open-file.ts";

// biome-ignore format: table
export const F_LOCK = { F_RDLCK: 0, F_WRLCK: 1, F_UNLCK: 2 } as const;

export interface RangeLock {
  readonly owner: object;
  /** -1 for an OFD lock. */
  readonly pid: number;
  readonly type: number;
  readonly start: number;
  /** Behind the last byte; Infinity to the end of the file, however far that moves. */
  readonly end: number;
}

/** Whom an owner waits for, for EDEADLK. */
const waitsFor = new WeakMap<object, object>();

export class FileLocks {
  #ranges: RangeLock[] = [];
  readonly #whole = new Map<object, "shared" | "exclusive">();
  readonly released: WaitQueue = { sleepers: new Set() };

  static of(inode: Inode): FileLocks {
    inode.locks ??= new FileLocks();
    return inode.locks;
  }

  // ---- flock ----

  /** True when the lock is taken, in place of what the owner had. */
  lockWhole(owner: object, kind: "shared" | "exclusive", waker: Waker): boolean {
    for (const [other, held] of this.#whole) {
      if (other !== owner && (held === "exclusive" || kind === "exclusive")) {
        // Like Linux: a conversion is not atomic, the old lock is lost.
        this.unlockWhole(owner, waker);
        return false;
      }
    }
    const before = this.#whole.get(owner);
    this.#whole.set(owner, kind);
    if (before === "exclusive" && kind === "shared") waker.wake(this.released);
    return true;
  }

  unlockWhole(owner: object, waker: Waker): void {
    if (this.#whole.delete(owner)) waker.wake(this.released);
  }

  // ---- fcntl ----

  /** The first lock in the way of another one. */
  conflict(wanted: RangeLock): RangeLock | undefined {
    const writes = (lock: RangeLock): boolean => lock.type === F_LOCK.F_WRLCK;
    return this.#ranges.find(
      (lock) =>
        lock.owner !== wanted.owner &&
        lock.start < wanted.end &&
        wanted.start < lock.end &&
        (writes(lock) || writes(wanted)),
    );
  }

  /** Replaces what the owner has in the range; nothing is in the way. */
  setRange(wanted: RangeLock, waker: Waker): void {
    const kept: RangeLock[] = [];
    for (const lock of this.#ranges) {
      if (lock.owner !== wanted.owner || lock.end <= wanted.start || wanted.end <= lock.start) {
        kept.push(lock);
        continue;
      }
      if (lock.start < wanted.start) kept.push({ ...lock, end: wanted.start });
      if (lock.end > wanted.end) kept.push({ ...lock, start: wanted.end });
    }
    if (wanted.type !== F_LOCK.F_UNLCK) kept.push(wanted);
    this.#ranges = joined(kept);
    waitsFor.delete(wanted.owner);
    waker.wake(this.released);
  }

  /** The owner waits for another one; -EDEADLK when that one waits for it. */
  waitFor(owner: object, other: object): 0 | Errno {
    for (let at: object | undefined = other; at; at = waitsFor.get(at)) if (at === owner) return -ERRNO.EDEADLK;
    waitsFor.set(owner, other);
    return 0;
  }

  /** The owner is gone, or a POSIX owner closed the file. */
  forget(owner: object, waker: Waker): void {
    const before = this.#ranges.length;
    this.#ranges = this.#ranges.filter((lock) => lock.owner !== owner);
    waitsFor.delete(owner);
    if (this.#whole.delete(owner) || this.#ranges.length !== before) waker.wake(this.released);
  }
}

/** In order of place; what continues a lock of the same owner and kind becomes part of it. */
function joined(locks: RangeLock[]): RangeLock[] {
  locks.sort((a, b) => a.start - b.start);
  const result: RangeLock[] = [];
  for (const lock of locks) {
    const at = result.findIndex((l) => l.owner === lock.owner && l.type === lock.type && l.end === lock.start);
    if (at >= 0) result[at] = { ...result[at]!, end: lock.end };
    else result.push(lock);
  }
  return result;
}
