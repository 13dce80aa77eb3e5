/**
 * The echo of a terminal: what the line discipline shows of the keys that it takes.
 *
 * Bytes go through the output processing, so that columns stay right, and are shown by `commit`: at the end of a line, of a signal and
 * of what came at once. A signal that throws input away takes what is not shown yet with it.
 */
import { isControl, type OutputProcessing } from "./output.ts";
import { CC, IFLAG, LFLAG, type Termios } from "./termios.ts";

const [TAB, NEWLINE, BACKSPACE, SPACE, CARET, BACKSLASH, SLASH] = [9, 10, 8, 32, 0x5e, 0x5c, 0x2f];

export class Echo {
  readonly #termios: Termios;
  readonly #output: OutputProcessing;
  readonly #show: (bytes: Uint8Array) => void;
  /** ECHOPRT: between `\` and `/`. */
  #erasing = false;
  #pending: number[] = [];

  constructor(termios: Termios, output: OutputProcessing, show: (bytes: Uint8Array) => void) {
    this.#termios = termios;
    this.#output = output;
    this.#show = show;
  }

  commit(): void {
    if (this.#pending.length > 0) this.#show(Uint8Array.from(this.#pending));
    this.#pending = [];
  }

  discard(): void {
    this.#pending = [];
  }

  /** A character that was taken; control characters as ^X under ECHOCTL. */
  character(byte: number): void {
    this.#put(this.#visible(byte) ? [CARET, byte ^ 0x40] : [byte]);
  }

  newline(): void {
    this.#put([NEWLINE]);
  }

  /** A new line of input begins where the cursor is. */
  beginLine(): void {
    this.#output.lineColumn = this.#output.column;
  }

  /** ^ and back: the next character is taken literally. */
  literalNext(): void {
    this.finishErasing();
    if (this.#termios.local(LFLAG.ECHOCTL)) this.#put([CARET, BACKSPACE]);
  }

  /** One character of the line is gone; `before` is what is left of it. */
  erased(byte: number, before: readonly number[]): void {
    const { ECHOPRT, ECHOE } = LFLAG;
    if (this.#termios.local(ECHOPRT)) {
      if (!this.#erasing) this.#put([BACKSLASH]);
      this.#erasing = true;
      this.character(byte);
    } else if (!this.#termios.local(ECHOE)) {
      this.character(this.#termios.cc(CC.VERASE));
    } else if (byte === TAB) {
      this.#put(new Array<number>(this.#tabWidth(before)).fill(BACKSPACE));
    } else {
      const columns = isControl(byte) ? (this.#visible(byte) ? 2 : 0) : 1;
      for (let i = 0; i < columns; i++) this.#put([BACKSPACE, SPACE, BACKSPACE]);
    }
  }

  finishErasing(): void {
    if (this.#erasing) this.#put([SLASH]);
    this.#erasing = false;
  }

  /** The columns that a tab at the end of the line took. */
  #tabWidth(before: readonly number[]): number {
    let columns = 0;
    let sawTab = false;
    for (const byte of before.toReversed()) {
      if (byte === TAB) {
        sawTab = true;
        break;
      }
      columns += isControl(byte) ? (this.#visible(byte) ? 2 : 0) : this.#continues(byte) ? 0 : 1;
    }
    return 8 - ((columns + (sawTab ? 0 : this.#output.lineColumn)) & 7);
  }

  #continues(byte: number): boolean {
    return this.#termios.input(IFLAG.IUTF8) && (byte & 0xc0) === 0x80;
  }

  #visible(byte: number): boolean {
    return this.#termios.local(LFLAG.ECHOCTL) && isControl(byte) && byte !== TAB;
  }

  #put(bytes: readonly number[]): void {
    for (const byte of bytes) this.#output.put(byte, this.#pending);
  }
}
