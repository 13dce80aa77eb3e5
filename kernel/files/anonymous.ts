/**
 * Files without a place in the tree: eventfd, timerfd, memfd, and the super blocks that number them, pipes and sockets.
 *
 * One set of super blocks for each machine, found by its `Vfs`. Made by `syscalls/anonymous.ts`, `files.ts` and `sockets.ts`.
 */
import { ERRNO } from "../../target/errno.ts";
import type { Block, WaitQueue } from "../syscall-context.ts";
import { type Errno, type Inode, Special, SuperBlock } from "./inode.ts";
import { type FileIo, OpenFile, POLL, type Waker } from "./open-file.ts";
import { FileMemory } from "./page-cache.ts";

// biome-ignore format: table
const kinds = [
  //type              magic        device
  ["pipefs",          0x5049_5045, 13],
  ["sockfs",          0x534f_434b, 8],
  ["anon_inodefs",    0x0904_1934, 14],
  ["tmpfs",           0x0102_1994, 1],
] as const;

type Kind = (typeof kinds)[number][0];

export interface Anonymous {
  readonly superBlocks: { readonly [kind in Kind]: SuperBlock };
  readonly memory: FileMemory;
}

const known = new WeakMap<object, Anonymous>();

export function anonymousOf(c: { readonly vfs: object; realtimeNs(): bigint }): Anonymous {
  let made = known.get(c.vfs);
  if (!made) {
    const superBlocks = Object.fromEntries(
      kinds.map(([kind, magic, dev]) => [kind, new SuperBlock(kind, magic, dev, () => c.realtimeNs())]),
    ) as { [kind in Kind]: SuperBlock };
    made = { superBlocks, memory: new FileMemory() };
    known.set(c.vfs, made);
  }
  return made;
}

/** The inode of an eventfd, timerfd, epoll or inotify descriptor: mode 0600 and no type, as Linux has it. */
export function anonymousInode(c: Parameters<typeof anonymousOf>[0]): Inode {
  return new Special(anonymousOf(c).superBlocks.anon_inodefs, { mode: 0o600, uid: 0, gid: 0 });
}

const MAX_COUNT = 0xffff_ffff_ffff_fffen;

export class EventFile extends OpenFile {
  #count: bigint;
  readonly #semaphore: boolean;
  readonly #queue: WaitQueue = { sleepers: new Set() };

  constructor(inode: Inode, flags: number, count: number, semaphore: boolean) {
    super(inode, "anon_inode:[eventfd]", flags);
    this.#count = BigInt(count);
    this.#semaphore = semaphore;
  }

  override read(io: FileIo, max: number): Uint8Array | Errno | Block {
    if (max < 8) return -ERRNO.EINVAL;
    if (this.#count === 0n) return this.#wait();
    const taken = this.#semaphore ? 1n : this.#count;
    this.#count -= taken;
    io.wake(this.#queue);
    return new Uint8Array(BigUint64Array.of(taken).buffer);
  }

  override write(io: FileIo, bytes: Uint8Array): number | Block {
    if (bytes.length !== 8) return -ERRNO.EINVAL;
    const value = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
    if (value > MAX_COUNT) return -ERRNO.EINVAL;
    if (this.#count + value > MAX_COUNT) return this.#wait();
    this.#count += value;
    io.wake(this.#queue);
    return 8;
  }

  override seek(): number {
    return 0;
  }

  override poll(): number {
    return (this.#count > 0n ? POLL.POLLIN : 0) | (this.#count < MAX_COUNT ? POLL.POLLOUT : 0);
  }

  override queues(): readonly WaitQueue[] {
    return [this.#queue];
  }

  #wait(): Errno | Block {
    return this.nonblocking ? -ERRNO.EAGAIN : { kind: "block", queues: [this.#queue], restartable: true };
  }
}

export class TimerFile extends OpenFile {
  readonly #now: () => number;
  /** Realtime minus monotonic: an absolute time on the realtime clock. */
  readonly epochNs: number;
  /** Monotonic ns of the next expiration; Infinity when disarmed. */
  #next = Number.POSITIVE_INFINITY;
  #interval = 0;
  readonly #changed: WaitQueue = { sleepers: new Set() };

  constructor(inode: Inode, flags: number, now: () => number, epochNs: number) {
    super(inode, "anon_inode:[timerfd]", flags);
    this.#now = now;
    this.epochNs = epochNs;
  }

  /** `next`: monotonic ns. */
  set(next: number, interval: number, waker: Waker): void {
    this.#next = next;
    this.#interval = interval;
    waker.wake(this.#changed);
  }

  get interval(): number {
    return this.#interval;
  }

  /** ns until the next expiration; 0 when disarmed. */
  get left(): number {
    if (this.#next === Number.POSITIVE_INFINITY) return 0;
    const late = this.#now() - this.#next;
    if (late < 0) return -late;
    return this.#interval === 0 ? 0 : this.#interval - (late % this.#interval);
  }

  override read(_io: FileIo, max: number): Uint8Array | Errno | Block {
    if (max < 8) return -ERRNO.EINVAL;
    const late = this.#now() - this.#next;
    if (late < 0) {
      if (this.nonblocking) return -ERRNO.EAGAIN;
      const wait: Block = { kind: "block", queues: [this.#changed], restartable: true };
      return this.#next === Number.POSITIVE_INFINITY ? wait : { ...wait, deadline: this.#next };
    }
    const count = this.#interval === 0 ? 1 : 1 + Math.floor(late / this.#interval);
    this.#next = this.#interval === 0 ? Number.POSITIVE_INFINITY : this.#next + count * this.#interval;
    return new Uint8Array(BigUint64Array.of(BigInt(count)).buffer);
  }

  override write(): number {
    return -ERRNO.EINVAL;
  }

  override seek(): number {
    return 0;
  }

  override poll(): number {
    return this.#now() >= this.#next ? POLL.POLLIN : 0;
  }

  override nextChange(): number {
    return this.#next;
  }

  override queues(): readonly WaitQueue[] {
    return [this.#changed];
  }
}
