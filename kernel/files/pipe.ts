/**
 * Pipes and named fifos: a ring of bytes between descriptors.
 *
 * Made by pipe2, and by opening a fifo (`PipeInode`, in a directory or without a name). Reads wait for bytes while there is a
 * writer; writes of at most PIPE_BUF bytes go in whole or wait; longer ones go in as room appears. Without readers a write raises
 * SIGPIPE and fails with EPIPE. Opening one end of a fifo waits for the other. With O_DIRECT each write is a packet.
 */
import { ERRNO } from "../../target/errno.ts";
import { SIG } from "../../target/signals.ts";
import type { Block, SyscallContext, WaitQueue } from "../syscall-context.ts";
import { type Errno, type NodeSpec, S, Special, type SuperBlock } from "./inode.ts";
import { type FileIo, O, type Opener, OpenFile, POLL, type Waker } from "./open-file.ts";

export const PIPE_SIZE = 65_536;
export const PIPE_BUF = 4096;
/** /proc/sys/fs/pipe-max-size. */
const PIPE_MAX_SIZE = 1 << 20;

/** Both ends of a new pipe; `flags` may hold O_NONBLOCK and O_DIRECT. */
export function makePipe(sb: SuperBlock, uid: number, gid: number, flags: number): readonly [PipeEnd, PipeEnd] {
  const inode = new PipeInode(sb, { mode: S.S_IFIFO | 0o600, uid, gid }, false);
  const path = `pipe:[${inode.ino}]`;
  return [new PipeEnd(inode, path, O.O_RDONLY | flags), new PipeEnd(inode, path, O.O_WRONLY | flags)];
}

/** What both ends see. Its state is empty again when the last end is closed. */
export class PipeInode extends Special {
  readonly pipe = new Pipe();
  readonly #named: boolean;
  readonly #bornReader: WaitQueue = { sleepers: new Set() };
  readonly #bornWriter: WaitQueue = { sleepers: new Set() };

  constructor(sb: SuperBlock, spec: NodeSpec, named = true) {
    super(sb, spec);
    this.#named = named;
  }

