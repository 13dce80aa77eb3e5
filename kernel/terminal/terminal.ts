/**
 * Terminals: what the console and the slave of a pseudo-terminal share.
 *
 * Input comes through `type`, goes through the line discipline, and is read by programs (`terminal-file.ts`). What
 * programs write, and the echo, goes to `send`, which the kind of terminal implements: `pty.ts`, `files/console-file.ts`.
 * Session and foreground group belong to `job-control.ts`, the requests of ioctl are in `ioctls.ts`.
 */

import type { Machine } from "../machine.ts";
import type { JobTerminal } from "../process/job-control.ts";
import type { WaitQueue } from "../syscall-context.ts";
import { Echo } from "./echo.ts";
import { type DisciplineHost, LineDiscipline } from "./line-discipline.ts";
import { OutputProcessing } from "./output.ts";
import { Termios } from "./termios.ts";

/** Bytes on their way that nobody took yet, each way. */
export const TERMINAL_BACKLOG = 8192;

export interface Window {
  readonly rows: number;
  readonly columns: number;
  readonly width: number;
  readonly height: number;
}

export abstract class Terminal implements JobTerminal, DisciplineHost {
  readonly termios = new Termios();
  readonly output = new OutputProcessing(this.termios);
  readonly #echo = new Echo(this.termios, this.output, (bytes) => this.send(bytes));
  readonly discipline = new LineDiscipline(this.termios, this.#echo, this);
  window: Window = { rows: 0, columns: 0, width: 0, height: 0 };
  // Job control's.
  session = 0;
  foreground = 0;
  /** ^S or TCOOFF: writes wait. */
  stopped = false;
  /** TIOCEXCL. */
  exclusive = false;
  /** Woken when there is input, or the terminal is hung up. */
  readonly input: WaitQueue = { sleepers: new Set() };
  /** Woken when there is room for output. */
  readonly drained: WaitQueue = { sleepers: new Set() };
  #machine: Machine | undefined;
  #typed: number[] = [];
  /** Monotonic ns of the last byte that came, for VTIME. */
  lastInput = 0;

  /** st_rdev. */
  abstract readonly device: number;
  /** Bytes that went through output processing. */
  abstract send(bytes: Uint8Array): void;
  /** How many bytes a write may give now. */
  abstract get outputRoom(): number;

  /** Whoever uses the terminal; signals need it. */
  attach(machine: Machine): void {
    this.#machine = machine;
  }

  get machine(): Machine | undefined {
    return this.#machine;
  }

  get typingRoom(): number {
    return TERMINAL_BACKLOG - this.#typed.length;
  }

  /** Keys come in; what the discipline cannot take yet waits. */
  type(bytes: Uint8Array): void {
    this.#typed.push(...bytes);
    this.lastInput = this.#machine?.clock.monotonicNs() ?? 0;
    this.takeTyped();
  }

  /** A read made room. */
  takeTyped(): void {
    let taken = 0;
    while (taken < this.#typed.length && this.discipline.room > 0) this.discipline.receive(this.#typed[taken++]!);
    this.#typed.splice(0, taken);
    this.#echo.commit();
    this.#machine?.scheduler.wake(this.input);
  }

  /** Of output that a program writes: the bytes that were taken. */
  write(bytes: Uint8Array): number {
    // A newline may become two bytes, a tab eight.
    const part = bytes.subarray(0, Math.floor(this.outputRoom / 8));
    this.send(this.output.process(part));
    return part.length;
  }

  signal(signal: number): void {
    if (this.foreground === 0 || !this.#machine) return;
    const { signals } = this.#machine;
    signals.sendToGroup(this.foreground, signals.fromKernel(signal));
  }

  setStopped(stopped: boolean): void {
    if (this.stopped === stopped) return;
    this.stopped = stopped;
    if (!stopped) this.#machine?.scheduler.wake(this.drained);
  }

  flushed(): void {}

  flushInput(): void {
    this.#typed = [];
    this.discipline.flush();
  }

  flushOutput(): void {}

  /** Output that nobody took yet (TIOCOUTQ). */
  get unsent(): number {
    return 0;
  }

  /** The session is over: descriptors of the terminal are of no more use. */
  hangUp(): void {}

  /** SIGWINCH for the foreground when it changed. */
  resize(window: Window): void {
    const { rows, columns, width, height } = this.window;
    const same =
      rows === window.rows && columns === window.columns && width === window.width && height === window.height;
    this.window = window;
    if (!same) this.signal(SIGWINCH);
  }
}

const SIGWINCH = 28;
