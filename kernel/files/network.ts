/**
 * Who is bound where: UNIX names, and the ports of the loopback device. One for each machine, made by `syscalls/sockets.ts`.
 *
 * Ports that the kernel gives count up from the first of Linux' range, so they are the same in every run.
 */
import type { Inode } from "./inode.ts";
import type { Address, Socket } from "./socket.ts";

const FIRST_PORT = 32_768;
const LAST_PORT = 60_999;
/** struct sockaddr_in holds both in network order; here they are numbers. */
export const LOOPBACK = 0x7f00_0001;

export class Network {
  /** By the inode of a name in the file system. */
  readonly #files = new WeakMap<Inode, Socket>();
  readonly #abstract = new Map<string, Socket>();
  /** By `tcp` or `udp` and port. */
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

  ofPort(socket: Socket, port: number): Socket | undefined {
    return this.#ports.get(key(socket, port));
  }

  /** The port; 0 asks for any. Undefined when it is taken. */
  bindPort(socket: Socket, wanted: number): number | undefined {
    const port = wanted === 0 ? this.#freePort(socket) : wanted;
    if (port === undefined || this.#ports.has(key(socket, port))) return undefined;
    this.#ports.set(key(socket, port), socket);
    return port;
  }

  forget(socket: Socket): void {
    const address: Address | undefined = socket.address;
    if (address?.family === "inet" && this.ofPort(socket, address.port) === socket) {
      this.#ports.delete(key(socket, address.port));
    }
    if (address?.family === "unix" && this.#abstract.get(address.path) === socket) this.#abstract.delete(address.path);
  }

  #freePort(socket: Socket): number | undefined {
    for (let tries = FIRST_PORT; tries <= LAST_PORT; tries++) {
      const port = this.#nextPort;
      this.#nextPort = port === LAST_PORT ? FIRST_PORT : port + 1;
      if (!this.#ports.has(key(socket, port))) return port;
    }
    return undefined;
  }
}

function key(socket: Socket, port: number): string {
  return `${socket.type === "stream" ? "tcp" : "udp"} ${port}`;
}
