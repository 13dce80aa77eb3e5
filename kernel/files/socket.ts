/**
 * Sockets: UNIX ones, and TCP and UDP over a loopback device that is all the network there is.
 *
 * `syscalls/sockets.ts` above copies and checks; `Network` below knows who listens where, an `Inbox` holds what
 * came and was not read. Nothing is late or reordered on the way, so a write arrives at once; what is lost is a UDP message for
 * which there is no room.
 */
import { ERRNO } from "../../target/errno.ts";
import { SIG } from "../../target/signals.ts";
import type { Block, SyscallContext, WaitQueue } from "../syscall-context.ts";
import { releaseFile } from "./file-table.ts";
import { Inbox, type Received } from "./inbox.ts";
import type { Errno, Inode } from "./inode.ts";
import { loopbackOf, type Network, UNSPECIFIED6 } from "./network.ts";
import { type FileIo, OpenFile, POLL, type Waker } from "./open-file.ts";
import { type Address, type Family, MSG, type Peer, type Sending, type SocketType } from "./socket-types.ts";

/** net.core.wmem_default. */
const CAPACITY = 212_992;
/** net.unix.max_dgram_qlen. */
const MAX_DATAGRAMS = 10;
/** What fits an IP packet beside its headers. */
const MAX_UDP = 65_507;
const MAX_UDP6 = 65_527;

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
  /** SO_RCVTIMEO and SO_SNDTIMEO, in ns; 0 is without end. */
  receiveTimeout = 0;
  sendTimeout = 0;
  /** SO_PASSCRED: messages tell who sent them. */
  tellsSenders = false;
  /** SO_LINGER with no time at all: closing resets the connection. */
  closesByReset = false;
  address: Address | undefined;
  peer: Socket | undefined;
  peerAddress: Address | undefined;
  peerCredentials: Peer | undefined;
  /** Of a listening socket: how many may wait; undefined otherwise. */
  backlog: number | undefined;
  readonly waiting: Socket[] = [];
  /** Non-blocking connects that found no room in `waiting`. */
  readonly late: { readonly socket: Socket; readonly to: Address }[] = [];
  /** Of a socket that is among the late ones. */
  connecting = false;
  /** A connect has answered EINPROGRESS, and none has told yet what became of it. */
  untold = false;
  /** Told once: by SO_ERROR or by the next call. */
  error = 0;
  closed = false;
  readonly #inbox = new Inbox();
  #readShut = false;
  #writeShut = false;
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

  override get keepsAsync(): boolean {
    return true;
  }

  get stream(): boolean {
    return this.type === "stream";
  }

  /** Of a connection: both sides know each other. */
  get connected(): boolean {
    return this.peerAddress !== undefined || this.peer !== undefined;
  }

  /** Of TCP: both directions are closed, nothing of the connection is left. */
  get isOver(): boolean {
    return this.family === "inet" && this.#writeShut && (!this.peer || this.peer.closed || this.peer.#writeShut);
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
    const { first, held } = this.#inbox;
    // A stream gives what came before the error.
    if (this.error !== 0 && !(this.stream && first)) return this.takeError();
    const all = this.stream && (flags & MSG.MSG_WAITALL) !== 0 ? Math.min(max, CAPACITY) : 1;
    if (!first || (this.stream && held < all && !this.#ended())) return this.#nothing(flags, first !== undefined);
    const peeks = (flags & MSG.MSG_PEEK) !== 0;
    const taken = this.stream
      ? this.#inbox.takeBytes(max, peeks, this.tellsSenders)
      : this.#inbox.takeMessage(max, peeks);
    if (!peeks) io.wake(this.peer?.changed ?? this.changed);
    if (!peeks) io.wake(this.changed);
    return taken;
  }

  #nothing(flags: number, some: boolean): Received | Errno | Block {
    if (!some) {
      const refused = this.family === "inet" && this.#readShut;
      if (this.type !== "dgram" && !this.connected && !refused)
        return this.family === "inet" ? -ERRNO.ENOTCONN : -ERRNO.EINVAL;
      if (this.#ended()) return { bytes: new Uint8Array(0), files: [], from: undefined, sender: undefined, length: 0 };
    }
    if (this.nonblocking || (flags & MSG.MSG_DONTWAIT) !== 0) return -ERRNO.EAGAIN;
    return { kind: "block", queues: [this.changed], restartable: this.receiveTimeout === 0 };
  }

  #ended(): boolean {
    if (this.#readShut) return true;
    return (
      this.type !== "dgram" && this.connected && (this.peer === undefined || this.peer.closed || this.peer.#writeShut)
    );
  }

  // ---- sending ----

  /** To the peer, or elsewhere (a datagram). Takes over the references of the files when it succeeds. */
  send(io: FileIo, bytes: Uint8Array, flags: number, { to, files = [], sender }: Sending = {}): number | Block {
    if (this.error !== 0) return this.#failed(io, flags);
    const target = to ?? this.peer;
    if (this.#writeShut) return this.#broken(io, flags);
    if (!target) return this.#notConnected(io, flags);
    if (!this.stream && bytes.length > this.#longest) return -ERRNO.EMSGSIZE;
    const refuses = target.#readShut && !(this.stream && this.family === "inet");
    if (target.closed || refuses || !target.#hears(this)) return this.#toNobody(io, target, flags, bytes.length);
    if (target.#isFullFor(this, bytes.length)) {
      // Nobody waits for room at the other end of UDP.
      if (this.type === "dgram" && this.family === "inet") return bytes.length;
      if (this.nonblocking || (flags & MSG.MSG_DONTWAIT) !== 0) return -ERRNO.EAGAIN;
      return { kind: "block", queues: [target.changed, this.changed], restartable: true };
    }
    const part = this.stream ? bytes.subarray(0, CAPACITY - target.#inbox.held) : bytes;
    if (this.stream && part.length === 0) return 0;
    target.#inbox.add({ bytes: part.slice(), files, from: this.#sender(target), sender });
    io.wake(target.changed);
    return part.length;
  }

  get #longest(): number {
    return this.family === "unix" ? CAPACITY : this.v6 ? MAX_UDP6 : MAX_UDP;
  }

  #isFullFor(sender: Socket, length: number): boolean {
    if (this.stream) return this.#inbox.held >= CAPACITY;
    const tooMany = sender !== this && this.family === "unix" && this.#inbox.count > MAX_DATAGRAMS;
    return tooMany || this.#inbox.held + length > CAPACITY;
  }

  /** A connected UDP socket has ears for its peer alone. */
  #hears(sender: Socket): boolean {
    const { peerAddress } = this;
    if (this.type !== "dgram" || peerAddress?.family !== "inet") return true;
    const from = sender.#sender(this);
    return from?.family === "inet" && from.port === peerAddress.port && from.host === peerAddress.host;
  }

  /** The error that waits; a broken connection raises a signal, too. */
  #failed(io: FileIo, flags: number): Errno {
    const error = this.takeError();
    return error === -ERRNO.EPIPE ? this.#broken(io, flags) : error;
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
      // The answer that nobody is there comes after the call, and only who is connected gets it.
      if (this.peerAddress) this.error = ERRNO.ECONNREFUSED;
      return length;
    }
    if (this.family === "inet") {
      this.reset(ERRNO.EPIPE, io);
      return length;
    }
    return this.#broken(io, flags);
  }

  #broken(io: FileIo, flags: number): Errno {
    if ((flags & MSG.MSG_NOSIGNAL) === 0) io.raise(SIG.SIGPIPE);
    return -ERRNO.EPIPE;
  }

  /** The other side says that there is no connection. */
  reset(error: number, waker: Waker): void {
    this.error = error;
    this.#readShut = this.#writeShut = true;
    waker.wake(this.changed);
  }

  /** connect to AF_UNSPEC: the socket is as it was before it was connected. */
  disconnect(waker: Waker): void {
    if (this.stream) this.peer?.reset(ERRNO.ECONNRESET, waker);
    this.peer = this.peerAddress = undefined;
    this.#readShut = this.#writeShut = this.untold = false;
    if (this.stream) this.#inbox.clear(waker);
  }

  takeError(): Errno {
    const { error } = this;
    this.error = 0;
    return -error;
  }

  shutdown(read: boolean, write: boolean, waker: Waker): void {
    if (this.backlog !== undefined && this.family === "inet") {
      if (read) this.#stopListening(waker);
      return;
    }
    this.#readShut ||= read;
    this.#writeShut ||= write;
    if (this.peer && this.type !== "dgram") {
      if (this.family === "unix") this.peer.#readShut ||= write && this.peer.#inbox.count === 0;
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
    return this.send(io, bytes, 0, { sender: senderOf(io) });
  }

  override poll(): number {
    if (this.backlog !== undefined) return this.waiting.length > 0 ? POLL.POLLIN | POLL.POLLRDNORM : 0;
    if (this.connecting) return 0;
    const ended = this.type !== "dgram" && this.connected && this.#ended();
    const gone = this.type !== "dgram" && this.connected && (this.peer === undefined || this.peer.closed);
    let events = this.error !== 0 ? POLL.POLLERR : 0;
    if (this.#inbox.count > 0 || ended || this.#readShut) events |= POLL.POLLIN | POLL.POLLRDNORM;
    if (ended || this.#readShut) events |= POLL.POLLRDHUP;
    if (this.type !== "dgram" && !this.connected) return events | POLL.POLLOUT | POLL.POLLWRNORM | POLL.POLLHUP;
    if ((this.#readShut || ended) && this.#writeShut) events |= POLL.POLLHUP;
    if (this.family === "unix" && gone) events |= POLL.POLLHUP;
    const room = !this.peer || this.peer.closed || !this.peer.#isFullFor(this, 0);
    return room ? events | POLL.POLLOUT | POLL.POLLWRNORM : events;
  }

  override queues(): readonly WaitQueue[] {
    return this.peer ? [this.changed, this.peer.changed] : [this.changed];
  }

  override ioctl(c: SyscallContext, request: number, argument: number): number {
    const FIONREAD = 0x541b;
    if (request !== FIONREAD) return -ERRNO.ENOTTY;
    const count = this.stream ? this.#inbox.held : (this.#inbox.first?.bytes.length ?? 0);
    return c.mm.copyOut(argument, new Uint8Array(Int32Array.of(count).buffer)) === true ? 0 : -ERRNO.EFAULT;
  }

  override released(waker: Waker): void {
    this.closed = true;
    this.network.forget(this);
    const unread = this.#inbox.count > 0 && this.type !== "dgram";
    this.#inbox.clear(waker);
    this.#stopListening(waker);
    if (this.peer && this.type !== "dgram") {
      // What was sent and never read is an error for who sent it.
      if (this.family === "inet" && (unread || this.closesByReset)) this.peer.reset(ERRNO.ECONNRESET, waker);
      else if (unread || this.closesByReset) this.peer.error = ERRNO.ECONNRESET;
    }
    if (this.peer) waker.wake(this.peer.changed);
    waker.wake(this.changed);
  }

  #stopListening(waker: Waker): void {
    for (const other of this.waiting.splice(0)) {
      other.closesByReset = true;
      other.released(waker);
    }
    for (const { socket } of this.late.splice(0)) {
      socket.connecting = false;
      socket.reset(ERRNO.ECONNREFUSED, waker);
    }
    this.backlog = undefined;
  }
}

/** Who makes the call, for SO_PASSCRED. */
export function senderOf({ task }: FileIo): Peer | undefined {
  return task && { pid: task.pid, uid: task.uid, gid: task.gid };
}
