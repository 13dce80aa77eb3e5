/**
 * System calls on sockets: making, naming, connecting and closing them.
 *
 * Addresses are in `socket-addresses.ts`, options in `socket-options.ts`, messages in `messages.ts`; `files/socket.ts`
 * and `files/network.ts` do the work. There is no network but the loopback device; raw, packet and netlink sockets
 * answer EAFNOSUPPORT or ESOCKTNOSUPPORT, as a kernel without them does.
 */
import { ERRNO } from "../../target/errno.ts";
import { anonymousOf } from "../files/anonymous.ts";
import { type Errno, failed, S, Special } from "../files/inode.ts";
import { type Host, loopbackOf, Network } from "../files/network.ts";
import { O } from "../files/open-file.ts";
import { Socket } from "../files/socket.ts";
import { type Address, socketTypes } from "../files/socket-types.ts";
import { int, type SyscallContext, type SyscallResult, type SyscallTable } from "../syscall-context.ts";
import { messages } from "./messages.ts";
import { untilTimeout } from "./read-write.ts";
import {
  AF,
  bindAny,
  bindName,
  bindPort,
  findSocket,
  readAddress,
  socketOf,
  unbound,
  writeAddress,
} from "./socket-addresses.ts";
import { protocols, socketOptions } from "./socket-options.ts";
import { copyIn, install, installPair } from "./user.ts";

const TYPE_MASK = 0xf;
/** Ports below are for user 0. */
const PRIVILEGED = 1024;

const networks = new WeakMap<object, Network>();

export const sockets: SyscallTable = {
  socket(c, domain, type, protocol) {
    const made = makeSocket(c, int(domain!), int(type!), int(protocol!));
    return failed(made) ? made : install(c, made, (int(type!) & O.O_CLOEXEC) !== 0);
  },

  socketpair(c, domain, type, protocol, pointer) {
    const [a, b] = [0, 1].map(() => makeSocket(c, int(domain!), int(type!), int(protocol!)));
    if (failed(a)) return a;
    if (!a || !b || failed(b)) return -ERRNO.ENFILE;
    if (a.family !== "unix") return -ERRNO.EOPNOTSUPP;
    a.join(b);
    return installPair(c, [a, b], pointer!, (int(type!) & O.O_CLOEXEC) !== 0);
  },

  bind(c, fd, pointer, length) {
    const socket = socketOf(c, fd!);
    if (failed(socket)) return socket;
    const to = readAddress(c, socket, pointer!, int(length!));
    if (failed(to)) return to;
    if (socket.address) return -ERRNO.EINVAL;
    if (to.family === "unix") return bindName(c, socket, to);
    return to.port > 0 && to.port < PRIVILEGED && c.task.euid !== 0 ? -ERRNO.EACCES : bindPort(socket, to);
  },

  listen(c, fd, backlog) {
    const socket = socketOf(c, fd!);
    if (failed(socket)) return socket;
    if (socket.type === "dgram") return -ERRNO.EOPNOTSUPP;
    if (socket.connected || socket.connecting) return -ERRNO.EINVAL;
    if (!socket.address) {
      if (socket.family === "unix") return -ERRNO.EINVAL;
      const error = bindAny(socket);
      if (error !== 0) return error;
    }
    if (socket.network.isListened(socket)) return -ERRNO.EADDRINUSE;
    socket.backlog = Math.max(0, int(backlog!));
    socket.peerCredentials = socket.owner;
    return 0;
  },

  accept: (c, fd, pointer, length) => accept(c, fd!, pointer!, length!, 0),
  accept4: (c, fd, pointer, length, flags) => accept(c, fd!, pointer!, length!, int(flags!)),

  connect(c, fd, pointer, length) {
    const socket = socketOf(c, fd!);
    if (failed(socket)) return socket;
    const family = copyIn(c, pointer!, Math.min(2, int(length!)));
    if (failed(family)) return family;
    const unspecified = family.every((byte) => byte === 0) && family.length === 2;
    if (unspecified && (socket.type === "dgram" || socket.family === "inet")) {
      socket.disconnect(c);
      return 0;
    }
    const to = readAddress(c, socket, pointer!, int(length!));
    if (failed(to)) return to;
    if (socket.type === "dgram") {
      const target = findSocket(c, socket, to);
      if (failed(target)) return target;
      if (!socket.address && socket.family === "inet") bindAny(socket);
      socket.address = socket.sourceFor(to);
      socket.peer = target;
      socket.peerAddress = to;
      return 0;
    }
    if (socket.connecting) return -ERRNO.EALREADY;
    if (socket.untold) return outcome(c, socket);
    if (socket.connected) return -ERRNO.EISCONN;
    if (socket.backlog !== undefined) return socket.family === "inet" ? -ERRNO.EISCONN : -ERRNO.EINVAL;
    return connect(c, socket, to);
  },

  getsockname(c, fd, pointer, length) {
    const socket = socketOf(c, fd!);
    if (failed(socket)) return socket;
    return writeAddress(c, socket, socket.address ?? unbound(socket), pointer!, length!);
  },

  getpeername(c, fd, pointer, length) {
    const socket = socketOf(c, fd!);
    if (failed(socket)) return socket;
    if (!socket.connected || socket.isOver) return -ERRNO.ENOTCONN;
    return writeAddress(c, socket, socket.peerAddress ?? unbound(socket), pointer!, length!);
  },

  shutdown(c, fd, rawHow) {
    const socket = socketOf(c, fd!);
    if (failed(socket)) return socket;
    const how = int(rawHow!);
    if (how < 0 || how > 2) return -ERRNO.EINVAL;
    const isThere = socket.backlog !== undefined || (socket.connected && !socket.isOver);
    if (socket.family === "inet" && !isThere) return -ERRNO.ENOTCONN;
    socket.shutdown(how !== 1, how !== 0, c);
    return 0;
  },

  ...socketOptions,
  ...messages,
};

