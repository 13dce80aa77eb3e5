/**
 * System calls that send and receive on sockets: sendto, recvfrom, sendmsg, recvmsg and their `mmsg` forms.
 *
 * struct msghdr: name and its length, vector and its count, control and its length, flags. The one control message
 * that is known is SCM_RIGHTS: the open files travel with the message, and get descriptors when it is received.
 */
import { ERRNO } from "../../target/errno.ts";
import { releaseFile } from "../files/file-table.ts";
import { type Errno, failed } from "../files/inode.ts";
import type { OpenFile } from "../files/open-file.ts";
import { MSG, type Received, type Socket } from "../files/socket.ts";
import {
  address,
  type Block,
  int,
  type SyscallContext,
  type SyscallResult,
  type SyscallTable,
  size,
} from "../syscall-context.ts";
import { gather, iovecs, scatter, takeAll, total, type UserBuffer, untilTimeout } from "./read-write.ts";
import { bindAny, findSocket, readAddress, socketOf, unbound, writeAddress } from "./socket-addresses.ts";
import { anyFileOf, copyIn, copyOut, install, viewOf } from "./user.ts";

const SOL_SOCKET = 1;
const SCM_RIGHTS = 1;
const MAX_RIGHTS = 253;
const CMSG_HEADER = 16;
const MMSGHDR_SIZE = 64;
const MAX_MESSAGES = 1024;

export const messages: SyscallTable = {
  sendto(c, fd, buffer, length, flags, pointer, addressLength) {
    const socket = socketOf(c, fd!);
    if (failed(socket)) return socket;
    const to = pointer === 0n ? undefined : target(c, socket, pointer!, int(addressLength!));
    if (failed(to)) return to;
    return send(c, socket, [{ base: address(buffer!), length: size(length!) }], int(flags!), to, []);
  },

  sendmsg(c, fd, pointer, flags) {
    const socket = socketOf(c, fd!);
    return failed(socket) ? socket : sendMessage(c, socket, pointer!, int(flags!));
  },

  sendmmsg(c, fd, pointer, count, flags) {
    const socket = socketOf(c, fd!);
    if (failed(socket)) return socket;
    return several(c, pointer!, int(count!), (at) => sendMessage(c, socket, at, int(flags!)));
  },

  recvfrom(c, fd, buffer, length, rawFlags, pointer, lengthPointer) {
    const socket = socketOf(c, fd!);
    if (failed(socket)) return socket;
    const parts = [{ base: address(buffer!), length: size(length!) }];
    const got = receive(c, socket, total(parts), int(rawFlags!));
    if (typeof got === "number" || "kind" in got) return got;
    for (const file of got.files) releaseFile(file, c);
    const from = got.from ?? (socket.type === "stream" ? undefined : unbound(socket));
    const told = from && pointer !== 0n ? writeAddress(c, socket, from, pointer!, lengthPointer!) : 0;
    return told || deliver(c, got, parts, int(rawFlags!));
  },

  recvmsg(c, fd, pointer, flags) {
    const socket = socketOf(c, fd!);
    return failed(socket) ? socket : receiveMessage(c, socket, pointer!, int(flags!));
  },

  recvmmsg(c, fd, pointer, count, flags) {
    const socket = socketOf(c, fd!);
    if (failed(socket)) return socket;
    return several(c, pointer!, int(count!), (at, first) =>
      receiveMessage(c, socket, at, int(flags!) | (first ? 0 : MSG.MSG_DONTWAIT)),
    );
  },
};

function target(c: SyscallContext, socket: Socket, pointer: bigint, length: number): Socket | undefined | Errno {
  const to = readAddress(c, socket, pointer, length);
  if (failed(to)) return to;
  // A stream goes where it is connected to.
  if (socket.type !== "dgram") return socket.connected ? undefined : -ERRNO.EOPNOTSUPP;
  if (!socket.address && socket.family === "inet") bindAny(socket);
  return findSocket(c, socket, to);
}

function sendMessage(c: SyscallContext, socket: Socket, pointer: bigint, flags: number): SyscallResult {
  const header = headerAt(c, pointer);
  if (failed(header)) return header;
  const to = header.name === 0n ? undefined : target(c, socket, header.name, header.nameLength);
  if (failed(to)) return to;
  const parts = iovecs(c, header.vector, header.count);
  if (failed(parts)) return parts;
  const files = rightsAt(c, header.control, header.controlLength);
  if (failed(files)) return files;
  return send(c, socket, parts, flags, to, files);
}

function receiveMessage(c: SyscallContext, socket: Socket, pointer: bigint, flags: number): SyscallResult {
  const header = headerAt(c, pointer);
  if (failed(header)) return header;
  const parts = iovecs(c, header.vector, header.count);
  if (failed(parts)) return parts;
  const got = receive(c, socket, total(parts), flags);
  if (typeof got === "number" || "kind" in got) return got;
  const control = giveRights(c, got.files, header, (flags & MSG.MSG_CMSG_CLOEXEC) !== 0);
  const from = got.from ?? (socket.type === "stream" ? undefined : unbound(socket));
  if (header.name !== 0n && from) {
    const told = writeAddress(c, socket, from, header.name, pointer + 8n);
    if (told !== 0) return told;
  }
  const truncated = got.length > got.bytes.length ? MSG.MSG_TRUNC : 0;
  const result = new Uint8Array(16);
  viewOf(result).setBigUint64(0, BigInt(control.length), true);
  viewOf(result).setInt32(8, truncated | control.flags | (flags & MSG.MSG_CMSG_CLOEXEC), true);
  // msg_controllen and msg_flags.
  return copyOut(c, pointer + 40n, result.subarray(0, 12)) || deliver(c, got, parts, flags);
}

