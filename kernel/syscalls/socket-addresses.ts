/**
 * Addresses of sockets: from struct sockaddr and back, giving a socket its address, and finding who has one.
 *
 * `sockets.ts` and `messages.ts` call it; `files/network.ts` knows who is bound where. A socket of AF_INET6 has IPv4 addresses too,
 * which it sees as ::ffff:a.b.c.d (RFC 4291), unless IPV6_V6ONLY forbids them.
 */
import { fromBytes, toBytes } from "../../base/bytestring.ts";
import { ERRNO } from "../../target/errno.ts";
import { type Errno, failed, S } from "../files/inode.ts";
import { type Host, LOOPBACK6, UNSPECIFIED6 } from "../files/network.ts";
import { O } from "../files/open-file.ts";
import { checkAccess, MAY_WRITE } from "../files/permission.ts";
import { Socket } from "../files/socket.ts";
import type { Address } from "../files/socket-types.ts";
import type { SyscallContext } from "../syscall-context.ts";
import { anyFileOf, copyIn, copyOut, viewOf, who } from "./user.ts";

// biome-ignore format: table
export const AF = { AF_UNIX: 1, AF_INET: 2, AF_INET6: 10 } as const;

const SUN_PATH = 108;
const SOCKADDR_IN = 16;
const SOCKADDR_IN6 = 28;
/** Without sin6_scope_id, which came later. */
const SHORT_SOCKADDR_IN6 = 24;

export function socketOf(c: SyscallContext, fd: bigint): Socket | Errno {
  const file = anyFileOf(c, fd);
  if (failed(file)) return file;
  return file instanceof Socket ? file : -ERRNO.ENOTSOCK;
}

// ---- struct sockaddr ----

/** struct sockaddr_un: u16 family, then the name; the others: u16 family, then port and address in network order. */
export function readAddress(c: SyscallContext, socket: Socket, pointer: bigint, length: number): Address | Errno {
  if (length < 2 || length > 128) return -ERRNO.EINVAL;
  const bytes = copyIn(c, pointer, length);
  if (failed(bytes)) return bytes;
  const family = viewOf(bytes).getUint16(0, true);
  if (socket.family === "unix") {
    if (family !== AF.AF_UNIX || length > SUN_PATH + 2) return -ERRNO.EINVAL;
    const name = fromBytes(bytes.subarray(2));
    // An abstract name is all the bytes, the NULs among them.
    return { family: "unix", path: name.startsWith("\0") ? name : (name.split("\0")[0] ?? "") };
  }
  if (length < (socket.v6 ? SHORT_SOCKADDR_IN6 : SOCKADDR_IN)) return -ERRNO.EINVAL;
  if (family !== (socket.v6 ? AF.AF_INET6 : AF.AF_INET)) return -ERRNO.EAFNOSUPPORT;
  const port = viewOf(bytes).getUint16(2, false);
  if (!socket.v6) return { family: "inet", port, host: viewOf(bytes).getUint32(4, false) };
  const host = hostOf(bytes.subarray(8, 24));
  return { family: "inet", port, host };
}

