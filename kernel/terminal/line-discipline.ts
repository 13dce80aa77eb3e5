/**
 * N_TTY: from the keys that are typed to the bytes that a program reads.
 *
 * `terminal.ts` gives it what comes in and asks it for what may be read. In canonical mode input is lines that are edited
 * until they are finished; otherwise every byte counts at once. One buffer serves both, so nothing is lost when a
 * program changes the mode: what was finished stays so, and what was not can be read without ICANON.
 */
import { SIG } from "../../target/signals.ts";
import type { Echo } from "./echo.ts";
import { CC, IFLAG, LFLAG, type Termios } from "./termios.ts";

const [NEWLINE, RETURN] = [10, 13];
/** N_TTY_BUF_SIZE, without the place that stays free for the end of a line. */
const BUFFER_SIZE = 4095;
/** What EOF leaves in the buffer: an end of a line that nobody reads. */
const EOF_MARK = 256;

export interface DisciplineHost {
  /** A signal for the foreground. */
  signal(signal: number): void;
  /** ^S and ^Q. */
  setStopped(stopped: boolean): void;
  readonly stopped: boolean;
  /** What was typed and shown so far is thrown away (ISIG without NOFLSH). */
  flushed(): void;
}

export class LineDiscipline {
  readonly #termios: Termios;
  readonly #echo: Echo;
  readonly #host: DisciplineHost;
  /** Finished lines, then the one that is edited. */
  #buffer: number[] = [];
  /** How much of the buffer is finished. */
  #finished = 0;
  /** Ends of finished lines, as positions behind them. */
  #ends: number[] = [];
  #literal = false;

  constructor(termios: Termios, echo: Echo, host: DisciplineHost) {
    this.#termios = termios;
    this.#echo = echo;
    this.#host = host;
  }

