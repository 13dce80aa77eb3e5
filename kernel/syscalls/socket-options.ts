/**
 * setsockopt and getsockopt. Few options change anything in a network where nothing is lost or late: the others are kept and told.
 */
import { ERRNO } from "../../target/errno.ts";
import { type Errno, failed } from "../files/inode.ts";
import { type Socket, type SocketType, socketTypes } from "../files/socket.ts";
import { int, type SyscallTable } from "../syscall-context.ts";
import { AF, socketOf, words } from "./socket-addresses.ts";
import { copyIn, copyOut, viewOf } from "./user.ts";

// biome-ignore format: table
/** Protocol number of each kind of AF_INET socket. */
export const protocols: { readonly [type in SocketType]?: number } = { stream: 6, dgram: 17 };

const SOL_SOCKET = 1;
const IPPROTO_IPV6 = 41;
const IPV6_V6ONLY = 26;
// biome-ignore format: table
const SO = {
  SO_TYPE: 3, SO_ERROR: 4, SO_SNDBUF: 7, SO_RCVBUF: 8, SO_PEERCRED: 17, SO_RCVTIMEO: 20, SO_SNDTIMEO: 21,
  SO_ACCEPTCONN: 30, SO_PROTOCOL: 38, SO_DOMAIN: 39, LAST: 76,
} as const;
const DEFAULT_BUFFER = 212_992;

export const socketOptions: SyscallTable = {
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
    if (level === IPPROTO_IPV6 && name === IPV6_V6ONLY && socket.address) return -ERRNO.EINVAL;
    if (level === IPPROTO_IPV6 && name === IPV6_V6ONLY) socket.v6Only = viewOf(bytes).getInt32(0, true) !== 0;
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
};

function isOption(socket: Socket, level: number, name: number): boolean {
  if (name < 0 || name > SO.LAST) return false;
  return (
    level === SOL_SOCKET ||
    (socket.family === "inet" && (level === (socket.v6 ? IPPROTO_IPV6 : 0) || level === protocols[socket.type]))
  );
}

function optionOf(socket: Socket, level: number, name: number): Uint8Array | Errno {
  if (!isOption(socket, level, name)) return -ERRNO.ENOPROTOOPT;
  if (level !== SOL_SOCKET) return words(socket.options.get(`${level} ${name}`) ?? 0);
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
      return words(socket.options.get(`${level} ${name}`) ?? DEFAULT_BUFFER);
    case SO.SO_RCVTIMEO: {
      const us = Math.floor(socket.receiveTimeout / 1e3);
      return new Uint8Array(BigInt64Array.of(BigInt(Math.floor(us / 1e6)), BigInt(us % 1e6)).buffer);
    }
    default:
      return words(socket.options.get(`${level} ${name}`) ?? 0);
  }
}