  override open(flags: number, path: string, opener: Opener | undefined): OpenFile | Errno | Block {
    const access = flags & O.O_ACCMODE;
    const { pipe } = this;
    if (!this.#named || access === O.O_RDWR) return this.#opened(path, flags, opener);
    const reading = access === O.O_RDONLY;
    if ((flags & O.O_NONBLOCK) !== 0) {
      if (!reading && pipe.readers === 0) return -ERRNO.ENXIO;
      return this.#opened(path, flags, opener);
    }
    if (!opener) return -ERRNO.ENXIO;
    // Who waits counts as an end already: the other side may come, write and go before this task runs again.
    const waiting = opener.task.restart as { readonly seen: number } | undefined;
    const arrivals = reading ? pipe.writersEver : pipe.readersEver;
    const others = reading ? pipe.writers : pipe.readers;
    if (waiting ? arrivals !== waiting.seen : others > 0) {
      if (waiting) this.#keepPromise(reading);
      return this.#opened(path, flags, opener);
    }
    const [mine, theirs] = reading ? [this.#bornWriter, this.#bornReader] : [this.#bornReader, this.#bornWriter];
    if (!waiting && theirs.sleepers.size > 0) return this.#opened(path, flags, opener);
    opener.task.restart = { seen: arrivals };
    return { kind: "block", queues: [mine], restartable: true };
  }

  #keepPromise(reading: boolean): void {
    if (reading) this.pipe.readers--;
    else this.pipe.writers--;
  }

  #opened(path: string, flags: number, opener: Opener | undefined): OpenFile {
    const end = new PipeEnd(this, path, flags);
    const { pipe } = this;
    if (end.readable) {
      pipe.readersEver++;
      pipe.writers += this.#bornReader.sleepers.size;
      opener?.wake(this.#bornReader);
    }
    if (end.writable) {
      pipe.writersEver++;
      pipe.readers += this.#bornWriter.sleepers.size;
      opener?.wake(this.#bornWriter);
    }
    return end;
  }
}

/** Bytes of one packet, or of writes that reads may join and cut. */
interface Segment {
  left: number;
  readonly packet: boolean;
}

class Pipe {
  #ring = new Uint8Array(PIPE_SIZE);
  #start = 0;
  #segments: Segment[] = [];
  used = 0;
  readers = 0;
  writers = 0;
  /** How many there were so far: a waiting open sees whom it missed. */
  readersEver = 0;
  writersEver = 0;
  /** Bytes came, or the last writer went. */
  readonly filled: WaitQueue = { sleepers: new Set() };
  /** Room came, or the last reader went. */
  readonly drained: WaitQueue = { sleepers: new Set() };

  get capacity(): number {
    return this.#ring.length;
  }

  get room(): number {
    return this.capacity - this.used;
  }

  /** What a read would give, without taking it. */
  peek(max: number): Uint8Array {
    const bytes = new Uint8Array(this.#readable(max));
    const first = Math.min(bytes.length, this.capacity - this.#start);
    bytes.set(this.#ring.subarray(this.#start, this.#start + first));
    bytes.set(this.#ring.subarray(0, bytes.length - first), first);
    return bytes;
  }

  take(max: number): Uint8Array {
    const bytes = this.peek(max);
    let taken = 0;
    for (let left = bytes.length; left > 0; ) {
      const segment = this.#segments[0]!;
      const count = Math.min(left, segment.left);
      // Of a packet, what does not fit the reader's buffer is lost.
      taken += segment.packet ? segment.left : count;
      if (segment.packet) segment.left = count;
      segment.left -= count;
      left -= count;
      if (segment.left === 0) this.#segments.shift();
    }
    this.#drop(taken);
    return bytes;
  }

  put(bytes: Uint8Array, packet = false): number {
    const count = Math.min(bytes.length, this.room);
    const at = (this.#start + this.used) % this.capacity;
    const first = Math.min(count, this.capacity - at);
    this.#ring.set(bytes.subarray(0, first), at);
    this.#ring.set(bytes.subarray(first, count), 0);
    this.used += count;
    const last = this.#segments.at(-1);
    // A packet joins bytes that are no packet, while they have room in a page.
    if (last && !last.packet && (!packet || last.left + count <= PIPE_BUF)) last.left += count;
    else if (count > 0) this.#segments.push({ left: count, packet });
    return count;
  }

  /** F_SETPIPE_SZ: whole pages, a power of two of them. */
  resize(size: number, privileged: boolean, waker: Waker): number {
    if (size > PIPE_MAX_SIZE && !privileged) return -ERRNO.EPERM;
    if (size < 0 || size > 1 << 30) return -ERRNO.EINVAL;
    let capacity = PIPE_BUF;
    while (capacity < size) capacity *= 2;
    if (capacity < this.used) return -ERRNO.EBUSY;
    const ring = new Uint8Array(capacity);
    const first = Math.min(this.used, this.capacity - this.#start);
    ring.set(this.#ring.subarray(this.#start, this.#start + first));
    ring.set(this.#ring.subarray(0, this.used - first), first);
    this.#ring = ring;
    this.#start = 0;
    waker.wake(this.drained);
    return capacity;
  }

  /** Nobody is left. */
  clear(): void {
    this.#segments = [];
    this.used = this.#start = 0;
  }

  #readable(max: number): number {
    let count = 0;
    // A packet ends the read, and comes with what is before it.
    for (const segment of this.#segments) {
      if (count >= max) break;
      count += segment.left;
      if (segment.packet) break;
    }
    return Math.min(count, max);
  }

  #drop(count: number): void {
    this.#start = (this.#start + count) % this.capacity;
    this.used -= count;
  }
}

export class PipeEnd extends OpenFile {
  readonly pipe: Pipe;

  constructor(inode: PipeInode, path: string, flags: number) {
    super(inode, path, flags);
    this.pipe = inode.pipe;
    if (this.readable) this.pipe.readers++;
    if (this.writable) this.pipe.writers++;
  }

  override get keepsAsync(): boolean {
    return true;
  }

  override read(io: FileIo, max: number): Uint8Array | Errno | Block {
    const { pipe } = this;
    if (max === 0) return new Uint8Array(0);
    if (pipe.used > 0) {
      const bytes = pipe.take(max);
      io.wake(pipe.drained);
      return bytes;
    }
    return this.waitForBytes() ?? new Uint8Array(0);
  }

  /** How an empty pipe is waited for; undefined at its end. */
  waitForBytes(): Errno | Block | undefined {
    if (this.pipe.writers === 0) return undefined;
    if (this.nonblocking) return -ERRNO.EAGAIN;
    return { kind: "block", queues: [this.pipe.filled], restartable: true };
  }

  override write(io: FileIo, bytes: Uint8Array): number | Block {
    const { pipe } = this;
    if (bytes.length === 0) return 0;
    if (pipe.readers === 0) {
      io.raise(SIG.SIGPIPE);
      return -ERRNO.EPIPE;
    }
    const packet = (this.flags & O.O_DIRECT) !== 0;
    const part = packet ? bytes.subarray(0, PIPE_BUF) : bytes;
    if (pipe.room >= (part.length <= PIPE_BUF ? part.length : 1)) {
      const count = pipe.put(part, packet);
      io.wake(pipe.filled);
      return count;
    }
    if (this.nonblocking) return -ERRNO.EAGAIN;
    return { kind: "block", queues: [pipe.drained], restartable: true };
  }

  override poll(): number {
    const { pipe } = this;
    let events = 0;
    if (this.readable) {
      if (pipe.used > 0) events |= POLL.POLLIN | POLL.POLLRDNORM;
      if (pipe.writers === 0) events |= POLL.POLLHUP;
    }
    if (this.writable) {
      if (pipe.room >= PIPE_BUF) events |= POLL.POLLOUT | POLL.POLLWRNORM;
      if (pipe.readers === 0) events |= POLL.POLLERR;
    }
    return events;
  }

  override queues(): readonly WaitQueue[] {
    return [...(this.readable ? [this.pipe.filled] : []), ...(this.writable ? [this.pipe.drained] : [])];
  }

  override ioctl(c: SyscallContext, request: number, argument: number): number {
    const FIONREAD = 0x541b;
    if (request !== FIONREAD) return -ERRNO.ENOTTY;
    const count = new Uint8Array(new Int32Array([this.pipe.used]).buffer);
    return c.mm.copyOut(argument, count) === true ? 0 : -ERRNO.EFAULT;
  }

  override released(waker: Waker): void {
    const { pipe } = this;
    if (this.writable && --pipe.writers === 0) waker.wake(pipe.filled);
    if (this.readable && --pipe.readers === 0) waker.wake(pipe.drained);
    if (pipe.readers === 0 && pipe.writers === 0) pipe.clear();
  }
}