/** ::ffff:a.b.c.d is the IPv4 address. */
function hostOf(bytes: Uint8Array): Host {
  const mapped = bytes.subarray(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff;
  return mapped ? viewOf(bytes).getUint32(12, false) : fromBytes(bytes);
}

export function encodeAddress(socket: Socket, to: Address): Uint8Array {
  if (to.family === "unix") {
    const end = to.path === "" || to.path.startsWith("\0") ? to.path : `${to.path}\0`;
    return new Uint8Array([AF.AF_UNIX, 0, ...toBytes(end)]);
  }
  const bytes = new Uint8Array(socket.v6 ? SOCKADDR_IN6 : SOCKADDR_IN);
  const view = viewOf(bytes);
  view.setUint16(0, socket.v6 ? AF.AF_INET6 : AF.AF_INET, true);
  view.setUint16(2, to.port, false);
  if (typeof to.host === "string") bytes.set(toBytes(to.host), 8);
  else if (!socket.v6) view.setUint32(4, to.host, false);
  else {
    bytes.fill(0xff, 18, 20);
    view.setUint32(20, to.host, false);
  }
  return bytes;
}

/** As far as the caller has room; the length that it would have needed. */
export function writeAddress(
  c: SyscallContext,
  socket: Socket,
  from: Address,
  pointer: bigint,
  lengthPointer: bigint,
): 0 | Errno {
  if (pointer === 0n) return 0;
  const room = copyIn(c, lengthPointer, 4);
  if (failed(room)) return room;
  const max = viewOf(room).getInt32(0, true);
  if (max < 0) return -ERRNO.EINVAL;
  const bytes = encodeAddress(socket, from);
  return copyOut(c, pointer, bytes.subarray(0, max)) || copyOut(c, lengthPointer, words(bytes.length));
}

/** The address of who has none. */
export function unbound(socket: Socket): Address {
  if (socket.family === "unix") return { family: "unix", path: "" };
  return { family: "inet", host: socket.v6 ? UNSPECIFIED6 : 0, port: 0 };
}

export function words(...values: number[]): Uint8Array {
  return new Uint8Array(Int32Array.from(values).buffer);
}

// ---- binding and finding ----

export function bindName(c: SyscallContext, socket: Socket, to: Address & { readonly family: "unix" }): 0 | Errno {
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

export function bindPort(socket: Socket, to: Address): 0 | Errno {
  if (to.family !== "inet") return -ERRNO.EINVAL;
  if (!isLocal(to.host) || (socket.v6Only && typeof to.host === "number")) return -ERRNO.EADDRNOTAVAIL;
  const port = socket.network.bindPort(socket, to.host, to.port);
  if (port === undefined) return -ERRNO.EADDRINUSE;
  socket.address = { family: "inet", host: to.host, port };
  return 0;
}

/** Any port of no address in particular. */
export function bindAny(socket: Socket): 0 | Errno {
  return bindPort(socket, unbound(socket));
}

/** Of this machine: the loopback device, or whatever it is. */
function isLocal(host: Host): boolean {
  return typeof host === "number" ? host === 0 || host >>> 24 === 127 : host === UNSPECIFIED6 || host === LOOPBACK6;
}

/** Who is bound to an address. A UDP port without anybody is found out later: a closed socket stands for it. */
export function findSocket(c: SyscallContext, socket: Socket, to: Address): Socket | Errno {
  const { network } = socket;
  if (to.family === "inet") {
    if (!isLocal(to.host) || (socket.v6Only && typeof to.host === "number")) return -ERRNO.ENETUNREACH;
    const found = network.ofPort(socket, to.host, to.port);
    if (found || socket.type === "stream") return found ?? -ERRNO.ECONNREFUSED;
    const nobody = new Socket(socket.inode, O.O_RDWR, "inet", "dgram", socket.owner, network, socket.v6);
    nobody.closed = true;
    return nobody;
  }
  if (to.path.startsWith("\0")) {
    const named = network.ofAbstract(to.path);
    return named ? accepted(socket, named) : -ERRNO.ECONNREFUSED;
  }
  const at = c.vfs.lookup(c.fs.start(who(c)), to.path, true);
  if (failed(at)) return at;
  const error = checkAccess(at.inode, who(c), MAY_WRITE);
  if (error !== 0) return error;
  const found = at.inode.type === S.S_IFSOCK ? network.ofFile(at.inode) : undefined;
  if (!found) return -ERRNO.ECONNREFUSED;
  return accepted(socket, found);
}

/** A UNIX socket is for its own kind, and one for messages that has a peer is for that one alone. */
function accepted(socket: Socket, found: Socket): Socket | Errno {
  if (found.type !== socket.type) return -ERRNO.EPROTOTYPE;
  return found.type === "dgram" && found.peer && found.peer !== socket ? -ERRNO.EPERM : found;
}
