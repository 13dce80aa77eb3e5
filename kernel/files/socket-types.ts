/** Kinds of sockets, addresses, flags of messages: what `socket.ts`, `network.ts` and the calls on sockets share. */
import type { Host } from "./network.ts";
import type { OpenFile } from "./open-file.ts";
import type { Socket } from "./socket.ts";

export type SocketType = "stream" | "dgram" | "seqpacket";
export type Family = "unix" | "inet";

// biome-ignore format: table
/** By number: SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET. */
export const socketTypes: { readonly [number: number]: SocketType } = { 1: "stream", 2: "dgram", 5: "seqpacket" };

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

export interface Sending {
  /** Of a datagram: where it goes, in place of the peer. */
  readonly to?: Socket | undefined;
  readonly files?: readonly OpenFile[];
  readonly sender?: Peer | undefined;
}
