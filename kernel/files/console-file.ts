/**
 * The open files of the console: descriptors 0, 1 and 2 of the first process, /dev/tty and /dev/console.
 *
 * A stream that is a terminal is a character device with termios; any other looks like a pipe. Made by `devfs.ts`.
 */
import { ERRNO } from "../../target/errno.ts";
import { SIG } from "../../target/signals.ts";
import { checkBackground, giveUpTerminal, type JobTerminal, setForeground, takeTerminal } from "../job-control.ts";
import type { Block, SyscallContext, WaitQueue } from "../syscall-context.ts";
import type { Console } from "./console.ts";
import type { Errno, Inode } from "./inode.ts";
import { type FileIo, OpenFile, POLL } from "./open-file.ts";

// biome-ignore format: table
const IOCTL = {
  TCGETS:     0x5401,
  TCSETS:     0x5402,
  TCSETSW:    0x5403,
  TCSETSF:    0x5404,
  TIOCSCTTY:  0x540e,
  TIOCGPGRP:  0x540f,
  TIOCSPGRP:  0x5410,
  TIOCGWINSZ: 0x5413,
  TIOCNOTTY:  0x5422,
  TIOCGSID:   0x5429,
  FIONREAD:   0x541b,
} as const;

/** Requests that a process in the background may not make. */
const changing: readonly number[] = [IOCTL.TCSETS, IOCTL.TCSETSW, IOCTL.TCSETSF, IOCTL.TIOCSPGRP];
const TOSTOP = 0o400;

/** One terminal, or what stands in for it: what its open files share. */
export class ConsoleDevice implements JobTerminal {
  readonly console: Console;
  /** Woken by the model when the console may have input again. */
  readonly input: WaitQueue = { sleepers: new Set() };
  readonly termios = initialTermios();
  session = 0;
  foreground = 0;
  /** Read for a poll, not yet for a read. */
  #pending: Uint8Array | "eof" | undefined;

  constructor(console: Console) {
    this.console = console;
  }

  /** TOSTOP. */
  get stopsBackgroundOutput(): boolean {
    return (new DataView(this.termios.buffer).getUint32(12, true) & TOSTOP) !== 0;
  }

  read(max: number): Uint8Array | "eof" | "wait" {
    const pending = this.#pending;
    if (pending === undefined) return this.console.read(max);
    if (pending === "eof") return pending;
    this.#pending = pending.length > max ? pending.subarray(max) : undefined;
    return pending.subarray(0, max);
  }

  /** A read would not wait; may take the next bytes from the console to find out. */
  get ready(): boolean {
    if (this.#pending !== undefined) return true;
    const bytes = this.console.read(4096);
    if (bytes === "wait") return false;
    this.#pending = bytes;
    return true;
  }
}

export class ConsoleFile extends OpenFile {
  readonly #device: ConsoleDevice;
  readonly #stream: 0 | 1 | 2;

  constructor(inode: Inode, path: string, flags: number, device: ConsoleDevice, stream: 0 | 1 | 2) {
    super(inode, path, flags);
    this.#device = device;
    this.#stream = stream;
  }