function makeSocket(c: SyscallContext, domain: number, rawType: number, protocol: number): Socket | Errno {
  if (!Object.values<number>(AF).includes(domain)) return -ERRNO.EAFNOSUPPORT;
  const family = domain === AF.AF_UNIX ? "unix" : "inet";
  const flags = rawType & ~TYPE_MASK;
  const type = socketTypes[rawType & TYPE_MASK];
  if ((flags & ~(O.O_CLOEXEC | O.O_NONBLOCK)) !== 0 || (rawType & TYPE_MASK) > 10) return -ERRNO.EINVAL;
  if (!type || (family === "inet" && type === "seqpacket")) return -ERRNO.ESOCKTNOSUPPORT;
  const known = family === "unix" ? 1 : protocols[type];
  if (protocol !== 0 && protocol !== known) return -ERRNO.EPROTONOSUPPORT;
  const { pid, euid: uid, egid: gid } = c.task;
  const inode = new Special(anonymousOf(c).superBlocks.sockfs, { mode: S.S_IFSOCK | 0o777, uid, gid });
  let network = networks.get(c.vfs);
  if (!network) networks.set(c.vfs, (network = new Network()));
  return new Socket(
    inode,
    O.O_RDWR | (flags & O.O_NONBLOCK),
    family,
    type,
    { pid, uid, gid },
    network,
    domain === AF.AF_INET6,
  );
}

// ---- connections ----

/** The answer of TCP comes after the call, so who does not wait never gets it from the call itself. */
function connect(c: SyscallContext, socket: Socket, to: Address): SyscallResult {
  const result = reach(c, socket, to);
  if (!socket.nonblocking || socket.family !== "inet") return result;
  if (result !== 0 && result !== -ERRNO.EINPROGRESS && result !== -ERRNO.ECONNREFUSED) return result;
  if (result === -ERRNO.ECONNREFUSED) socket.reset(ERRNO.ECONNREFUSED, c);
  socket.untold = true;
  return -ERRNO.EINPROGRESS;
}

/** What the next connect tells of the one that did not wait. */
function outcome(c: SyscallContext, socket: Socket): 0 | Errno {
  socket.untold = false;
  if (socket.connected && socket.error === 0) return 0;
  const error = socket.takeError();
  socket.disconnect(c);
  return error === 0 ? -ERRNO.ECONNABORTED : error;
}

function reach(c: SyscallContext, socket: Socket, to: Address): SyscallResult {
  const listener = findSocket(c, socket, to);
  if (failed(listener)) return listener;
  if (listener.backlog === undefined) return -ERRNO.ECONNREFUSED;
  if (listener.waiting.length > listener.backlog) {
    if (socket.nonblocking && socket.family === "unix") return -ERRNO.EAGAIN;
    if (!socket.nonblocking) {
      return untilTimeout(c, { kind: "block", queues: [listener.changed], restartable: true }, socket.sendTimeout);
    }
    listener.late.push({ socket, to });
    socket.connecting = true;
    return -ERRNO.EINPROGRESS;
  }
  return establish(c, socket, listener, to);
}

/** Makes the other end of a connection, which waits to be accepted. */
function establish(c: SyscallContext, socket: Socket, listener: Socket, to: Address): 0 | Errno {
  if (!socket.address && socket.family === "inet") {
    const error = bindPort(socket, { family: "inet", host: loopbackOf(hostTo(to)), port: 0 });
    if (error !== 0) return error;
  }
  const { inode, family, type, owner, network } = listener;
  const { sb, uid, gid } = socket.inode;
  const end = new Special(sb, { mode: inode.mode, uid, gid });
  const other = new Socket(end, O.O_RDWR, family, type, owner, network, listener.v6);
  const { address } = listener;
  other.address = address?.family === "inet" ? { ...address, host: loopbackOf(hostTo(to)) } : address;
  socket.join(other);
  socket.peerAddress = other.address;
  listener.waiting.push(other);
  c.wake(listener.changed);
  return 0;
}

function hostTo(to: Address): Host {
  return to.family === "inet" ? to.host : 0;
}

function accept(c: SyscallContext, fd: bigint, pointer: bigint, length: bigint, flags: number): SyscallResult {
  if ((flags & ~(O.O_CLOEXEC | O.O_NONBLOCK)) !== 0) return -ERRNO.EINVAL;
  const listener = socketOf(c, fd);
  if (failed(listener)) return listener;
  if (listener.type === "dgram") return -ERRNO.EOPNOTSUPP;
  if (listener.backlog === undefined) return -ERRNO.EINVAL;
  const next = listener.waiting[0];
  if (!next) {
    if (listener.nonblocking) return -ERRNO.EAGAIN;
    return untilTimeout(c, { kind: "block", queues: [listener.changed], restartable: true }, listener.receiveTimeout);
  }
  next.flags |= flags & O.O_NONBLOCK;
  const error = writeAddress(c, next, next.peerAddress ?? unbound(next), pointer, length);
  if (error !== 0) return error;
  listener.waiting.shift();
  const late = listener.late.shift();
  if (late && !late.socket.closed) {
    late.socket.connecting = false;
    establish(c, late.socket, listener, late.to);
    c.wake(late.socket.changed);
  }
  c.wake(listener.changed);
  return install(c, next, (flags & O.O_CLOEXEC) !== 0);
}
