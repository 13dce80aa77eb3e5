/**
 * inotify: who watches an inode is told what happens to it, and to what lies in it.
 *
 * `vfs.ts`, the handlers of read and write, and `file-table.ts` (close) call `notify…` where Linux does; `InotifyFile` is the
 * queue of events that a program reads. An event equal to the last one waiting is dropped, a full queue says so.
 */
import { toBytes } from "../../base/bytestring.ts";
import { ERRNO } from "../../target/errno.ts";
import type { Block, SyscallContext, WaitQueue } from "../syscall-context.ts";
import { Directory, type Errno, type Inode } from "./inode.ts";
import { type FileIo, OpenFile, POLL, type Waker } from "./open-file.ts";

// biome-ignore format: table
export const IN = {
  IN_ACCESS:        0x0000_0001,
  IN_MODIFY:        0x0000_0002,
  IN_ATTRIB:        0x0000_0004,
  IN_CLOSE_WRITE:   0x0000_0008,
  IN_CLOSE_NOWRITE: 0x0000_0010,
  IN_OPEN:          0x0000_0020,
  IN_MOVED_FROM:    0x0000_0040,
  IN_MOVED_TO:      0x0000_0080,
  IN_CREATE:        0x0000_0100,
  IN_DELETE:        0x0000_0200,
  IN_DELETE_SELF:   0x0000_0400,
  IN_MOVE_SELF:     0x0000_0800,
  IN_ALL_EVENTS:    0x0000_0fff,
  IN_Q_OVERFLOW:    0x0000_4000,
  IN_IGNORED:       0x0000_8000,
  IN_ONLYDIR:       0x0100_0000,
  IN_DONT_FOLLOW:   0x0200_0000,
  IN_EXCL_UNLINK:   0x0400_0000,
  IN_MASK_CREATE:   0x1000_0000,
  IN_MASK_ADD:      0x2000_0000,
  IN_ISDIR:         0x4000_0000,
  IN_ONESHOT:       0x8000_0000,
} as const;

/** /proc/sys/fs/inotify/max_queued_events. */
const MAX_QUEUED = 16_384;

export type Watches = Map<InotifyFile, Watch>;

interface Watch {
  readonly wd: number;
  readonly inode: Inode;
  mask: number;
}

interface Event {
  readonly wd: number;
  readonly mask: number;
  readonly cookie: number;
  readonly name: string;
}

/** Something happened to an inode itself. */
export function notify(inode: Inode, mask: number, name = "", cookie = 0, isUnlinked = never): void {
  if (!inode.watches) return;
  for (const [file, watch] of [...inode.watches]) {
    if ((watch.mask & IN.IN_EXCL_UNLINK) === 0 || !isUnlinked()) file.report(watch, mask, name, cookie);
  }
}

const never = (): boolean => false;

/** Something happened to what has a name in a directory. */
export function notifyChild(parent: Directory, name: string, inode: Inode, mask: number, cookie = 0): void {
  notify(parent, inode instanceof Directory ? mask | IN.IN_ISDIR : mask, name, cookie);
}

/** Something happened through an open file: its folder hears of it, too. */
export function notifyFile(file: OpenFile, mask: number): void {
  const { inode, place } = file;
  // IN_EXCL_UNLINK: nothing of a file that lost the name through which it was opened.
  const isUnlinked = (): boolean => place !== undefined && place.parent.lookup(place.name) !== inode;
  const bits = inode instanceof Directory ? mask | IN.IN_ISDIR : mask;
  if (place?.parent.watches && inode !== place.parent) notify(place.parent, bits, place.name, 0, isUnlinked);
  notify(inode, bits, "", 0, isUnlinked);
}

export function notifyClose(file: OpenFile): void {
  notifyFile(file, file.writable ? IN.IN_CLOSE_WRITE : IN.IN_CLOSE_NOWRITE);
}

/** The inode has lost a name, and with the last one everything. */
export function notifyUnlinked(inode: Inode, last: boolean): void {
  if (!inode.watches) return;
  if (!(inode instanceof Directory)) notify(inode, IN.IN_ATTRIB);
  if (last) notifyGone(inode);
}

/** Neither a name nor an open file is left. */
export function notifyGone(inode: Inode): void {
  notify(inode, IN.IN_DELETE_SELF);
  for (const [file, watch] of [...(inode.watches ?? [])]) file.remove(watch.wd);
}

export class InotifyFile extends OpenFile {
  readonly #watches = new Map<number, Watch>();
  #events: Event[] = [];
  #nextWd = 1;
  readonly #arrived: WaitQueue = { sleepers: new Set() };
  readonly #waker: Waker;

