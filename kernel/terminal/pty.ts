/**
 * Pseudo-terminals: a terminal whose keyboard and screen are the descriptors of a master.
 *
 * `devpts.ts` makes a pair when /dev/ptmx is opened. What the master writes is typed at the slave; what programs write to the slave,
 * and its echo, is what the master reads. When the master is closed the slave is hung up; while nobody has
 * the slave open any more, reads of the master fail with EIO.
 */
import { ERRNO } from "../../target/errno.ts";
import type { Errno, Inode } from "../files/inode.ts";
import { type FileIo, O, OpenFile, POLL, type Waker } from "../files/open-file.ts";
import { hangUpTerminal } from "../process/job-control.ts";
import type { Block, SyscallContext, WaitQueue } from "../syscall-context.ts";
import { install } from "../syscalls/user.ts";
import { give, int32, terminalIoctl } from "./ioctls.ts";
import { TERMINAL_BACKLOG, Terminal } from "./terminal.ts";
import { TerminalFile } from "./terminal-file.ts";

// biome-ignore format: table
export const PTY_IOCTL = {
  TIOCGPTN: 0x80045430, TIOCSPTLCK: 0x40045431, TIOCGPTLCK: 0x80045439, TIOCGPTPEER: 0x5441,
  TIOCPKT: 0x5420, TIOCGPKT: 0x80045438, TIOCSIG: 0x40045436, FIONREAD: 0x541b,
} as const;

// biome-ignore format: table
const PKT = { TIOCPKT_FLUSHREAD: 1, TIOCPKT_FLUSHWRITE: 2, TIOCPKT_STOP: 4, TIOCPKT_START: 8 } as const;

const SLAVE_MAJOR = 136;

export class PtySlave extends Terminal {
  readonly number: number;
  readonly device: number;
  locked = true;
  /** Nobody has it open any more; false before anybody had. */
  closed = false;
  /** What the master has not read yet. */
  readonly screen: number[] = [];
  /** Woken when the screen has something, or everybody closed the slave. */
  readonly shown: WaitQueue = { sleepers: new Set() };
  /** TIOCPKT: what the next read of the master tells, as bits. */
  news = 0;
  packets = false;
  masterClosed = false;
  /** TIOCGPTPEER: opens the slave, whatever leads to its name. */
  openPeer: ((flags: number) => OpenFile) | undefined;
  readonly #files = new Set<TerminalFile>();

  constructor(number: number) {
    super();
    this.number = number;
    this.device = (SLAVE_MAJOR << 8) | number;
  }

  open(inode: Inode, path: string, flags: number): TerminalFile {
    const file = new TerminalFile(inode, path, flags & ~O.O_NOCTTY, this, (waker) => this.#release(file, waker));
    this.#files.add(file);
    this.closed = false;
    return file;
  }

  #release(file: TerminalFile, waker: Waker): void {
    this.#files.delete(file);
    if (this.#files.size > 0) return;
    this.closed = true;
    this.flushInput();
    waker.wake(this.shown);
  }

  get outputRoom(): number {
    return TERMINAL_BACKLOG - this.screen.length;
  }

  /** Echo comes even where there is no room for output, but not without end. */
  send(bytes: Uint8Array): void {
    const room = 2 * TERMINAL_BACKLOG - this.screen.length;
    for (const byte of bytes.subarray(0, Math.max(0, room))) this.screen.push(byte);
    this.machine?.scheduler.wake(this.shown);
  }

  override setStopped(stopped: boolean): void {
    if (stopped !== this.stopped) this.#tell(stopped ? PKT.TIOCPKT_STOP : PKT.TIOCPKT_START);
    super.setStopped(stopped);
  }

  override flushed(): void {
    this.#tell(PKT.TIOCPKT_FLUSHREAD | PKT.TIOCPKT_FLUSHWRITE);
  }

  override flushInput(): void {
    super.flushInput();
    this.#tell(PKT.TIOCPKT_FLUSHREAD);
  }

  override flushOutput(): void {
    this.#tell(PKT.TIOCPKT_FLUSHWRITE);
  }

  #tell(bits: number): void {
    if (!this.packets) return;
    this.news |= bits;
    this.machine?.scheduler.wake(this.shown);
  }

  override hangUp(): void {
    for (const file of this.#files) file.hangUp();
    this.#files.clear();
    this.closed = true;
    this.flushInput();
    const scheduler = this.machine?.scheduler;
    for (const queue of [this.input, this.drained, this.shown]) scheduler?.wake(queue);
  }
}

const TCFLSH = 0x540b;
const TCOFLUSH = 1;

export class PtyMaster extends OpenFile {
  readonly slave: PtySlave;
  readonly #closed: () => void;

