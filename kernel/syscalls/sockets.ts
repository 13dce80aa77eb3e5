/**
 * System calls on sockets: names, connections, options, messages.
 *
 * Addresses and struct msghdr are taken apart here; `files/socket.ts` and `files/network.ts` do the work. There is no network
 * but the loopback device; IPv6, raw and netlink sockets answer EAFNOSUPPORT, as a kernel without them does.
 */
import { fromBytes, toBytes } from "../../base/bytestring.ts";
import { ERRNO } from "../../target/errno.ts";
import { anonymousOf } from "../files/anonymous.ts";
import { type Errno, failed, S, Special } from "../files/inode.ts";
import { LOOPBACK, Network } from "../files/network.ts";
import { O } from "../files/open-file.ts";
import { checkAccess, MAY_WRITE } from "../files/permission.ts";
import { type Address, type Family, Socket, type SocketType } from "../files/socket.ts";
import { int, type SyscallContext, type SyscallResult, type SyscallTable } from "../syscall-context.ts";
import { messages } from "./messages.ts";
import { anyFileOf, copyIn, copyOut, install, installPair, viewOf, who } from "./user.ts";

// biome-ignore format: table
const families: { readonly [number: number]: Family } = { 1: "unix", 2: "inet" };
// biome-ignore format: table
const types: { readonly [number: number]: SocketType } = { 1: "stream", 2: "dgram", 5: "seqpacket" };
// biome-ignore format: table
/** Protocol number of each kind of AF_INET socket. */
const protocols: { readonly [type in SocketType]?: number } = { stream: 6, dgram: 17 };

const TYPE_MASK = 0xf;
const SOL_SOCKET = 1;
// biome-ignore format: table
const SO = {
  SO_TYPE: 3, SO_ERROR: 4, SO_SNDBUF: 7, SO_RCVBUF: 8, SO_PEERCRED: 17, SO_RCVTIMEO: 20, SO_SNDTIMEO: 21,
  SO_ACCEPTCONN: 30, SO_PROTOCOL: 38, SO_DOMAIN: 39, LAST: 76,
} as const;
const SUN_PATH = 108;

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
    return to.family === "unix" ? bindName(c, socket, to) : bindPort(socket, to);
  },

  listen(c, fd, backlog) {
    const socket = socketOf(c, fd!);
    if (failed(socket)) return socket;
    if (socket.type === "dgram") return -ERRNO.EOPNOTSUPP;
    if (socket.connected) return -ERRNO.EINVAL;
    if (!socket.address) {
      if (socket.family === "unix") return -ERRNO.EINVAL;
      const error = bindPort(socket, { family: "inet", host: 0, port: 0 });
      if (error !== 0) return error;
    }
    socket.backlog = Math.max(0, int(backlog!));
    return 0;
  },

  accept: (c, fd, pointer, length) => accept(c, fd!, pointer!, length!, 0),
  accept4: (c, fd, pointer, length, flags) => accept(c, fd!, pointer!, length!, int(flags!)),

  connect(c, fd, pointer, length) {
    const socket = socketOf(c, fd!);
    if (failed(socket)) return socket;
    const to = readAddress(c, socket, pointer!, int(length!));
    if (failed(to)) return to;
    if (socket.type === "dgram") {
      const target = findSocket(c, socket, to);
      if (failed(target)) return target;
      if (!socket.address && socket.family === "inet") bindPort(socket, { family: "inet", host: 0, port: 0 });
      socket.peer = target;
      socket.peerAddress = to;
      return 0;
    }
    if (socket.connected) return -ERRNO.EISCONN;
    if (socket.backlog !== undefined) return -ERRNO.EINVAL;
    return connect(c, socket, to);
  },

  getsockname(c, fd, pointer, length) {
    const socket = socketOf(c, fd!);
    if (failed(socket)) return socket;
    return writeAddress(c, socket.address ?? unbound(socket), pointer!, length!);
  },

  getpeername(c, fd, pointer, length) {
    const socket = socketOf(c, fd!);
    if (failed(socket)) return socket;
    if (!socket.connected) return -ERRNO.ENOTCONN;
    return writeAddress(c, socket.peerAddress ?? unbound(socket), pointer!, length!);
  },

  shutdown(c, fd, rawHow) {
    const socket = socketOf(c, fd!);
    if (failed(socket)) return socket;
    const how = int(rawHow!);
    if (how < 0 || how > 2) return -ERRNO.EINVAL;
    if (!socket.connected) return -ERRNO.ENOTCONN;
    socket.shutdown(how !== 1, how !== 0, c);
    return 0;
  },

  setsockopt(c, fd, rawLevel, rawName, pointer, length) {
    const socket = socketOf(c, fd!);
    if (failed(socket)) return socket;
    const [level, name] = [int(rawLevel!), int(rawName!)];
    if (int(length!) < 4) return -ERRNO.EINVAL;
    const isTime = level === SOL_SOCKET && (name === SO.SO_RCVTIMEO || name === SO.SO_SNDTIMEO);
    const bytes = copyIn(c, pointer!, isTime ? 16 : 4);
    if (failed(bytes)) return bytes;
    if (isTime) {
      const ns = Number(viewOf(bytes).getBigInt64(0, true)) * 1e9 + Number(viewOf(bytes).getBigInt64(8, true)) * 1e3;
      if (name === SO.SO_RCVTIMEO) socket.receiveTimeout = ns;
      return 0;
    }
    if (!isOption(socket, level, name)) return -ERRNO.ENOPROTOOPT;
    socket.options.set(`${level} ${name}`, viewOf(bytes).getInt32(0, true));
    return 0;
  },

  getsockopt(c, fd, rawLevel, rawName, pointer, lengthPointer) {
    const socket = socketOf(c, fd!);
    if (failed(socket)) return socket;
    const value = optionOf(socket, int(rawLevel!), int(rawName!));
    if (failed(value)) return value;
    const room = copyIn(c, lengthPointer!, 4);
    if (failed(room)) return room;
    const bytes = value.subarray(0, Math.max(0, viewOf(room).getInt32(0, true)));
    return copyOut(c, pointer!, bytes) || copyOut(c, lengthPointer!, words(bytes.length));
  },

  ...messages({ socketOf, readAddress, writeAddress, findSocket, bindPort }),
};

