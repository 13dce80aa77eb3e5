/**
 * Who is bound where: UNIX names, and the ports of the loopback device. One for each machine, made by `syscalls/sockets.ts`.
 *
 * Ports that the kernel gives count up from the first of Linux' range, so they are the same in every run.
 */
import type { Inode } from "./inode.ts";
import type { Address, Socket } from "./socket.ts";

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
  /** By `tcp` or `udp`, version and port. */
  readonly #ports = new Map<string, Socket>();
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

  ofPort(socket: Socket, host: Host, port: number): Socket | undefined {
    return this.#ports.get(key(socket, typeof host === "number" ? 4 : 6, port));
  }

  /** The port; 0 asks for any. Undefined when it is taken. */
  bindPort(socket: Socket, host: Host, wanted: number): number | undefined {
    const isFree = (port: number): boolean => keys(socket, host, port).every((name) => !this.#ports.has(name));
    const port = wanted === 0 ? this.#freePort(isFree) : wanted;
    if (port === undefined || !isFree(port)) return undefined;
    for (const name of keys(socket, host, port)) this.#ports.set(name, socket);
    return port;
  }

  forget(socket: Socket): void {
    const address: Address | undefined = socket.address;
    if (address?.family === "inet") {
      // Its host may be another by now: connecting a datagram socket chooses one.
      for (const version of [4, 6] as const) {
        const name = key(socket, version, address.port);
        if (this.#ports.get(name) === socket) this.#ports.delete(name);
      }
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

/** What a bound address takes: :: takes the IPv4 port too, unless the socket is for IPv6 only. */
function keys(socket: Socket, host: Host, port: number): readonly string[] {
  if (typeof host === "number") return [key(socket, 4, port)];
  const both = host === UNSPECIFIED6 && !socket.v6Only;
  return both ? [key(socket, 6, port), key(socket, 4, port)] : [key(socket, 6, port)];
}

function key(socket: Socket, version: 4 | 6, port: number): string {
  return `${socket.type === "stream" ? "tcp" : "udp"}${version} ${port}`;
}
