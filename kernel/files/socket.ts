/**
 * Sockets: UNIX ones, and TCP and UDP over a loopback device that is all the network there is.
 *
 * `syscalls/sockets.ts` above copies and checks; `Network` below knows who listens where. A socket's `inbox` holds what
 * came and was not read: bytes that reads may join (streams) or messages, each with the descriptors that were sent along.
 * Nothing is lost or reordered on the way, so a write arrives at once.
 */
import { ERRNO } from "../../target/errno.ts";
import { SIG } from "../../target/signals.ts";
import type { Block, SyscallContext, WaitQueue } from "../syscall-context.ts";
import { releaseFile } from "./file-table.ts";
import type { Errno, Inode } from "./inode.ts";
import { type Host, loopbackOf, type Network, UNSPECIFIED6 } from "./network.ts";
import { type FileIo, OpenFile, POLL, type Waker } from "./open-file.ts";

export type SocketType = "stream" | "dgram" | "seqpacket";
export type Family = "unix" | "inet";

// biome-ignore format: table
/** By number: SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET. */
export const socketTypes: { readonly [number: number]: SocketType } = { 1: "stream", 2: "dgram", 5: "seqpacket" };

/** net.core.wmem_default. */
const CAPACITY = 212_992;
/** net.unix.max_dgram_qlen. */
const MAX_DATAGRAMS = 10;

// biome-ignore format: table
export const MSG = {
  MSG_PEEK: 0x2, MSG_CTRUNC: 0x8, MSG_TRUNC: 0x20, MSG_DONTWAIT: 0x40, MSG_EOR: 0x80, MSG_WAITALL: 0x100,
  MSG_NOSIGNAL: 0x4000, MSG_CMSG_CLOEXEC: 0x4000_0000,
} as const;

/** Where a socket is: a name in the file system or an abstract one, or a port of the loopback device. */
export type Address =
  | { readonly family: "unix"; readonly path: string }
  | { readonly family: "inet"; readonly host: Host; readonly port: number };

export interface Peer {
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
}

export interface Message {
  readonly bytes: Uint8Array;
  readonly files: readonly OpenFile[];
  readonly from: Address | undefined;
}

export interface Received {
  readonly bytes: Uint8Array;
  readonly files: readonly OpenFile[];
  readonly from: Address | undefined;
  /** Of the whole message: what did not fit is lost. */
  readonly length: number;
}

export class Socket extends OpenFile {
  readonly family: Family;
  readonly type: SocketType;
  readonly owner: Peer;
  readonly network: Network;
  /** Of AF_INET6; `family` is "inet" for both. */
  readonly v6: boolean;
  /** IPV6_V6ONLY. */
  v6Only = false;
  /** Numbers that setsockopt stored and nobody acts on, by level and name. */
  readonly options = new Map<string, number>();
  /** SO_RCVTIMEO, in ns. */
  receiveTimeout = 0;
  address: Address | undefined;
  peer: Socket | undefined;
  peerAddress: Address | undefined;
  peerCredentials: Peer | undefined;
  /** Of a listening socket: how many may wait; undefined otherwise. */
  backlog: number | undefined;
  readonly waiting: Socket[] = [];
  /** Told once: by SO_ERROR or by the next call. */
  error = 0;
  closed = false;
  readonly #inbox: Message[] = [];
  #held = 0;
  #readShut = false;
  #writeShut = false;
  /** A segment was sent to who had closed: the next one knows. */
  #reset = false;
  /** Anything that `poll` tells has changed. */
  readonly changed: WaitQueue = { sleepers: new Set() };

  constructor(
    inode: Inode,
    flags: number,
    family: Family,
    type: SocketType,
    owner: Peer,
    network: Network,
    v6 = false,
  ) {
    super(inode, `socket:[${inode.ino}]`, flags);
    this.family = family;
    this.type = type;
    this.owner = owner;
    this.network = network;
    this.v6 = v6;
  }

  get stream(): boolean {
    return this.type === "stream";
  }

  /** Of a connection: both sides know each other. */
  get connected(): boolean {
    return this.peerAddress !== undefined || this.peer !== undefined;
  }

  join(other: Socket): void {
    this.peer = other;
    other.peer = this;
    this.peerAddress = other.address ?? { family: "unix", path: "" };
    other.peerAddress = this.address ?? { family: "unix", path: "" };
    this.peerCredentials = other.owner;
    other.peerCredentials = this.owner;
  }

  // ---- receiving ----