  override read(io: FileIo, max: number): Uint8Array | Errno | Block {
    if (max === 0) return new Uint8Array(0);
    const refused = this.#refuse(io, SIG.SIGTTIN);
    if (refused !== undefined) return refused;
    const bytes = this.#device.read(max);
    if (bytes === "eof") return new Uint8Array(0);
    if (bytes !== "wait") return bytes;
    if (this.nonblocking) return -ERRNO.EAGAIN;
    return { kind: "block", queues: [this.#device.input], restartable: true };
  }

  override write(io: FileIo, bytes: Uint8Array): number | Block {
    const refused = this.#device.stopsBackgroundOutput ? this.#refuse(io, SIG.SIGTTOU) : undefined;
    if (refused !== undefined) return refused;
    // Descriptor 0 of a terminal may be written, too.
    if (this.#device.console.write(this.#stream === 2 ? 2 : 1, bytes) !== "closed") return bytes.length;
    io.raise(SIG.SIGPIPE);
    return -ERRNO.EPIPE;
  }

  /** What a process in the background gets instead; the call starts again when it was stopped and continued. */
  #refuse(io: FileIo, signal: number): Errno | Block | undefined {
    const { task } = io;
    if (!task || !this.#device.console.isTty(this.#stream)) return undefined;
    const answer = checkBackground(task, this.#device, signal);
    if (answer === "again") return { kind: "block", queues: [], deadline: 0, restartable: true };
    return answer === 0 ? undefined : (answer as Errno);
  }

  override poll(): number {
    const input = this.readable && this.#device.ready ? POLL.POLLIN | POLL.POLLRDNORM : 0;
    return input | (this.writable ? POLL.POLLOUT | POLL.POLLWRNORM : 0);
  }

  override queues(): readonly WaitQueue[] {
    return [this.#device.input];
  }

  override ioctl(c: SyscallContext, request: number, argument: number): number | Block {
    const { console, termios } = this.#device;
    if (!console.isTty(this.#stream)) return -ERRNO.ENOTTY;
    if (changing.includes(request)) {
      const refused = this.#refuse(c, SIG.SIGTTOU);
      if (refused !== undefined) return refused;
    }
    const give = (bytes: Uint8Array): number => (c.mm.copyOut(argument, bytes) === true ? 0 : -ERRNO.EFAULT);
    switch (request) {
      case IOCTL.TCGETS:
        return give(termios);
      case IOCTL.TCSETS:
      case IOCTL.TCSETSW:
      case IOCTL.TCSETSF: {
        const bytes = c.mm.copyIn(argument, termios.length);
        if (!(bytes instanceof Uint8Array)) return -ERRNO.EFAULT;
        termios.set(bytes);
        return 0;
      }
      case IOCTL.TIOCGWINSZ: {
        const { rows, columns } = console.windowSize();
        return give(new Uint8Array(new Uint16Array([rows, columns, 0, 0]).buffer));
      }
      case IOCTL.TIOCGPGRP:
        if (this.#device.session !== c.task.sid) return -ERRNO.ENOTTY;
        return give(new Uint8Array(new Int32Array([this.#device.foreground]).buffer));
      case IOCTL.TIOCSPGRP: {
        const bytes = c.mm.copyIn(argument, 4);
        if (!(bytes instanceof Uint8Array)) return -ERRNO.EFAULT;
        return setForeground(c.task, this.#device, new DataView(bytes.buffer, bytes.byteOffset).getInt32(0, true));
      }
      case IOCTL.TIOCGSID:
        if (this.#device.session !== c.task.sid) return -ERRNO.ENOTTY;
        return give(new Uint8Array(new Int32Array([this.#device.session]).buffer));
      case IOCTL.TIOCSCTTY:
        return takeTerminal(c.task, this.#device, argument === 1);
      case IOCTL.TIOCNOTTY:
        return giveUpTerminal(c.task, this.#device);
      default:
        return request === IOCTL.FIONREAD ? -ERRNO.EINVAL : -ERRNO.ENOTTY;
    }
  }
}

/** struct termios of asm-generic: four flag words, the line discipline, 19 control characters; a cooked terminal. */
function initialTermios(): Uint8Array {
  const bytes = new Uint8Array(36);
  const view = new DataView(bytes.buffer);
  // biome-ignore format: table
  const [ICRNL, IXON, OPOST, ONLCR, B38400, CS8, CREAD, ISIG, ICANON, ECHO, ECHOE, ECHOK, ECHOCTL, ECHOKE, IEXTEN] =
    [0o400, 0o2000, 0o1, 0o4, 0o17, 0o60, 0o200, 0o1, 0o2, 0o10, 0o20, 0o40, 0o1000, 0o4000, 0o100000];
  view.setUint32(0, ICRNL! | IXON!, true);
  view.setUint32(4, OPOST! | ONLCR!, true);
  view.setUint32(8, B38400! | CS8! | CREAD!, true);
  view.setUint32(12, ISIG! | ICANON! | ECHO! | ECHOE! | ECHOK! | ECHOCTL! | ECHOKE! | IEXTEN!, true);
  // VINTR ^C, VQUIT ^\, VERASE DEL, VKILL ^U, VEOF ^D, VTIME, VMIN, VSWTC, VSTART ^Q, VSTOP ^S, VSUSP ^Z, …
  bytes.set([3, 28, 127, 21, 4, 0, 1, 0, 17, 19, 26, 0, 18, 15, 23, 22], 17);
  return bytes;
}