  /** How many bytes it takes now; a line that is too long goes on being taken, and its excess is lost. */
  get room(): number {
    if (this.#termios.canonical && this.#ends.length === 0) return Number.POSITIVE_INFINITY;
    return Math.max(0, BUFFER_SIZE - this.#buffer.length);
  }

  /** Bytes that a read would find. */
  get available(): number {
    if (!this.#termios.canonical) return this.#buffer.length;
    const unread = this.#buffer.slice(0, this.#finished).filter((byte) => byte !== EOF_MARK);
    return unread.length;
  }

  /** A line is finished (or an end of file), or without ICANON `count` bytes are there. */
  isReady(count: number): boolean {
    return this.#termios.canonical ? this.#ends.length > 0 : this.#buffer.length >= count;
  }

  /** Of a finished line, or of all that there is. Empty for the end of a file. */
  take(max: number): Uint8Array {
    const end = this.#termios.canonical ? (this.#ends[0] ?? 0) : this.#buffer.length;
    const isMark = this.#termios.canonical && this.#buffer[end - 1] === EOF_MARK;
    const readable = isMark ? end - 1 : end;
    const count = Math.min(max, readable);
    const bytes = Uint8Array.from(this.#buffer.slice(0, count).filter((byte) => byte !== EOF_MARK));
    // The end of a file goes with the last bytes before it.
    this.#drop(isMark && count === readable ? end : count);
    return bytes;
  }

  flush(): void {
    this.#buffer = [];
    this.#ends = [];
    this.#finished = 0;
    this.#literal = false;
  }

  /** ICANON changed: what is in the buffer can be read. */
  modeChanged(): void {
    this.#literal = false;
    this.#finished = this.#buffer.length;
    this.#ends = this.#buffer.length > 0 ? [this.#buffer.length] : [];
  }

  receive(byte: number): void {
    const { input, local } = this.#flags();
    let c = input(IFLAG.ISTRIP) ? byte & 0x7f : byte;
    if (input(IFLAG.IUCLC) && local(LFLAG.IEXTEN) && c >= 0x41 && c <= 0x5a) c += 32;
    if (this.#literal) {
      this.#literal = false;
      this.#store(c, true);
      return;
    }
    if (input(IFLAG.IXON) && this.#flowControl(c)) return;
    if (local(LFLAG.ISIG) && this.#signal(c)) return;
    if (this.#host.stopped && input(IFLAG.IXON) && input(IFLAG.IXANY)) this.#host.setStopped(false);
    if (c === RETURN) {
      if (input(IFLAG.IGNCR)) return;
      if (input(IFLAG.ICRNL)) c = NEWLINE;
    } else if (c === NEWLINE && input(IFLAG.INLCR)) {
      c = RETURN;
    }
    if (!local(LFLAG.ICANON) || !this.#edit(c)) this.#store(c);
  }

  #flags(): { input(flag: number): boolean; local(flag: number): boolean } {
    const termios = this.#termios;
    return { input: (flag) => termios.input(flag), local: (flag) => termios.local(flag) };
  }

  #flowControl(c: number): boolean {
    const starts = this.#termios.is(c, CC.VSTART);
    if (!starts && !this.#termios.is(c, CC.VSTOP)) return false;
    this.#host.setStopped(!starts);
    return true;
  }

  #signal(c: number): boolean {
    const termios = this.#termios;
    const signal = termios.is(c, CC.VINTR)
      ? SIG.SIGINT
      : termios.is(c, CC.VQUIT)
        ? SIG.SIGQUIT
        : termios.is(c, CC.VSUSP)
          ? SIG.SIGTSTP
          : undefined;
    if (signal === undefined) return false;
    this.#host.signal(signal);
    if (!termios.local(LFLAG.NOFLSH)) {
      this.flush();
      this.#echo.discard();
      this.#host.flushed();
    }
    if (termios.input(IFLAG.IXON)) this.#host.setStopped(false);
    if (termios.local(LFLAG.ECHO)) this.#echo.character(c);
    this.#echo.commit();
    return true;
  }

  /** The editing characters of canonical mode; false for what is part of the line. */
  #edit(c: number): boolean {
    const termios = this.#termios;
    const extended = termios.local(LFLAG.IEXTEN);
    const echoes = termios.local(LFLAG.ECHO);
    if (termios.is(c, CC.VERASE)) this.#erase("character");
    else if (termios.is(c, CC.VKILL)) this.#erase("line");
    else if (extended && termios.is(c, CC.VWERASE)) this.#erase("word");
    else if (extended && termios.is(c, CC.VLNEXT)) {
      this.#literal = true;
      if (echoes) this.#echo.literalNext();
    } else if (extended && echoes && termios.is(c, CC.VREPRINT)) {
      this.#echo.finishErasing();
      this.#echo.character(c);
      this.#echo.newline();
      for (const byte of this.#buffer.slice(this.#finished)) this.#echo.character(byte);
    } else if (c === NEWLINE) {
      if (echoes || termios.local(LFLAG.ECHONL)) this.#echo.newline();
      this.#finish(c);
    } else if (termios.is(c, CC.VEOF)) {
      this.#finish(EOF_MARK);
    } else if (termios.is(c, CC.VEOL) || (extended && termios.is(c, CC.VEOL2))) {
      if (echoes) this.#echoed(c);
      this.#finish(c);
    } else {
      return false;
    }
    return true;
  }

  #erase(what: "character" | "word" | "line"): void {
    const line = this.#buffer.length - this.#finished;
    const { ECHO, ECHOE, ECHOK, ECHOKE } = LFLAG;
    const local = (flag: number): boolean => this.#termios.local(flag);
    if (line === 0) return;
    if (what === "line" && !(local(ECHO) && local(ECHOE) && local(ECHOK) && local(ECHOKE))) {
      this.#buffer.length = this.#finished;
      if (!local(ECHO)) return;
      this.#echo.finishErasing();
      this.#echo.character(this.#termios.cc(CC.VKILL));
      if (local(ECHOK)) this.#echo.newline();
      return;
    }
    let sawWord = false;
    while (this.#buffer.length > this.#finished) {
      const start = this.#startOfLast();
      const c = this.#buffer[start]!;
      if (what === "word") {
        if (isWord(c)) sawWord = true;
        else if (sawWord) break;
      }
      this.#buffer.length = start;
      if (local(ECHO)) this.#echo.erased(c, this.#buffer.slice(this.#finished));
      if (what === "character") break;
    }
    if (this.#buffer.length === this.#finished && local(ECHO)) this.#echo.finishErasing();
  }

  /** Where the last character begins: under IUTF8 several bytes are one. */
  #startOfLast(): number {
    let start = this.#buffer.length - 1;
    if (!this.#termios.input(IFLAG.IUTF8)) return start;
    while (start > this.#finished && (this.#buffer[start]! & 0xc0) === 0x80) start--;
    return start;
  }

  #store(c: number, literally = false): void {
    if (this.#buffer.length >= BUFFER_SIZE) return;
    if (this.#termios.local(LFLAG.ECHO)) {
      this.#echo.finishErasing();
      if (c === NEWLINE && !literally) this.#echo.newline();
      else this.#echoed(c);
    }
    this.#buffer.push(c);
  }

  #echoed(c: number): void {
    if (this.#buffer.length === this.#finished) this.#echo.beginLine();
    this.#echo.character(c);
  }

  #finish(c: number): void {
    this.#buffer.push(c);
    this.#finished = this.#buffer.length;
    this.#ends.push(this.#finished);
    this.#echo.commit();
  }

  #drop(count: number): void {
    this.#buffer.splice(0, count);
    this.#finished = Math.max(0, this.#finished - count);
    this.#ends = this.#ends.map((end) => end - count).filter((end) => end > 0);
  }
}

function isWord(c: number): boolean {
  return (c >= 0x30 && c <= 0x39) || (c >= 0x41 && c <= 0x5a) || (c >= 0x61 && c <= 0x7a) || c === 0x5f;
}