  constructor(inode: Inode, path: string, flags: number, slave: PtySlave, closed: () => void) {
    super(inode, path, flags & ~O.O_NOCTTY);
    this.slave = slave;
    this.#closed = closed;
  }

  override get keepsAsync(): boolean {
    return true;
  }

  override read(io: FileIo, max: number): Uint8Array | Errno | Block {
    const { slave } = this;
    const { screen } = slave;
    if (max === 0) return new Uint8Array(0);
    if (slave.packets && slave.news !== 0) {
      const news = Uint8Array.of(slave.news);
      slave.news = 0;
      return news;
    }
    if (screen.length === 0) {
      if (slave.closed) return -ERRNO.EIO;
      if (this.nonblocking) return -ERRNO.EAGAIN;
      return { kind: "block", queues: [slave.shown], restartable: true };
    }
    const bytes = screen.splice(0, slave.packets ? max - 1 : max);
    io.wake(slave.drained);
    return Uint8Array.from(slave.packets ? [0, ...bytes] : bytes);
  }

  override write(io: FileIo, bytes: Uint8Array): number | Block {
    const { slave } = this;
    if (io.task) slave.attach(io.task.machine);
    const part = bytes.subarray(0, slave.typingRoom);
    if (part.length > 0 || bytes.length === 0) {
      slave.type(part);
      return part.length;
    }
    if (this.nonblocking) return -ERRNO.EAGAIN;
    return { kind: "block", queues: [slave.drained], restartable: true };
  }

  override poll(): number {
    const { POLLIN, POLLRDNORM, POLLPRI, POLLOUT, POLLWRNORM, POLLHUP } = POLL;
    const { slave } = this;
    let events = slave.typingRoom > 0 ? POLLOUT | POLLWRNORM : 0;
    if (slave.screen.length > 0 || (slave.packets && slave.news !== 0)) events |= POLLIN | POLLRDNORM;
    if (slave.packets && slave.news !== 0) events |= POLLPRI;
    return slave.closed ? events | POLLHUP : events;
  }

  override queues(): readonly WaitQueue[] {
    return [this.slave.shown, this.slave.drained];
  }

  override ioctl(c: SyscallContext, request: number, argument: number): number | Block {
    const { slave } = this;
    slave.attach(c.task.machine);
    const word = (): number | undefined => {
      const bytes = c.mm.copyIn(argument, 4);
      return bytes instanceof Uint8Array ? new DataView(bytes.buffer, bytes.byteOffset).getInt32(0, true) : undefined;
    };
    switch (request) {
      case PTY_IOCTL.TIOCGPTN:
        return give(c, argument, int32(slave.number));
      case PTY_IOCTL.TIOCSPTLCK:
      case PTY_IOCTL.TIOCPKT: {
        const value = word();
        if (value === undefined) return -ERRNO.EFAULT;
        if (request === PTY_IOCTL.TIOCSPTLCK) slave.locked = value !== 0;
        else {
          if (!slave.packets) slave.news = 0;
          slave.packets = value !== 0;
        }
        return 0;
      }
      case PTY_IOCTL.TIOCGPTLCK:
        return give(c, argument, int32(Number(slave.locked)));
      case PTY_IOCTL.TIOCGPKT:
        return give(c, argument, int32(Number(slave.packets)));
      case PTY_IOCTL.TIOCGPTPEER: {
        if (!slave.openPeer || slave.locked) return -ERRNO.EIO;
        const file = slave.openPeer(argument & (O.O_ACCMODE | O.O_NONBLOCK));
        return install(c, file, (argument & O.O_CLOEXEC) !== 0);
      }
      case PTY_IOCTL.TIOCSIG:
        if (argument < 1 || argument > 64) return -ERRNO.EINVAL;
        slave.signal(argument);
        return 0;
      case PTY_IOCTL.FIONREAD:
        return give(c, argument, int32(slave.screen.length));
      case TCFLSH:
        // Its input is what the slave showed; what it wrote has arrived at once.
        if (argument < 0 || argument > 2) return -ERRNO.EINVAL;
        if (argument !== TCOFLUSH) slave.screen.length = 0;
        c.wake(slave.drained);
        return 0;
      default:
        return terminalIoctl(c, slave, request, argument, true);
    }
  }

  override released(waker: Waker): void {
    this.slave.masterClosed = true;
    hangUpTerminal(this.slave);
    this.#closed();
    waker.wake(this.slave.input);
  }
}