export function socketOf(c: SyscallContext, fd: bigint): Socket | Errno {
  const file = anyFileOf(c, fd);
  if (failed(file)) return file;
  return file instanceof Socket ? file : -ERRNO.ENOTSOCK;
}

function makeSocket(c: SyscallContext, domain: number, rawType: number, protocol: number): Socket | Errno {
  const family = families[domain];
  if (!family) return -ERRNO.EAFNOSUPPORT;
  const flags = rawType & ~TYPE_MASK;
  const type = types[rawType & TYPE_MASK];
  if ((flags & ~(O.O_CLOEXEC | O.O_NONBLOCK)) !== 0 || (rawType & TYPE_MASK) > 10) return -ERRNO.EINVAL;
  if (!type || (family === "inet" && type === "seqpacket")) return -ERRNO.ESOCKTNOSUPPORT;
  const known = family === "unix" ? 1 : protocols[type];
  if (protocol !== 0 && protocol !== known) return -ERRNO.EPROTONOSUPPORT;
  const { pid, euid: uid, egid: gid } = c.task;
  const inode = new Special(anonymousOf(c).superBlocks.sockfs, { mode: S.S_IFSOCK | 0o777, uid, gid });
  let network = networks.get(c.vfs);
  if (!network) networks.set(c.vfs, (network = new Network()));
  return new Socket(inode, O.O_RDWR | (flags & O.O_NONBLOCK), family, type, { pid, uid, gid }, network);
}

// ---- addresses ----