  receive(io: FileIo, max: number, flags: number): Received | Errno | Block {
    const first = this.#inbox[0];
    if (this.error !== 0) return this.takeError();
    const all = this.stream && (flags & MSG.MSG_WAITALL) !== 0 ? Math.min(max, CAPACITY) : 1;
    if (!first || (this.stream && this.#held < all && !this.#ended())) return this.#nothing(flags, first !== undefined);
    const peeks = (flags & MSG.MSG_PEEK) !== 0;
    const taken = this.stream ? this.#joined(max, peeks) : this.#whole(max, peeks);
    if (!peeks) io.wake(this.peer?.changed ?? this.changed);
    if (!peeks) io.wake(this.changed);
    return taken;
  }

  #nothing(flags: number, some: boolean): Received | Errno | Block {
    if (!some) {
      if (this.type !== "dgram" && !this.connected) return this.family === "inet" ? -ERRNO.ENOTCONN : -ERRNO.EINVAL;
      if (this.#ended()) return { bytes: new Uint8Array(0), files: [], from: undefined, length: 0 };
    }
    if (this.nonblocking || (flags & MSG.MSG_DONTWAIT) !== 0) return -ERRNO.EAGAIN;
    return { kind: "block", queues: [this.changed], restartable: this.receiveTimeout === 0 };
  }

  #ended(): boolean {
    if (this.#readShut) return true;
    return this.type !== "dgram" && (this.peer === undefined || this.peer.closed || this.peer.#writeShut);
  }

  /** Bytes of as many writes as fit; descriptors end it, so that they come with the bytes they were sent with. */
  #joined(max: number, peeks: boolean): Received {
    const parts: Uint8Array[] = [];
    let length = 0;
    let files: readonly OpenFile[] = [];
    let taken = 0;
    for (const message of this.#inbox) {
      if (length >= max || (message.files.length > 0 && length > 0)) break;
      const part = message.bytes.subarray(0, max - length);
      parts.push(part);
      length += part.length;
      files = message.files;
      taken++;
      if (files.length > 0) break;
    }
    if (!peeks) {
      this.#inbox.splice(0, taken - 1);
      const last = this.#inbox.shift();
      const rest = last?.bytes.subarray(parts.at(-1)?.length ?? 0) ?? new Uint8Array(0);
      if (rest.length > 0) this.#inbox.unshift({ bytes: rest, files: [], from: undefined });
      this.#held -= length;
    }
    const bytes = new Uint8Array(length);
    let at = 0;
    for (const part of parts) {
      bytes.set(part, at);
      at += part.length;
    }
    return { bytes, files: peeks ? [] : files, from: undefined, length };
  }

  #whole(max: number, peeks: boolean): Received {
    const message = this.#inbox[0]!;
    if (!peeks) {
      this.#inbox.shift();
      this.#held -= message.bytes.length;
    }
    const { bytes, from } = message;
    return { bytes: bytes.subarray(0, max), files: peeks ? [] : message.files, from, length: bytes.length };
  }

  // ---- sending ----

  /** To the peer, or to `to` (a datagram). Takes over the references of `files` when it succeeds. */
  send(io: FileIo, bytes: Uint8Array, flags: number, to?: Socket, files: readonly OpenFile[] = []): number | Block {
    if (this.error !== 0) return this.takeError();
    const target = to ?? this.peer;
    if (this.#writeShut) return this.#broken(io, flags);
    if (!target) return this.#notConnected(io, flags);
    if (target.closed || target.#readShut) return this.#toNobody(io, target, flags, bytes.length);
    const full = this.stream
      ? target.#held >= CAPACITY
      : target.#held + bytes.length > CAPACITY ||
        (target !== this && target.#inbox.length > MAX_DATAGRAMS && this.family === "unix");
    if (!this.stream && bytes.length > CAPACITY) return -ERRNO.EMSGSIZE;
    if (full) {
      if (this.nonblocking || (flags & MSG.MSG_DONTWAIT) !== 0) return -ERRNO.EAGAIN;
      return { kind: "block", queues: [target.changed, this.changed], restartable: true };
    }
    const part = this.stream ? bytes.subarray(0, CAPACITY - target.#held) : bytes;
    if (this.stream && part.length === 0) return 0;
    target.#inbox.push({ bytes: part.slice(), files, from: this.#sender(target) });
    target.#held += part.length;
    io.wake(target.changed);
    return part.length;
  }

  #sender(target: Socket): Address | undefined {
    if (this.type === "stream") return undefined;
    // An IPv6 socket reaches an IPv4 one under its mapped address.
    return target.v6 === this.v6
      ? this.sourceFor(target.address)
      : this.sourceFor({ family: "inet", host: 0, port: 0 });
  }

  /** The own address as one sees it that sends to `to`: that of the device, where none was bound. */
  sourceFor(to: Address | undefined): Address | undefined {
    const { address } = this;
    if (address?.family !== "inet" || to?.family !== "inet") return address;
    const any = address.host === 0 || address.host === UNSPECIFIED6;
    return any ? { ...address, host: loopbackOf(to.host) } : address;
  }

  #notConnected(io: FileIo, flags: number): number {
    if (this.type === "dgram") return this.family === "unix" ? -ERRNO.ENOTCONN : -ERRNO.EDESTADDRREQ;
    return this.family === "unix" ? -ERRNO.ENOTCONN : this.#broken(io, flags);
  }

  #toNobody(io: FileIo, target: Socket, flags: number, length: number): number {
    if (this.type === "dgram") {
      if (this.family === "unix") {
        if (target === this.peer) this.peer = undefined;
        return -ERRNO.ECONNREFUSED;
      }
      // The answer that nobody is there comes after the call.
      this.error = ERRNO.ECONNREFUSED;
      return length;
    }
    if (this.family === "inet" && !this.#reset) {
      this.#reset = true;
      return length;
    }
    return this.#broken(io, flags);
  }

  #broken(io: FileIo, flags: number): Errno {
    if ((flags & MSG.MSG_NOSIGNAL) === 0) io.raise(SIG.SIGPIPE);
    return -ERRNO.EPIPE;
  }

  takeError(): Errno {
    const { error } = this;
    this.error = 0;
    return -error;
  }

  shutdown(read: boolean, write: boolean, waker: Waker): void {
    this.#readShut ||= read;
    this.#writeShut ||= write;
    if (this.peer && this.type !== "dgram") {
      if (this.family === "unix") this.peer.#readShut ||= write && this.peer.#inbox.length === 0;
      if (this.family === "unix") this.peer.#writeShut ||= read;
      waker.wake(this.peer.changed);
    }
    waker.wake(this.changed);
  }

  // ---- as an open file ----

  override read(io: FileIo, max: number): Uint8Array | Errno | Block {
    const got = this.receive(io, max, 0);
    if (typeof got === "number" || "kind" in got) return got;
    for (const file of got.files) releaseFile(file, io);
    return got.bytes;
  }

  override write(io: FileIo, bytes: Uint8Array): number | Block {
    return this.send(io, bytes, 0);
  }

  override poll(): number {
    if (this.backlog !== undefined) return this.waiting.length > 0 ? POLL.POLLIN | POLL.POLLRDNORM : 0;
    const ended = this.type !== "dgram" && this.connected && this.#ended();
    const gone = this.type !== "dgram" && this.connected && (this.peer === undefined || this.peer.closed);
    let events = this.error !== 0 ? POLL.POLLERR : 0;
    if (this.#inbox.length > 0 || ended || this.#readShut) events |= POLL.POLLIN | POLL.POLLRDNORM;
    if (ended || this.#readShut) events |= POLL.POLLRDHUP;
    if (this.type !== "dgram" && !this.connected) return events | POLL.POLLOUT | POLL.POLLWRNORM | POLL.POLLHUP;
    if ((this.#readShut || ended) && this.#writeShut) events |= POLL.POLLHUP;
    if (this.family === "unix" && gone) events |= POLL.POLLHUP;
    const room = !this.peer || this.peer.closed || this.peer.#held < CAPACITY;
    return room ? events | POLL.POLLOUT | POLL.POLLWRNORM : events;
  }

  override queues(): readonly WaitQueue[] {
    return this.peer ? [this.changed, this.peer.changed] : [this.changed];
  }

  override ioctl(c: SyscallContext, request: number, argument: number): number {
    const FIONREAD = 0x541b;
    if (request !== FIONREAD) return -ERRNO.ENOTTY;
    const count = this.stream ? this.#held : (this.#inbox[0]?.bytes.length ?? 0);
    return c.mm.copyOut(argument, new Uint8Array(Int32Array.of(count).buffer)) === true ? 0 : -ERRNO.EFAULT;
  }

  override released(waker: Waker): void {
    this.closed = true;
    this.network.forget(this);
    for (const message of this.#inbox) for (const file of message.files) releaseFile(file, waker);
    for (const other of this.waiting) other.released(waker);
    if (this.peer) {
      // What was sent and never read is an error for who sent it.
      const unread = this.#inbox.length > 0 && this.type !== "dgram";
      if (unread) this.peer.error = ERRNO.ECONNRESET;
      waker.wake(this.peer.changed);
    }
    waker.wake(this.changed);
  }
}
