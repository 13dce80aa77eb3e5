/**
 * What a terminal does to its output: OPOST, and the column in which the cursor is.
 *
 * `terminal.ts` sends what programs write, `echo.ts` what the line discipline echoes; both give to `put`.
 */
import { OFLAG, type Termios } from "./termios.ts";

const [TAB, NEWLINE, RETURN, BACKSPACE, SPACE] = [9, 10, 13, 8, 32];

export class OutputProcessing {
  readonly #termios: Termios;
  column = 0;
  /** The column where the line that is typed began. */
  lineColumn = 0;

  constructor(termios: Termios) {
    this.#termios = termios;
  }

  process(bytes: Uint8Array): Uint8Array {
    if (!this.#termios.output(OFLAG.OPOST)) return bytes;
    const out: number[] = [];
    for (const byte of bytes) this.put(byte, out);
    return Uint8Array.from(out);
  }

  put(byte: number, out: number[]): void {
    const { OPOST, OLCUC, ONLCR, OCRNL, ONOCR, ONLRET } = OFLAG;
    const has = (flag: number): boolean => this.#termios.output(flag);
    if (!has(OPOST)) {
      out.push(byte);
      return;
    }
    switch (byte) {
      case NEWLINE:
        if (has(ONLCR)) out.push(RETURN);
        if (has(ONLRET | ONLCR)) this.column = 0;
        this.lineColumn = this.column;
        break;
      case RETURN:
        if (has(ONOCR) && this.column === 0) return;
        if (has(OCRNL)) {
          if (has(ONLRET)) this.lineColumn = this.column = 0;
          out.push(NEWLINE);
          return;
        }
        this.lineColumn = this.column = 0;
        break;
      case TAB: {
        const width = 8 - (this.column & 7);
        this.column += width;
        if (this.#termios.expandsTabs) {
          for (let i = 0; i < width; i++) out.push(SPACE);
          return;
        }
        break;
      }
      case BACKSPACE:
        if (this.column > 0) this.column--;
        break;
      default:
        if (isControl(byte)) break;
        this.column++;
        if (has(OLCUC) && byte >= 0x61 && byte <= 0x7a) {
          out.push(byte - 32);
          return;
        }
    }
    out.push(byte);
  }
}

export function isControl(byte: number): boolean {
  return byte < 32 || byte === 127;
}
