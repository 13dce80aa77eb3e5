/**
 * Open files of a terminal: reads with ICANON or VMIN and VTIME, writes through the output processing.
 *
 * The slave of a pseudo-terminal is one, the console another (`files/console-file.ts`). Processes in the background are stopped
 * or refused by `job-control.ts` before anything is done.
 */
import { ERRNO } from "../../target/errno.ts";
import { SIG } from "../../target/signals.ts";
import type { Errno, Inode } from "../files/inode.ts";
import { type FileIo, OpenFile, POLL, type Waker } from "../files/open-file.ts";
import { checkBackground } from "../process/job-control.ts";
import type { Block, SyscallContext, WaitQueue } from "../syscall-context.ts";
import { terminalIoctl } from "./ioctls.ts";
import type { Terminal } from "./terminal.ts";
import { CC, LFLAG } from "./termios.ts";

/** VTIME counts tenths of a second. */
const TENTH = 1e8;

export class TerminalFile extends OpenFile {
  readonly terminal: Terminal;
  /** The terminal was hung up after this file was opened. */
  #hungUp = false;
  readonly #closed: ((waker: Waker) => void) | undefined;

  constructor(inode: Inode, path: string, flags: number, terminal: Terminal, closed?: (waker: Waker) => void) {
    super(inode, path, flags);
    this.terminal = terminal;
    this.#closed = closed;
  }

  override get keepsAsync(): boolean {
    return true;
  }

  hangUp(): void {
    this.#hungUp = true;
  }

  override read(io: FileIo, max: number): Uint8Array | Errno | Block {
    if (this.#hungUp || max === 0) return new Uint8Array(0);
    const refused = refuse(io, this.terminal, SIG.SIGTTIN);
    if (refused !== undefined) return refused;
    const { discipline, termios } = this.terminal;
    if (termios.canonical ? !discipline.isReady(1) : !this.#enough(io, max)) return this.#wait(io);
    const bytes = discipline.take(max);
    this.terminal.takeTyped();
    io.wake(this.terminal.drained);
    return bytes;
  }

  /** VMIN bytes are there, or the time is over. */
  #enough(io: FileIo, max: number): boolean {
    const { discipline, termios } = this.terminal;
    const [min, time] = [termios.cc(CC.VMIN), termios.cc(CC.VTIME)];
    if (discipline.isReady(Math.max(1, Math.min(min, max)))) return true;
    if (min === 0 && time === 0) return true;
    if (this.nonblocking) return discipline.isReady(1);
    const deadline = this.#deadline(io);
    return deadline !== undefined && now(io) >= deadline && (min === 0 || discipline.isReady(1));
  }

  /** Of the whole read when VMIN is 0, else of the pause between two bytes. */
  #deadline(io: FileIo): number | undefined {
    const { discipline, termios } = this.terminal;
    const [min, time] = [termios.cc(CC.VMIN), termios.cc(CC.VTIME)];
    if (termios.canonical || time === 0 || !io.task) return undefined;
    if (min > 0) return discipline.isReady(1) ? this.terminal.lastInput + time * TENTH : undefined;
    const restart = (io.task.restart as { readonly deadline: number } | undefined) ?? {
      deadline: now(io) + time * TENTH,
    };
    io.task.restart = restart;
    return restart.deadline;
  }

  #wait(io: FileIo): Errno | Block {
    if (this.nonblocking) return -ERRNO.EAGAIN;
    const deadline = this.#deadline(io);
    const wait: Block = { kind: "block", queues: [this.terminal.input], restartable: true };
    return deadline === undefined ? wait : { ...wait, deadline };
  }

  override write(io: FileIo, bytes: Uint8Array): number | Block {
    if (this.#hungUp) return -ERRNO.EIO;
    const { terminal } = this;
    const refused = terminal.termios.local(LFLAG.TOSTOP) ? refuse(io, terminal, SIG.SIGTTOU) : undefined;
    if (refused !== undefined) return refused;
    if (bytes.length === 0) return 0;
    const count = terminal.stopped ? 0 : terminal.write(bytes);
    if (count > 0) return count;
    if (this.nonblocking) return -ERRNO.EAGAIN;
    return { kind: "block", queues: [terminal.drained], restartable: true };
  }

  override poll(): number {
    const { POLLIN, POLLRDNORM, POLLOUT, POLLWRNORM, POLLERR, POLLHUP } = POLL;
    if (this.#hungUp) return POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM | POLLERR | POLLHUP;
    const { discipline, termios, stopped, outputRoom } = this.terminal;
    const needed = termios.cc(CC.VTIME) === 0 ? Math.max(1, termios.cc(CC.VMIN)) : 1;
    const input = this.readable && discipline.isReady(needed) ? POLLIN | POLLRDNORM : 0;
    return input | (this.writable && !stopped && outputRoom >= 8 ? POLLOUT | POLLWRNORM : 0);
  }

  override queues(): readonly WaitQueue[] {
    return [this.terminal.input, this.terminal.drained];
  }

  override ioctl(c: SyscallContext, request: number, argument: number): number | Block {
    return this.#hungUp ? -ERRNO.EIO : terminalIoctl(c, this.terminal, request, argument);
  }

  override released(waker: Waker): void {
    this.#closed?.(waker);
  }
}

function now(io: FileIo): number {
  return io.task?.machine.clock.monotonicNs() ?? 0;
}

/** What a process in the background gets instead; the call starts again when it was stopped and continued. */
export function refuse(io: Pick<FileIo, "task">, terminal: Terminal, signal: number): Errno | Block | undefined {
  if (!io.task) return undefined;
  const answer = checkBackground(io.task, terminal, signal);
  if (answer === "again") return { kind: "block", queues: [], deadline: 0, restartable: true };
  return answer === 0 ? undefined : answer;
}