/** struct sockaddr_un: u16 family, then the name; struct sockaddr_in: u16 family, port and address in network order. */
function readAddress(c: SyscallContext, socket: Socket, pointer: bigint, length: number): Address | Errno {
  if (length < 2 || length > 128) return -ERRNO.EINVAL;
  const bytes = copyIn(c, pointer, length);
  if (failed(bytes)) return bytes;
  const family = families[viewOf(bytes).getUint16(0, true)];
  if (socket.family === "unix") {
    if (family !== "unix" || length > SUN_PATH + 2) return -ERRNO.EINVAL;
    const name = fromBytes(bytes.subarray(2));
    // An abstract name is all the bytes, the NULs among them.
    return { family, path: name.startsWith("\0") ? name : (name.split("\0")[0] ?? "") };
  }
  if (length < 16) return -ERRNO.EINVAL;
  if (family !== "inet") return -ERRNO.EAFNOSUPPORT;
  return { family, port: viewOf(bytes).getUint16(2, false), host: viewOf(bytes).getUint32(4, false) };
}

function encodeAddress(to: Address): Uint8Array {
  if (to.family === "unix") {
    const end = to.path === "" || to.path.startsWith("\0") ? to.path : `${to.path}\0`;
    return new Uint8Array([1, 0, ...toBytes(end)]);
  }
  const bytes = new Uint8Array(16);
  viewOf(bytes).setUint16(0, 2, true);
  viewOf(bytes).setUint16(2, to.port, false);
  viewOf(bytes).setUint32(4, to.host, false);
  return bytes;
}

/** As far as the caller has room; the length that it would have needed. */
function writeAddress(c: SyscallContext, from: Address, pointer: bigint, lengthPointer: bigint): 0 | Errno {
  if (pointer === 0n) return 0;
  const room = copyIn(c, lengthPointer, 4);
  if (failed(room)) return room;
  const max = viewOf(room).getInt32(0, true);
  if (max < 0) return -ERRNO.EINVAL;
  const bytes = encodeAddress(from);
  return copyOut(c, pointer, bytes.subarray(0, max)) || copyOut(c, lengthPointer, words(bytes.length));
}

function unbound(socket: Socket): Address {
  return socket.family === "unix" ? { family: "unix", path: "" } : { family: "inet", host: 0, port: 0 };
}

function bindName(c: SyscallContext, socket: Socket, to: Address & { readonly family: "unix" }): 0 | Errno {
  const { network } = socket;
  if (to.path === "" || to.path.startsWith("\0")) {
    const name = to.path === "" ? `\0${c.task.pid.toString(16).padStart(5, "0")}` : to.path;
    if (network.ofAbstract(name)) return -ERRNO.EADDRINUSE;
    network.bindAbstract(name, socket);
    socket.address = { family: "unix", path: name };
    return 0;
  }
  const start = c.fs.start(who(c));
  const made = c.vfs.make(start, to.path, { mode: S.S_IFSOCK | (0o777 & ~c.fs.umask) });
  if (made !== 0) return made === -ERRNO.EEXIST ? -ERRNO.EADDRINUSE : made;
  const at = c.vfs.lookup(start, to.path, false);
  if (failed(at)) return at;
  network.bindFile(at.inode, socket);
  socket.address = to;
  return 0;
}

function bindPort(socket: Socket, to: Address): 0 | Errno {
  if (to.family !== "inet") return -ERRNO.EINVAL;
  if (to.host !== 0 && to.host >>> 24 !== 127) return -ERRNO.EADDRNOTAVAIL;
  const port = socket.network.bindPort(socket, to.port);
  if (port === undefined) return -ERRNO.EADDRINUSE;
  socket.address = { family: "inet", host: to.host, port };
  return 0;
}

/** Who is bound to an address. A UDP port without anybody is found out later: a closed socket stands for it. */
function findSocket(c: SyscallContext, socket: Socket, to: Address): Socket | Errno {
  const { network } = socket;
  if (to.family === "inet") {
    if (to.host !== 0 && to.host >>> 24 !== 127) return -ERRNO.ENETUNREACH;
    const found = network.ofPort(socket, to.port);
    if (found || socket.type === "stream") return found ?? -ERRNO.ECONNREFUSED;
    const nobody = new Socket(socket.inode, O.O_RDWR, "inet", "dgram", socket.owner, network);
    nobody.closed = true;
    return nobody;
  }
  if (to.path.startsWith("\0")) return network.ofAbstract(to.path) ?? -ERRNO.ECONNREFUSED;
  const at = c.vfs.lookup(c.fs.start(who(c)), to.path, true);
  if (failed(at)) return at;
  const error = checkAccess(at.inode, who(c), MAY_WRITE);
  if (error !== 0) return error;
  const found = at.inode.type === S.S_IFSOCK ? network.ofFile(at.inode) : undefined;
  if (!found) return -ERRNO.ECONNREFUSED;
  return found.type === socket.type ? found : -ERRNO.EPROTOTYPE;
}

