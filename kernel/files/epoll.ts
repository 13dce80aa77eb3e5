/**
 * epoll: a set of open files, of which those that are ready are told.
 *
 * There is no list of ready files that wakers fill: `collect` asks each member. What EPOLLET needs besides is whether anything
 * happened since the member was last told; the scheduler counts the wakes of each queue for that (`WaitQueue.wakes`).
 */
import { ERRNO } from "../../target/errno.ts";
import type { WaitQueue } from "../syscall-context.ts";
import type { Errno, Inode } from "./inode.ts";
import { OpenFile, POLL } from "./open-file.ts";

// biome-ignore format: table
const EPOLL = {
  EPOLLEXCLUSIVE: 1 << 28, EPOLLWAKEUP: 1 << 29, EPOLLONESHOT: 1 << 30, EPOLLET: 1 << 31,
} as const;
const OPTIONS = EPOLL.EPOLLEXCLUSIVE | EPOLL.EPOLLWAKEUP | EPOLL.EPOLLONESHOT | EPOLL.EPOLLET;
/** What may go with EPOLLEXCLUSIVE. One event may wake several sets, as epoll_ctl(2) allows: here it wakes all. */
const EXCLUSIVE =
  POLL.POLLIN | POLL.POLLOUT | POLL.POLLERR | POLL.POLLHUP | EPOLL.EPOLLWAKEUP | EPOLL.EPOLLET | EPOLL.EPOLLEXCLUSIVE;
/** How deep epoll descriptors may be members of another. */
const MAX_DEPTH = 5;

interface Member {
  readonly fd: number;
  readonly file: OpenFile;
  events: number;
  data: bigint;
  /** EPOLLET: what was there when it was told last; undefined when it was not. */
  seen: number | undefined;
}

export interface ReadyEvent {
  readonly events: number;
  readonly data: bigint;
}

export class EpollFile extends OpenFile {
  readonly #members = new Map<string, Member>();
  readonly #numbers = new Map<OpenFile, number>();
  readonly #changed: WaitQueue = { sleepers: new Set() };
  #lastNumber = 0;

  constructor(inode: Inode, flags: number) {
    super(inode, "anon_inode:[eventpoll]", flags);
  }

  /** Woken when the set changed. */
  get changed(): WaitQueue {
    return this.#changed;
  }

  add(fd: number, file: OpenFile, events: number, data: bigint): 0 | Errno {
    const key = this.#key(fd, file);
    if (this.#members.has(key)) return -ERRNO.EEXIST;
    if (!file.pollable) return -ERRNO.EPERM;
    if ((events & EPOLL.EPOLLEXCLUSIVE) !== 0 && ((events & ~EXCLUSIVE) !== 0 || file instanceof EpollFile))
      return -ERRNO.EINVAL;
    if (file instanceof EpollFile && (file === this || file.#leadsTo(this, 0))) return -ERRNO.ELOOP;
    this.#members.set(key, { fd, file, events, data, seen: undefined });
    return 0;
  }

  modify(fd: number, file: OpenFile, events: number, data: bigint): 0 | Errno {
    const member = this.#members.get(this.#key(fd, file));
    if (!member) return -ERRNO.ENOENT;
    if (((events | member.events) & EPOLL.EPOLLEXCLUSIVE) !== 0) return -ERRNO.EINVAL;
    Object.assign(member, { events, data, seen: undefined });
    return 0;
  }

  remove(fd: number, file: OpenFile): 0 | Errno {
    return this.#members.delete(this.#key(fd, file)) ? 0 : -ERRNO.ENOENT;
  }

  /** At most `max` events; those that are told go to the end of the line. */
  collect(max: number): ReadyEvent[] {
    const ready: ReadyEvent[] = [];
    for (const [key, member] of [...this.#living()]) {
      if (ready.length >= max) break;
      const events = this.#eventsOf(member);
      if (events === 0) continue;
      ready.push({ events, data: member.data });
      member.seen = wakesOf(member.file);
      if ((member.events & EPOLL.EPOLLONESHOT) !== 0) member.events &= OPTIONS;
      this.#members.delete(key);
      this.#members.set(key, member);
    }
    return ready;
  }

  override read(): Errno {
    return -ERRNO.EINVAL;
  }

  override write(): number {
    return -ERRNO.EINVAL;
  }

  override seek(): number {
    return 0;
  }

  override poll(): number {
    const ready = this.#living().some(([, member]) => this.#eventsOf(member) !== 0);
    return ready ? POLL.POLLIN | POLL.POLLRDNORM : 0;
  }

  override queues(): readonly WaitQueue[] {
    return [this.#changed, ...this.#living().flatMap(([, member]) => member.file.queues())];
  }

  override nextChange(): number {
    return this.#living().reduce((next, [, member]) => Math.min(next, member.file.nextChange()), Infinity);
  }

  override get awaits(): bigint {
    return this.#living().reduce((mask, [, member]) => mask | member.file.awaits, 0n);
  }

  #eventsOf(member: Member): number {
    // Once told, a EPOLLONESHOT member has only its options left.
    if ((member.events & ~OPTIONS) === 0 && (member.events & EPOLL.EPOLLONESHOT) !== 0) return 0;
    if ((member.events & EPOLL.EPOLLET) !== 0 && member.seen === wakesOf(member.file)) return 0;
    return member.file.poll() & (member.events | POLL.POLLERR | POLL.POLLHUP) & ~OPTIONS;
  }

  /** Without the files that nobody has open any more. */
  #living(): (readonly [string, Member])[] {
    for (const [key, { file }] of this.#members) {
      if (file.references > 0) continue;
      this.#members.delete(key);
      this.#numbers.delete(file);
    }
    return [...this.#members];
  }

  #leadsTo(other: EpollFile, depth: number): boolean {
    if (depth >= MAX_DEPTH) return true;
    return this.#living().some(
      ([, { file }]) => file instanceof EpollFile && (file === other || file.#leadsTo(other, depth + 1)),
    );
  }

  #key(fd: number, file: OpenFile): string {
    let number = this.#numbers.get(file);
    if (number === undefined) {
      number = ++this.#lastNumber;
      this.#numbers.set(file, number);
    }
    return `${fd}/${number}`;
  }
}

function wakesOf(file: OpenFile): number {
  // A timer wakes nobody when its time comes: that it is due counts as an event of its own.
  const due = file.nextChange() !== Infinity && file.poll() !== 0 ? file.nextChange() : 0;
  return file.queues().reduce((sum, queue) => sum + (queue.wakes ?? 0), due);
}
