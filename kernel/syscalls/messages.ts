/**
 * System calls that send and receive on sockets: sendto, recvfrom, sendmsg, recvmsg and their `mmsg` forms.
 *
 * struct msghdr: name and its length, vector and its count, control and its length, flags. What travels in the
 * control part is in `control-messages.ts`.
 */
import { ERRNO } from "../../target/errno.ts";
import { releaseFile } from "../files/file-table.ts";
import type { Received } from "../files/inbox.ts";
import { type Errno, failed } from "../files/inode.ts";
import { type Socket, senderOf } from "../files/socket.ts";
import { MSG } from "../files/socket-types.ts";
import {
  address,
  type Block,
  int,
  type SyscallContext,
  type SyscallResult,
  type SyscallTable,
  size,
} from "../syscall-context.ts";
import { type Control, giveControl, readControl } from "./control-messages.ts";
import { takeAll, untilTimeout } from "./read-write.ts";
import { bindAny, findSocket, readAddress, socketOf, unbound, words, writeAddress } from "./socket-addresses.ts";
import { copyIn, copyOut, viewOf } from "./user.ts";
import { gather, IOV_MAX, iovecs, scatter, total, type UserBuffer } from "./user-buffers.ts";

const MMSGHDR_SIZE = 64;
const MAX_MESSAGES = 1024;
/** 255.255.255.255 */
const BROADCAST = 0xffff_ffff;
const NO_CONTROL: Control = { files: [] };

export const messages: SyscallTable = {
  sendto(c, fd, buffer, length, flags, pointer, addressLength) {
    const socket = socketOf(c, fd!);
    if (failed(socket)) return socket;
    const to = pointer === 0n ? undefined : target(c, socket, pointer!, int(addressLength!));
    if (failed(to)) return to;
    return send(c, socket, [{ base: address(buffer!), length: size(length!) }], int(flags!), to, NO_CONTROL);
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
    const told = pointer === 0n ? 0 : tellSender(c, socket, got, pointer!, lengthPointer!);
    return told || deliver(c, socket, got, parts, int(rawFlags!));
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
  // A stream goes where it is connected to; TCP does not even look.
  if (socket.type === "stream" && socket.family === "inet") return undefined;
  const to = readAddress(c, socket, pointer, length);
  if (failed(to)) return to;
  if (socket.type !== "dgram") return socket.connected ? undefined : -ERRNO.EOPNOTSUPP;
  if (to.family === "inet" && to.host === BROADCAST) return -ERRNO.EACCES;
  if (to.family === "inet" && to.port === 0) return -ERRNO.EINVAL;
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
  const control = readControl(c, header.control, header.controlLength);
  if (failed(control)) return control;
  return send(c, socket, parts, flags, to, control);
}

function receiveMessage(c: SyscallContext, socket: Socket, pointer: bigint, flags: number): SyscallResult {
  const header = headerAt(c, pointer);
  if (failed(header)) return header;
  const parts = iovecs(c, header.vector, header.count);
  if (failed(parts)) return parts;
  const got = receive(c, socket, total(parts), flags);
  if (typeof got === "number" || "kind" in got) return got;
  const closeOnExec = (flags & MSG.MSG_CMSG_CLOEXEC) !== 0;
  const control = giveControl(c, socket, got, header.control, header.controlLength, closeOnExec);
  const told = header.name === 0n ? 0 : tellSender(c, socket, got, header.name, pointer + 8n);
  if (told !== 0) return told;
  const truncated = got.length > got.bytes.length ? MSG.MSG_TRUNC : 0;
  const result = new Uint8Array(16);
  viewOf(result).setBigUint64(0, BigInt(control.length), true);
  viewOf(result).setInt32(8, truncated | control.flags | (flags & MSG.MSG_CMSG_CLOEXEC), true);
  // msg_controllen and msg_flags.
  return copyOut(c, pointer + 40n, result.subarray(0, 12)) || deliver(c, socket, got, parts, flags);
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
  if (view.getBigUint64(24, true) > BigInt(IOV_MAX)) return -ERRNO.EMSGSIZE;
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
  { files, sender = senderOf(c) }: Control,
): SyscallResult {
  const bytes = gather(c, parts);
  if (failed(bytes)) return bytes;
  return takeAll(c, socket, bytes, socket.stream, (rest, written) => {
    const sent = socket.send(c, rest, flags, { to, files: written === 0 ? files : [], sender });
    // On their way the files are held by the message.
    if (typeof sent === "number" && sent >= 0 && written === 0) for (const file of files) file.references++;
    return sent;
  });
}

function receive(c: SyscallContext, socket: Socket, max: number, flags: number): Received | Errno | Block {
  const got = socket.receive(c, max, flags);
  return typeof got === "number" || !("kind" in got) ? got : untilTimeout(c, got, socket.receiveTimeout);
}

/** Who sent it, where that is told: a stream of TCP tells nobody. */
function tellSender(
  c: SyscallContext,
  socket: Socket,
  got: Received,
  pointer: bigint,
  lengthPointer: bigint,
): Errno | 0 {
  const { family, peerAddress } = socket;
  if (socket.type !== "stream") return writeAddress(c, socket, got.from ?? unbound(socket), pointer, lengthPointer);
  const named = family === "unix" && peerAddress?.family === "unix" && peerAddress.path !== "";
  return named ? writeAddress(c, socket, peerAddress, pointer, lengthPointer) : copyOut(c, lengthPointer, words(0));
}

function deliver(
  c: SyscallContext,
  socket: Socket,
  got: Received,
  parts: readonly UserBuffer[],
  flags: number,
): number {
  const truncates = (flags & MSG.MSG_TRUNC) !== 0;
  // TCP throws away what it is asked to cut.
  if (truncates && socket.stream && socket.family === "inet") return got.length;
  const count = scatter(c, parts, got.bytes);
  return count >= 0 && truncates ? got.length : count;
}