interface Header {
  readonly name: bigint;
  readonly nameLength: number;
  readonly vector: bigint;
  readonly count: bigint;
  readonly control: bigint;
  readonly controlLength: number;
}

function headerAt(c: SyscallContext, pointer: bigint): Header | Errno {
  const bytes = copyIn(c, pointer, 56);
  if (failed(bytes)) return bytes;
  const view = viewOf(bytes);
  return {
    name: view.getBigUint64(0, true),
    nameLength: view.getInt32(8, true),
    vector: view.getBigUint64(16, true),
    count: view.getBigUint64(24, true),
    control: view.getBigUint64(32, true),
    controlLength: Math.min(Number(view.getBigUint64(40, true)), 1 << 16),
  };
}

/** One call for several messages: the count of those that went, unless the first one failed. */
function several(
  c: SyscallContext,
  pointer: bigint,
  count: number,
  one: (at: bigint, first: boolean) => SyscallResult,
): SyscallResult {
  const max = Math.min(Math.max(count, 0), MAX_MESSAGES);
  for (let i = 0; i < max; i++) {
    const at = pointer + BigInt(i * MMSGHDR_SIZE);
    const result = one(at, i === 0);
    if (typeof result !== "number" || result < 0) return i === 0 ? result : i;
    const error = copyOut(c, at + 56n, new Uint8Array(Int32Array.of(result).buffer));
    if (error !== 0) return i === 0 ? error : i;
  }
  return max;
}

function send(
  c: SyscallContext,
  socket: Socket,
  parts: readonly UserBuffer[],
  flags: number,
  to: Socket | undefined,
  files: readonly OpenFile[],
): SyscallResult {
  const bytes = gather(c, parts);
  if (failed(bytes)) return bytes;
  return takeAll(c, bytes, socket.stream, (rest, written) => {
    const sent = socket.send(c, rest, flags, to, written === 0 ? files : []);
    // On their way the files are held by the message.
    if (typeof sent === "number" && sent >= 0 && written === 0) for (const file of files) file.references++;
    return sent;
  });
}

function receive(c: SyscallContext, socket: Socket, max: number, flags: number): Received | Errno | Block {
  const got = socket.receive(c, max, flags);
  return typeof got === "number" || !("kind" in got) ? got : untilTimeout(c, socket, got);
}

function deliver(c: SyscallContext, got: Received, parts: readonly UserBuffer[], flags: number): number {
  const count = scatter(c, parts, got.bytes);
  return count >= 0 && (flags & MSG.MSG_TRUNC) !== 0 ? got.length : count;
}

/** The open files of SCM_RIGHTS: struct cmsghdr is u64 length, s32 level, s32 type, then s32 descriptors. */
function rightsAt(c: SyscallContext, pointer: bigint, length: number): readonly OpenFile[] | Errno {
  if (pointer === 0n || length < CMSG_HEADER) return [];
  const bytes = copyIn(c, pointer, length);
  if (failed(bytes)) return bytes;
  const view = viewOf(bytes);
  const files: OpenFile[] = [];
  for (let at = 0; at + CMSG_HEADER <= length; ) {
    const size = Number(view.getBigUint64(at, true));
    if (size < CMSG_HEADER || at + size > length) return -ERRNO.EINVAL;
    if (view.getInt32(at + 8, true) !== SOL_SOCKET || view.getInt32(at + 12, true) !== SCM_RIGHTS) return -ERRNO.EINVAL;
    for (let fd = at + CMSG_HEADER; fd + 4 <= at + size; fd += 4) {
      const file = anyFileOf(c, BigInt(view.getInt32(fd, true)));
      if (failed(file)) return file;
      if (files.push(file) > MAX_RIGHTS) return -ERRNO.EINVAL;
    }
    at += (size + 7) & ~7;
  }
  return files;
}

/** Descriptors for the files of a message; those without room are closed, and MSG_CTRUNC says so. */
function giveRights(
  c: SyscallContext,
  files: readonly OpenFile[],
  header: Header,
  closeOnExec: boolean,
): { readonly length: number; readonly flags: number } {
  const room = header.control === 0n ? 0 : Math.max(0, Math.floor((header.controlLength - CMSG_HEADER) / 4));
  const fds: number[] = [];
  for (const file of files) {
    const fd = fds.length < room ? install(c, file, closeOnExec) : -ERRNO.EMFILE;
    if (fd >= 0) fds.push(fd);
    releaseFile(file, c);
  }
  if (files.length === 0) return { length: 0, flags: 0 };
  const flags = fds.length < files.length ? MSG.MSG_CTRUNC : 0;
  if (fds.length === 0) return { length: 0, flags };
  const bytes = new Uint8Array(CMSG_HEADER + fds.length * 4);
  const view = viewOf(bytes);
  view.setBigUint64(0, BigInt(bytes.length), true);
  view.setInt32(8, SOL_SOCKET, true);
  view.setInt32(12, SCM_RIGHTS, true);
  for (const [i, fd] of fds.entries()) view.setInt32(CMSG_HEADER + i * 4, fd, true);
  copyOut(c, header.control, bytes);
  return { length: Math.min((bytes.length + 7) & ~7, header.controlLength), flags };
}
