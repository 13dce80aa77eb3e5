/**
 * setsockopt and getsockopt. Few options change anything in a network where nothing is late: the others are kept and told, in the form
 * in which Linux tells them.
 */
import { ERRNO } from "../../target/errno.ts";
import { type Errno, failed } from "../files/inode.ts";
import type { Socket } from "../files/socket.ts";
import { type SocketType, socketTypes } from "../files/socket-types.ts";
import { int, type SyscallTable } from "../syscall-context.ts";
import { AF, socketOf, words } from "./socket-addresses.ts";
import { copyIn, copyOut, viewOf } from "./user.ts";

// biome-ignore format: table
/** Protocol number of each kind of AF_INET socket. */
export const protocols: { readonly [type in SocketType]?: number } = { stream: 6, dgram: 17 };

const SOL_SOCKET = 1;
const IPPROTO_IP = 0;
const IP_TTL = 2;
const DEFAULT_TTL = 64;
const IPPROTO_IPV6 = 41;
const IPV6_V6ONLY = 26;
// biome-ignore format: table
const SO = {
  SO_DEBUG: 1, SO_REUSEADDR: 2, SO_TYPE: 3, SO_ERROR: 4, SO_DONTROUTE: 5, SO_BROADCAST: 6, SO_SNDBUF: 7, SO_RCVBUF: 8,
  SO_KEEPALIVE: 9, SO_OOBINLINE: 10, SO_LINGER: 13, SO_REUSEPORT: 15, SO_PASSCRED: 16, SO_PEERCRED: 17, SO_RCVLOWAT: 18,
  SO_SNDLOWAT: 19, SO_RCVTIMEO: 20, SO_SNDTIMEO: 21, SO_TIMESTAMP: 29, SO_ACCEPTCONN: 30, SO_PROTOCOL: 38, SO_DOMAIN: 39,
  LAST: 76,
} as const;
/** Whatever they are set to, they are on or off; those that are off are not in `Socket.options`. */
const switches: ReadonlySet<number> = new Set([
  SO.SO_DEBUG,
  SO.SO_REUSEADDR,
  SO.SO_DONTROUTE,
  SO.SO_BROADCAST,
  SO.SO_KEEPALIVE,
  SO.SO_OOBINLINE,
  SO.SO_REUSEPORT,
  SO.SO_PASSCRED,
  SO.SO_TIMESTAMP,
]);
/** What a socket is, and nobody sets. */
const facts: ReadonlySet<number> = new Set([
  SO.SO_TYPE,
  SO.SO_ERROR,
  SO.SO_PEERCRED,
  SO.SO_SNDLOWAT,
  SO.SO_ACCEPTCONN,
  SO.SO_PROTOCOL,
  SO.SO_DOMAIN,
]);
// Linux takes twice what is asked for, within these bounds.
const DEFAULT_BUFFER = 212_992;
const MIN_SNDBUF = 4608;
const MIN_RCVBUF = 2304;
const SECOND = 1e9;

export const socketOptions: SyscallTable = {
  setsockopt(c, fd, rawLevel, rawName, pointer, length) {
    const socket = socketOf(c, fd!);
    if (failed(socket)) return socket;
    const [level, name] = [int(rawLevel!), int(rawName!)];
    if (level === SOL_SOCKET && facts.has(name)) return -ERRNO.ENOPROTOOPT;
    const error = checkOption(socket, level, name);
    if (error !== 0) return error;
    const needed = level === SOL_SOCKET ? lengthOf(name) : 4;
    if (int(length!) < needed) return -ERRNO.EINVAL;
    const bytes = copyIn(c, pointer!, needed);
    if (failed(bytes)) return bytes;
    return level === SOL_SOCKET ? setOption(socket, name, bytes) : setProtocolOption(socket, level, name, bytes);
  },

  getsockopt(c, fd, rawLevel, rawName, pointer, lengthPointer) {
    const socket = socketOf(c, fd!);
    if (failed(socket)) return socket;
    const [level, name] = [int(rawLevel!), int(rawName!)];
    const error = checkOption(socket, level, name);
    if (error !== 0) return error;
    const room = copyIn(c, lengthPointer!, 4);
    if (failed(room)) return room;
    if (viewOf(room).getInt32(0, true) < 0) return -ERRNO.EINVAL;
    const value = level === SOL_SOCKET ? optionOf(socket, name) : words(protocolOptionOf(socket, level, name));
    const bytes = value.subarray(0, viewOf(room).getInt32(0, true));
    return copyOut(c, pointer!, bytes) || copyOut(c, lengthPointer!, words(bytes.length));
  },
};

