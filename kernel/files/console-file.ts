/**
 * The open files of the console: descriptors 0, 1 and 2 of the first process, /dev/tty and /dev/console.
 *
 * A stream that is a terminal is one for programs too, any other looks like a pipe. Where `console.typed` says that keys come as they
 * are pressed, the line discipline of `kernel/terminal/` edits and echoes them; otherwise the terminal behind the
 * console has done that, and what comes is passed on. Made by `devfs.ts`.
 */
import { ERRNO } from "../../target/errno.ts";
import { SIG } from "../../target/signals.ts";
import type { Block, SyscallContext, WaitQueue } from "../syscall-context.ts";
import { terminalIoctl } from "../terminal/ioctls.ts";
import { Terminal } from "../terminal/terminal.ts";
import { refuse, TerminalFile } from "../terminal/terminal-file.ts";
import { LFLAG } from "../terminal/termios.ts";
import type { Console } from "./console.ts";
import type { Errno, Inode } from "./inode.ts";
import { type FileIo, POLL } from "./open-file.ts";

const INPUT_CHUNK = 4096;
/** There is always room: the host waits. */
const OUTPUT_ROOM = 1 << 24;
const FIONREAD = 0x541b;
const TIOCGWINSZ = 0x5413;

/** One terminal, or what stands in for it: what its open files share. */
export class ConsoleDevice extends Terminal {
  readonly console: Console;
  readonly device = (5 << 8) | 1;
  readonly outputRoom = OUTPUT_ROOM;
  /** Read for a poll, not yet for a read. */
  #pending: Uint8Array | "eof" | undefined;

  constructor(console: Console) {
    super();
    this.console = console;
  }

  override send(bytes: Uint8Array): void {
    this.console.write(1, bytes);
  }

  take(max: number): Uint8Array | "eof" | "wait" {
    const pending = this.#pending;
    if (pending === undefined) return this.console.read(max);
    if (pending === "eof") return pending;
    this.#pending = pending.length > max ? pending.subarray(max) : undefined;
    return pending.subarray(0, max);
  }

  /** A read would not wait; may take the next bytes from the console to find out. */
  get ready(): boolean {
    if (this.#pending !== undefined) return true;
    const bytes = this.console.read(INPUT_CHUNK);
    if (bytes === "wait") return false;
    this.#pending = bytes;
    return true;
  }

  /** Keys that were pressed go to the line discipline, until it has enough; whether there will be no more. */
  typeAhead(): boolean {
    while (!this.discipline.isReady(1) && this.typingRoom > 0) {
      const bytes = this.console.read(Math.min(this.typingRoom, INPUT_CHUNK));
      if (bytes === "eof") return true;
      if (bytes === "wait") return false;
      this.type(bytes);
    }
    return false;
  }
}

export class ConsoleFile extends TerminalFile {
  readonly #device: ConsoleDevice;
  readonly #stream: 0 | 1 | 2;

  constructor(inode: Inode, path: string, flags: number, device: ConsoleDevice, stream: 0 | 1 | 2) {
    super(inode, path, flags, device);
    this.#device = device;
    this.#stream = stream;
  }

  get #isTerminal(): boolean {
    return this.#device.console.isTty(this.#stream);
  }

  get #isTyped(): boolean {
    return this.#isTerminal && this.#device.console.typed === true;
  }

  override read(io: FileIo, max: number): Uint8Array | Errno | Block {
    if (max === 0) return new Uint8Array(0);
    const refused = this.#isTerminal ? refuse(io, this.#device, SIG.SIGTTIN) : undefined;
    if (refused !== undefined) return refused;
    if (this.#isTyped) {
      const ended = this.#device.typeAhead();
      return ended && !this.#device.discipline.isReady(1) ? new Uint8Array(0) : super.read(io, max);
    }
    const bytes = this.#device.take(max);
    if (bytes === "eof") return new Uint8Array(0);
    if (bytes !== "wait") return bytes;
    if (this.nonblocking) return -ERRNO.EAGAIN;
    return { kind: "block", queues: [this.#device.input], restartable: true };
  }

  override write(io: FileIo, bytes: Uint8Array): number | Block {
    if (this.#isTyped && this.#stream !== 2) return super.write(io, bytes);
    const stops = this.#isTerminal && this.#device.termios.local(LFLAG.TOSTOP);
    const refused = stops ? refuse(io, this.#device, SIG.SIGTTOU) : undefined;
    if (refused !== undefined) return refused;
    const out = this.#isTyped ? this.#device.output.process(bytes) : bytes;
    // Descriptor 0 of a terminal may be written, too.
    if (this.#device.console.write(this.#stream === 2 ? 2 : 1, out) !== "closed") return bytes.length;
    io.raise(SIG.SIGPIPE);
    return -ERRNO.EPIPE;
  }

  override poll(): number {
    if (this.#isTyped) {
      const ended = this.#device.typeAhead();
      return super.poll() | (ended ? POLL.POLLIN | POLL.POLLRDNORM : 0);
    }
    const input = this.readable && this.#device.ready ? POLL.POLLIN | POLL.POLLRDNORM : 0;
    return input | (this.writable ? POLL.POLLOUT | POLL.POLLWRNORM : 0);
  }

  override queues(): readonly WaitQueue[] {
    return [this.#device.input, this.#device.drained];
  }

  override ioctl(c: SyscallContext, request: number, argument: number): number | Block {
    if (!this.#isTerminal) return -ERRNO.ENOTTY;
    // What the host's terminal has is not known before it is read.
    if (request === FIONREAD && !this.#isTyped) return -ERRNO.EINVAL;
    if (request === TIOCGWINSZ && this.#device.window.rows === 0) {
      this.#device.window = { ...this.#device.console.windowSize(), width: 0, height: 0 };
    }
    return terminalIoctl(c, this.#device, request, argument);
  }
}