// ---- connections ----

function connect(c: SyscallContext, socket: Socket, to: Address): SyscallResult {
  const listener = findSocket(c, socket, to);
  if (failed(listener)) return listener;
  if (listener.backlog === undefined) return -ERRNO.ECONNREFUSED;
  if (listener.waiting.length > listener.backlog) {
    if (socket.nonblocking) return -ERRNO.EAGAIN;
    return { kind: "block", queues: [listener.changed], restartable: true };
  }
  if (!socket.address && socket.family === "inet") {
    const error = bindPort(socket, { family: "inet", host: LOOPBACK, port: 0 });
    if (error !== 0) return error;
  }
  const { inode, family, type, owner, network } = listener;
  const { sb, uid, gid } = socket.inode;
  const end = new Special(sb, { mode: inode.mode, uid, gid });
  const other = new Socket(end, O.O_RDWR, family, type, owner, network);
  other.address = listener.address?.family === "inet" ? { ...listener.address, host: LOOPBACK } : listener.address;
  socket.join(other);
  socket.peerAddress = other.address;
  listener.waiting.push(other);
  c.wake(listener.changed);
  return 0;
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
    return { kind: "block", queues: [listener.changed], restartable: true };
  }
  next.flags |= flags & O.O_NONBLOCK;
  const error = writeAddress(c, next.peerAddress ?? unbound(next), pointer, length);
  if (error !== 0) return error;
  listener.waiting.shift();
  c.wake(listener.changed);
  return install(c, next, (flags & O.O_CLOEXEC) !== 0);
}

// ---- options ----

function isOption(socket: Socket, level: number, name: number): boolean {
  if (name < 0 || name > SO.LAST) return false;
  return level === SOL_SOCKET || (socket.family === "inet" && (level === 0 || level === protocols[socket.type]));
}

function optionOf(socket: Socket, level: number, name: number): Uint8Array | Errno {
  if (!isOption(socket, level, name)) return -ERRNO.ENOPROTOOPT;
  if (level !== SOL_SOCKET) return words(socket.options.get(`${level} ${name}`) ?? 0);
  switch (name) {
    case SO.SO_TYPE:
      return words(Number(Object.keys(types).find((number) => types[Number(number)] === socket.type)));
    case SO.SO_DOMAIN:
      return words(socket.family === "unix" ? 1 : 2);
    case SO.SO_PROTOCOL:
      return words(socket.family === "unix" ? 0 : (protocols[socket.type] ?? 0));
    case SO.SO_ERROR:
      return words(-socket.takeError());
    case SO.SO_ACCEPTCONN:
      return words(socket.backlog === undefined ? 0 : 1);
    case SO.SO_PEERCRED: {
      const { pid, uid, gid } = socket.peerCredentials ?? { pid: 0, uid: -1, gid: -1 };
      return words(pid, uid, gid);
    }
    case SO.SO_SNDBUF:
    case SO.SO_RCVBUF:
      return words(socket.options.get(`${level} ${name}`) ?? 212_992);
    case SO.SO_RCVTIMEO: {
      const us = Math.floor(socket.receiveTimeout / 1e3);
      return new Uint8Array(BigInt64Array.of(BigInt(Math.floor(us / 1e6)), BigInt(us % 1e6)).buffer);
    }
    default:
      return words(socket.options.get(`${level} ${name}`) ?? 0);
  }
}

function words(...values: number[]): Uint8Array {
  return new Uint8Array(Int32Array.from(values).buffer);
}