function checkOption(socket: Socket, level: number, name: number): 0 | Errno {
  if (level !== SOL_SOCKET && socket.family === "unix") return -ERRNO.EOPNOTSUPP;
  const known = [SOL_SOCKET, socket.v6 ? IPPROTO_IPV6 : IPPROTO_IP, protocols[socket.type]].includes(level);
  return known && name >= 0 && name <= SO.LAST ? 0 : -ERRNO.ENOPROTOOPT;
}

/** struct timeval, struct linger, or an int. */
function lengthOf(name: number): number {
  if (name === SO.SO_RCVTIMEO || name === SO.SO_SNDTIMEO) return 16;
  return name === SO.SO_LINGER ? 8 : 4;
}

const key = (level: number, name: number): string => `${level} ${name}`;

function setOption(socket: Socket, name: number, bytes: Uint8Array): 0 | Errno {
  const view = viewOf(bytes);
  const value = view.getInt32(0, true);
  if (name === SO.SO_RCVTIMEO || name === SO.SO_SNDTIMEO) {
    const us = Number(view.getBigInt64(8, true));
    if (us < 0 || us >= 1e6) return -ERRNO.EDOM;
    const ns = Math.max(0, Number(view.getBigInt64(0, true)) * SECOND + us * 1e3);
    if (name === SO.SO_RCVTIMEO) socket.receiveTimeout = ns;
    else socket.sendTimeout = ns;
    return 0;
  }
  let kept = value;
  if (name === SO.SO_LINGER) {
    kept = value === 0 ? -1 : view.getInt32(4, true);
    socket.closesByReset = kept === 0;
  }
  if (name === SO.SO_PASSCRED) socket.tellsSenders = value !== 0;
  if (name === SO.SO_SNDBUF) kept = Math.max(MIN_SNDBUF, 2 * Math.min(value, DEFAULT_BUFFER));
  if (name === SO.SO_RCVBUF) kept = Math.max(MIN_RCVBUF, 2 * Math.min(value, DEFAULT_BUFFER));
  if (switches.has(name)) kept = value === 0 ? 0 : 1;
  if (switches.has(name) && value === 0) socket.options.delete(key(SOL_SOCKET, name));
  else socket.options.set(key(SOL_SOCKET, name), kept);
  return 0;
}

function setProtocolOption(socket: Socket, level: number, name: number, bytes: Uint8Array): 0 | Errno {
  if (level === IPPROTO_IPV6 && name === IPV6_V6ONLY) {
    if (socket.address) return -ERRNO.EINVAL;
    socket.v6Only = viewOf(bytes).getInt32(0, true) !== 0;
  }
  socket.options.set(key(level, name), viewOf(bytes).getInt32(0, true));
  return 0;
}

function protocolOptionOf(socket: Socket, level: number, name: number): number {
  return socket.options.get(key(level, name)) ?? (level === IPPROTO_IP && name === IP_TTL ? DEFAULT_TTL : 0);
}

function optionOf(socket: Socket, name: number): Uint8Array {
  const kept = socket.options.get(key(SOL_SOCKET, name));
  switch (name) {
    case SO.SO_TYPE:
      return words(Number(Object.keys(socketTypes).find((number) => socketTypes[Number(number)] === socket.type)));
    case SO.SO_DOMAIN:
      return words(socket.family === "unix" ? AF.AF_UNIX : socket.v6 ? AF.AF_INET6 : AF.AF_INET);
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
      return words(kept ?? DEFAULT_BUFFER);
    case SO.SO_LINGER:
      return kept === undefined || kept < 0 ? words(0, 0) : words(1, kept);
    case SO.SO_RCVLOWAT:
    case SO.SO_SNDLOWAT:
      return words(kept ?? 1);
    case SO.SO_RCVTIMEO:
      return timeval(socket.receiveTimeout);
    case SO.SO_SNDTIMEO:
      return timeval(socket.sendTimeout);
    default:
      return words(kept ?? 0);
  }
}

function timeval(ns: number): Uint8Array {
  const us = Math.floor(ns / 1e3);
  return new Uint8Array(BigInt64Array.of(BigInt(Math.floor(us / 1e6)), BigInt(us % 1e6)).buffer);
}