  constructor(inode: Inode, flags: number, waker: Waker) {
    super(inode, "anon_inode:inotify", flags);
    this.#waker = waker;
  }

  override get keepsAsync(): boolean {
    return true;
  }

  watch(inode: Inode, mask: number): number {
    const events = mask & ~(IN.IN_MASK_ADD | IN.IN_ONLYDIR | IN.IN_DONT_FOLLOW | IN.IN_MASK_CREATE);
    const known = inode.watches?.get(this);
    if (known) {
      if ((mask & IN.IN_MASK_CREATE) !== 0) return -ERRNO.EEXIST;
      known.mask = (mask & IN.IN_MASK_ADD) !== 0 ? known.mask | events : events;
      return known.wd;
    }
    const watch: Watch = { wd: this.#nextWd++, inode, mask: events };
    inode.watches ??= new Map();
    inode.watches.set(this, watch);
    this.#watches.set(watch.wd, watch);
    return watch.wd;
  }

  remove(wd: number): 0 | Errno {
    const watch = this.#watches.get(wd);
    if (!watch) return -ERRNO.EINVAL;
    this.#forget(watch);
    this.#add({ wd, mask: IN.IN_IGNORED, cookie: 0, name: "" });
    return 0;
  }

  report(watch: Watch, mask: number, name: string, cookie: number): void {
    if ((watch.mask & mask & IN.IN_ALL_EVENTS) === 0) return;
    this.#add({ wd: watch.wd, mask, cookie, name });
    if ((watch.mask & IN.IN_ONESHOT) !== 0) this.remove(watch.wd);
  }

  override read(_io: FileIo, max: number): Uint8Array | Errno | Block {
    const records: Uint8Array[] = [];
    let length = 0;
    for (const event of this.#events) {
      const bytes = record(event);
      if (length + bytes.length > max) break;
      records.push(bytes);
      length += bytes.length;
    }
    if (records.length > 0) {
      this.#events = this.#events.slice(records.length);
      return concatenated(records, length);
    }
    if (this.#events.length > 0) return -ERRNO.EINVAL;
    if (this.nonblocking) return -ERRNO.EAGAIN;
    return { kind: "block", queues: [this.#arrived], restartable: true };
  }

  override write(): number {
    return -ERRNO.EBADF;
  }

  override seek(): number {
    return 0;
  }

  override poll(): number {
    return this.#events.length > 0 ? POLL.POLLIN | POLL.POLLRDNORM : 0;
  }

  override queues(): readonly WaitQueue[] {
    return [this.#arrived];
  }

  override ioctl(c: SyscallContext, request: number, argument: number): number {
    const FIONREAD = 0x541b;
    if (request !== FIONREAD) return -ERRNO.ENOTTY;
    const length = this.#events.reduce((sum, event) => sum + record(event).length, 0);
    return c.mm.copyOut(argument, new Uint8Array(Int32Array.of(length).buffer)) === true ? 0 : -ERRNO.EFAULT;
  }

  override released(): void {
    for (const watch of this.#watches.values()) this.#forget(watch);
  }

  #forget(watch: Watch): void {
    this.#watches.delete(watch.wd);
    watch.inode.watches?.delete(this);
    if (watch.inode.watches?.size === 0) watch.inode.watches = undefined;
  }

  #add(event: Event): void {
    const last = this.#events.at(-1);
    const same = last?.wd === event.wd && last.mask === event.mask && last.name === event.name;
    if (same && last.cookie === event.cookie) return;
    if (this.#events.length >= MAX_QUEUED) {
      if (last?.mask !== IN.IN_Q_OVERFLOW) this.#events.push({ wd: -1, mask: IN.IN_Q_OVERFLOW, cookie: 0, name: "" });
      return;
    }
    this.#events.push(event);
    this.#waker.wake(this.#arrived);
  }
}

/** struct inotify_event: s32 wd, u32 mask, u32 cookie, u32 length of the name with its NULs, a multiple of 16. */
function record({ wd, mask, cookie, name }: Event): Uint8Array {
  const length = name === "" ? 0 : (name.length + 16) & ~15;
  const bytes = new Uint8Array(16 + length);
  const view = new DataView(bytes.buffer);
  view.setInt32(0, wd, true);
  view.setUint32(4, mask >>> 0, true);
  view.setUint32(8, cookie, true);
  view.setUint32(12, length, true);
  bytes.set(toBytes(name), 16);
  return bytes;
}

function concatenated(parts: readonly Uint8Array[], length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
