/**
 * Pipes: a ring of 64 KiB between descriptors.
 *
 * Made by pipe2. Reads wait for bytes while there is a writer; writes of at most PIPE_BUF bytes go in whole or wait;
 * longer ones go in as room appears. Without readers a write raises SIGPIPE and fails with EPIPE.
 */
import { ERRNO } from "../../target/errno.ts";
import { SIG } from "../../target/signals.ts";
import type { Block, SyscallContext, WaitQueue } from "../syscall-context.ts";
import { type Errno, S, Special, type SuperBlock } from "./inode.ts";
import { type FileIo, O, OpenFile, POLL, type Waker } from "./open-file.ts";

export const PIPE_SIZE = 65_536;
export const PIPE_BUF = 4096;

/** Both ends of a new pipe; `flags` may hold O_NONBLOCK. */
export function makePipe(sb: SuperBlock, uid: number, gid: number, flags: number): readonly [OpenFile, OpenFile] {
  const inode = new Special(sb, { mode: S.S_IFIFO | 0o600, uid, gid });
  const pipe = new Pipe();
  const path = `pipe:[${inode.ino}]`;
  return [new PipeEnd(inode, path, O.O_RDONLY | flags, pipe), new PipeEnd(inode, path, O.O_WRONLY | flags, pipe)];
}

class Pipe {
  readonly #ring = new Uint8Array(PIPE_SIZE);
  #start = 0;
  used = 0;
  readers = 1;
  writers = 1;
  /** Bytes came, or the last writer went. */
  readonly filled: WaitQueue = { sleepers: new Set() };
  /** Room came, or the last reader went. */
  readonly drained: WaitQueue = { sleepers: new Set() };

  get room(): number {
    return PIPE_SIZE - this.used;
  }

  take(max: number): Uint8Array {
    const bytes = new Uint8Array(Math.min(max, this.used));
    const first = Math.min(bytes.length, PIPE_SIZE - this.#start);
    bytes.set(this.#ring.subarray(this.#start, this.#start + first));
    bytes.set(this.#ring.subarray(0, bytes.length - first), first);
    this.#start = (this.#start + bytes.length) % PIPE_SIZE;
    this.used -= bytes.length;
    return bytes;
  }

  put(bytes: Uint8Array): number {
    const count = Math.min(bytes.length, this.room);
    const at = (this.#start + this.used) % PIPE_SIZE;
    const first = Math.min(count, PIPE_SIZE - at);
    this.#ring.set(bytes.subarray(0, first), at);
    this.#ring.set(bytes.subarray(first, count), 0);
    this.used += count;
    return count;
  }
}

class PipeEnd extends OpenFile {
  readonly #pipe: Pipe;

  constructor(inode: Special, path: string, flags: number, pipe: Pipe) {
    super(inode, path, flags);
    this.#pipe = pipe;
  }

  override read(io: FileIo, max: number): Uint8Array | Errno | Block {
    const pipe = this.#pipe;
    if (max === 0) return new Uint8Array(0);
    if (pipe.used > 0) {
      const bytes = pipe.take(max);
      io.wake(pipe.drained);
      return bytes;
    }
    if (pipe.writers === 0) return new Uint8Array(0);
    if (this.nonblocking) return -ERRNO.EAGAIN;
    return { kind: "block", queues: [pipe.filled], restartable: true };
  }

  override write(io: FileIo, bytes: Uint8Array): number | Block {
    const pipe = this.#pipe;
    if (bytes.length === 0) return 0;
    if (pipe.readers === 0) {
      io.raise(SIG.SIGPIPE);
      return -ERRNO.EPIPE;
    }
    if (pipe.room >= (bytes.length <= PIPE_BUF ? bytes.length : 1)) {
      const count = pipe.put(bytes);
      io.wake(pipe.filled);
      return count;
    }
    if (this.nonblocking) return -ERRNO.EAGAIN;
    return { kind: "block", queues: [pipe.drained], restartable: true };
  }

  override poll(): number {
    const pipe = this.#pipe;
    if (!this.writable) {
      const data = pipe.used > 0 ? POLL.POLLIN | POLL.POLLRDNORM : 0;
      return data | (pipe.writers === 0 ? POLL.POLLHUP : 0);
    }
    const room = pipe.room >= PIPE_BUF ? POLL.POLLOUT | POLL.POLLWRNORM : 0;
    return room | (pipe.readers === 0 ? POLL.POLLERR : 0);
  }

  override queues(): readonly WaitQueue[] {
    return [this.writable ? this.#pipe.drained : this.#pipe.filled];
  }

  override ioctl(c: SyscallContext, request: number, argument: number): number {
    const FIONREAD = 0x541b;
    if (request !== FIONREAD) return -ERRNO.ENOTTY;
    const count = new Uint8Array(new Int32Array([this.#pipe.used]).buffer);
    return c.mm.copyOut(argument, count) === true ? 0 : -ERRNO.EFAULT;
  }

  override released(waker: Waker): void {
    const pipe = this.#pipe;
    if (this.writable) {
      if (--pipe.writers === 0) waker.wake(pipe.filled);
    } else if (--pipe.readers === 0) {
      waker.wake(pipe.drained);
    }
  }
}
