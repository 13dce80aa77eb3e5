/**
 * struct termios: how a terminal treats its input and output.
 *
 * `line-discipline.ts` and `output.ts` ask for flags and control characters, `ioctls.ts` reads and writes the structure.
 * Names and numbers are those of asm-generic/termbits.h; a new terminal is a cooked one.
 */

// biome-ignore format: table
export const IFLAG = {
  IGNBRK: 0o1, BRKINT: 0o2, IGNPAR: 0o4, PARMRK: 0o10, INPCK: 0o20, ISTRIP: 0o40, INLCR: 0o100, IGNCR: 0o200,
  ICRNL: 0o400, IUCLC: 0o1000, IXON: 0o2000, IXANY: 0o4000, IXOFF: 0o10000, IMAXBEL: 0o20000, IUTF8: 0o40000,
} as const;
// biome-ignore format: table
export const OFLAG = {
  OPOST: 0o1, OLCUC: 0o2, ONLCR: 0o4, OCRNL: 0o10, ONOCR: 0o20, ONLRET: 0o40,
} as const;
// biome-ignore format: table
export const LFLAG = {
  ISIG: 0o1, ICANON: 0o2, ECHO: 0o10, ECHOE: 0o20, ECHOK: 0o40, ECHONL: 0o100, NOFLSH: 0o200, TOSTOP: 0o400,
  ECHOCTL: 0o1000, ECHOPRT: 0o2000, ECHOKE: 0o4000, IEXTEN: 0o100000,
} as const;
// biome-ignore format: table
export const CC = {
  VINTR: 0, VQUIT: 1, VERASE: 2, VKILL: 3, VEOF: 4, VTIME: 5, VMIN: 6, VSWTC: 7, VSTART: 8, VSTOP: 9, VSUSP: 10,
  VEOL: 11, VREPRINT: 12, VDISCARD: 13, VWERASE: 14, VLNEXT: 15, VEOL2: 16,
} as const;

/** TABDLY, and its value XTABS. */
const TABDLY = 0o14000;
/** B38400 | CS8 | CREAD. */
const CFLAG = 0o17 | 0o60 | 0o200;
/** ^C ^\ DEL ^U ^D, TIME 0, MIN 1, none, ^Q ^S ^Z, none, ^R ^O ^W ^V, none. */
const CHARACTERS = [3, 28, 127, 21, 4, 0, 1, 0, 17, 19, 26, 0, 18, 15, 23, 22, 0];
const SPEED = 38_400;

/** Four flag words, the number of the line discipline, 19 control characters. */
export const TERMIOS_SIZE = 36;
/** struct termios2: the speeds as numbers behind it. */
export const TERMIOS2_SIZE = 44;
const FIRST_CHARACTER = 17;

export class Termios {
  readonly bytes = new Uint8Array(TERMIOS2_SIZE);
  readonly #view = new DataView(this.bytes.buffer);

  constructor() {
    const { ISIG, ICANON, ECHO, ECHOE, ECHOK, ECHOCTL, ECHOKE, IEXTEN } = LFLAG;
    this.#view.setUint32(0, IFLAG.ICRNL | IFLAG.IXON, true);
    this.#view.setUint32(4, OFLAG.OPOST | OFLAG.ONLCR, true);
    this.#view.setUint32(8, CFLAG, true);
    this.#view.setUint32(12, ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN, true);
    this.bytes.set(CHARACTERS, FIRST_CHARACTER);
    this.#view.setUint32(36, SPEED, true);
    this.#view.setUint32(40, SPEED, true);
  }

  /** All of a struct termios, or of a struct termios2. */
  set(bytes: Uint8Array): void {
    this.bytes.set(bytes);
  }

  input(flag: number): boolean {
    return (this.#view.getUint32(0, true) & flag) !== 0;
  }

  output(flag: number): boolean {
    return (this.#view.getUint32(4, true) & flag) !== 0;
  }

  get expandsTabs(): boolean {
    return (this.#view.getUint32(4, true) & TABDLY) === TABDLY;
  }

  local(flag: number): boolean {
    return (this.#view.getUint32(12, true) & flag) !== 0;
  }

  /** A control character, VMIN or VTIME. */
  cc(index: number): number {
    return this.bytes[FIRST_CHARACTER + index]!;
  }

  /** `byte` is this control character; 0 disables one. */
  is(byte: number, index: number): boolean {
    return byte === this.cc(index) && byte !== 0;
  }

  get canonical(): boolean {
    return this.local(LFLAG.ICANON);
  }
}
