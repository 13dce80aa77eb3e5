/**
 * Who is bound where: UNIX names, and the ports of the loopback device. One for each machine, made by `syscalls/sockets.ts`.
 *
 * Ports that the kernel gives count up from the first of Linux' range, so they are the same in every run.
 */
import type { Inode } from "./inode.ts";
import type { Socket } from "./socket.ts";
import type { Address } from "./socket-types.ts";

const FIRST_PORT = 32_768;
const LAST_PORT = 60_999;
/** An IPv4 address as a number, or the 16 bytes of an IPv6 address as a byte string. */
export type Host = number | string;
export const LOOPBACK = 0x7f00_0001;
/** :: */
export const UNSPECIFIED6 = "\0".repeat(16);
/** ::1 */
export const LOOPBACK6 = `${"\0".repeat(15)}\x01`;

/** What is sent from: the loopback address of the same kind. */
export function loopbackOf(host: Host): Host {
  return typeof host === "number" ? LOOPBACK : LOOPBACK6;
}

export class Network {
  /** By the inode of a name in the file system. */
  readonly #files = new WeakMap<Inode, Socket>();
  readonly #abstract = new Map<string, Socket>();
  /** Who is bound, by `tcp` or `udp` and port, in the order of binding. */
  readonly #ports = new Map<string, Socket[]>();
  #nextPort = FIRST_PORT;

  ofFile(inode: Inode): Socket | undefined {
    const socket = this.#files.get(inode);
    return socket?.closed ? undefined : socket;
  }

  bindFile(inode: Inode, socket: Socket): void {
    this.#files.set(inode, socket);
  }

  ofAbstract(name: string): Socket | undefined {
    return this.#abstract.get(name);
  }

  bindAbstract(name: string, socket: Socket): void {
    this.#abstract.set(name, socket);
  }

  /** Who gets what `socket` sends there: bound to this very address before bound to any; of several, the last. */
  ofPort(socket: Socket, to: Host, port: number): Socket | undefined {
    // No address in particular is this machine.
    const host = to === 0 || to === UNSPECIFIED6 ? loopbackOf(to) : to;
    const bound = (this.#ports.get(key(socket, port)) ?? []).filter(
      (other) => covers(other, host) && (socket.type === "dgram" || other.backlog !== undefined),
    );
    const exact = bound.filter(({ address }) => address?.family === "inet" && address.host === host);
    return exact.at(-1) ?? bound.at(-1);
  }

  /** The port; 0 asks for any. Undefined when it is taken. */
  bindPort(socket: Socket, host: Host, wanted: number): number | undefined {
    const port = wanted === 0 ? this.#freePort((number) => !this.#ports.has(key(socket, number))) : wanted;
    if (port === undefined) return undefined;
    const others = this.#ports.get(key(socket, port)) ?? [];
    if (others.some((other) => overlaps(other, socket, host) && !mayShare(other, socket))) return undefined;
    this.#ports.set(key(socket, port), [...others, socket]);
    return port;
  }

  /** Somebody else listens where `socket` is bound. */
  isListened(socket: Socket): boolean {
    const { address } = socket;
    if (address?.family !== "inet") return false;
    const others = this.#ports.get(key(socket, address.port)) ?? [];
    return others.some(
      (other) =>
        other !== socket &&
        other.backlog !== undefined &&
        overlaps(other, socket, address.host) &&
        !mayShare(other, socket),
    );
  }

  forget(socket: Socket): void {
    const address: Address | undefined = socket.address;
    if (address?.family === "inet") {
      const name = key(socket, address.port);
      const others = (this.#ports.get(name) ?? []).filter((other) => other !== socket);
      if (others.length > 0) this.#ports.set(name, others);
      else this.#ports.delete(name);
    }
    if (address?.family === "unix" && this.#abstract.get(address.path) === socket) this.#abstract.delete(address.path);
  }

  #freePort(isFree: (port: number) => boolean): number | undefined {
    for (let tries = FIRST_PORT; tries <= LAST_PORT; tries++) {
      const port = this.#nextPort;
      this.#nextPort = port === LAST_PORT ? FIRST_PORT : port + 1;
      if (isFree(port)) return port;
    }
    return undefined;
  }
}

/** What comes for `host` is for a socket that is bound so: :: takes IPv4 too, unless it is for IPv6 only. */
function covers({ address, v6Only }: Socket, host: Host): boolean {
  if (address?.family !== "inet") return false;
  if (address.host === host || address.host === (typeof host === "number" ? 0 : UNSPECIFIED6)) return true;
  return address.host === UNSPECIFIED6 && !v6Only;
}

/** Some address is for both. */
function overlaps(other: Socket, socket: Socket, host: Host): boolean {
  if (other.address?.family !== "inet") return false;
  if (covers(other, host) || other.address.host === host) return true;
  const any = host === UNSPECIFIED6;
  return (typeof other.address.host === "number" ? host === 0 : any) || (any && !socket.v6Only);
}

/** SO_REUSEADDR while nobody listens, SO_REUSEPORT in any case; both sockets must have asked. */
function mayShare(a: Socket, b: Socket): boolean {
  const both = (option: string): boolean => a.options.has(option) && b.options.has(option);
  const listening = a.backlog !== undefined || b.backlog !== undefined;
  return both(REUSEPORT) || (both(REUSEADDR) && !listening);
}

/** SOL_SOCKET's SO_REUSEADDR and SO_REUSEPORT, as `Socket.options` has them while they are on. */
const REUSEADDR = "1 2";
const REUSEPORT = "1 15";

function key(socket: Socket, port: number): string {
  return `${socket.type === "stream" ? "tcp" : "udp"} ${port}`;
}
