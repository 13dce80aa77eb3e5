/**
 * ioctl of terminals, one row a request: tty_ioctl(4).
 *
 * `terminal-file.ts` asks for the slave and the console, `pty.ts` for what a master does to its slave (`viaMaster`).
 */
import { ERRNO } from "../../target/errno.ts";
import { SIG } from "../../target/signals.ts";
import { giveUpTerminal, setForeground, takeTerminal } from "../process/job-control.ts";
import type { Block, SyscallContext } from "../syscall-context.ts";
import type { Terminal } from "./terminal.ts";
import { refuse } from "./terminal-file.ts";
import { TERMIOS_SIZE, TERMIOS2_SIZE, type Termios } from "./termios.ts";

export interface Request {
  readonly name: string;
  readonly number: number;
  readonly run: (c: SyscallContext, terminal: Terminal, argument: number, viaMaster: boolean) => number;
  /** A process in the background may not. */
  readonly changes?: boolean;
}

// biome-ignore format: table
export const requests: readonly Request[] = [
  { name: "TCGETS",     number: 0x5401, run: (c, t, p) => give(c, p, t.termios.bytes.subarray(0, TERMIOS_SIZE)) },
  { name: "TCSETS",     number: 0x5402, run: (c, t, p) => setTermios(c, t, p, TERMIOS_SIZE), changes: true },
  { name: "TCSETSW",    number: 0x5403, run: (c, t, p) => setTermios(c, t, p, TERMIOS_SIZE), changes: true },
  { name: "TCSETSF",    number: 0x5404, run: (c, t, p) => setTermios(c, t, p, TERMIOS_SIZE, true), changes: true },
  { name: "TCGETS2",    number: 0x802c542a, run: (c, t, p) => give(c, p, t.termios.bytes) },
  { name: "TCSETS2",    number: 0x402c542b, run: (c, t, p) => setTermios(c, t, p, TERMIOS2_SIZE), changes: true },
  { name: "TCSETSW2",   number: 0x402c542c, run: (c, t, p) => setTermios(c, t, p, TERMIOS2_SIZE), changes: true },
  { name: "TCSETSF2",   number: 0x402c542d, run: (c, t, p) => setTermios(c, t, p, TERMIOS2_SIZE, true), changes: true },
  { name: "TCSBRK",     number: 0x5409, run: () => 0, changes: true },
  { name: "TCXONC",     number: 0x540a, run: flow, changes: true },
  { name: "TCFLSH",     number: 0x540b, run: flush, changes: true },
  { name: "TIOCEXCL",   number: 0x540c, run: (_c, t) => { t.exclusive = true; return 0; } },
  { name: "TIOCNXCL",   number: 0x540d, run: (_c, t) => { t.exclusive = false; return 0; } },
  { name: "TIOCSCTTY",  number: 0x540e, run: (c, t, p) => takeTerminal(c.task, t, p === 1) },
  { name: "TIOCGPGRP",  number: 0x540f, run: (c, t, p, master) => isForeign(c, t, master) ? -ERRNO.ENOTTY : give(c, p, int32(t.foreground)) },
  { name: "TIOCSPGRP",  number: 0x5410, run: (c, t, p) => withInt(c, p, (pgid) => setForeground(c.task, t, pgid)), changes: true },
  { name: "TIOCOUTQ",   number: 0x5411, run: (c, t, p) => give(c, p, int32(t.unsent)) },
  { name: "TIOCSTI",    number: 0x5412, run: type },
  { name: "TIOCGWINSZ", number: 0x5413, run: (c, t, p) => give(c, p, new Uint8Array(Uint16Array.of(t.window.rows, t.window.columns, t.window.width, t.window.height).buffer)) },
  { name: "TIOCSWINSZ", number: 0x5414, run: setWindow },
  { name: "FIONREAD",   number: 0x541b, run: (c, t, p) => give(c, p, int32(t.discipline.available)) },
  { name: "TIOCNOTTY",  number: 0x5422, run: (c, t) => giveUpTerminal(c.task, t) },
  { name: "TIOCGETD",   number: 0x5424, run: (c, _t, p) => give(c, p, int32(0)) },
  { name: "TCSBRKP",    number: 0x5425, run: () => 0, changes: true },
  { name: "TIOCGSID",   number: 0x5429, run: (c, t, p, master) => isForeign(c, t, master) || t.session === 0 ? -ERRNO.ENOTTY : give(c, p, int32(t.session)) },
  { name: "TIOCGPTPEER", number: 0x5441, run: () => -ERRNO.EIO },
  { name: "TIOCGEXCL",  number: 0x80045440, run: (c, t, p) => give(c, p, int32(Number(t.exclusive))) },
];
const byNumber = new Map(requests.map((request) => [request.number, request]));

export function terminalIoctl(
  c: SyscallContext,
  terminal: Terminal,
  request: number,
  argument: number,
  viaMaster = false,
): number | Block {
  const row = byNumber.get(request);
  if (!row) return -ERRNO.ENOTTY;
  const refused = row.changes && !viaMaster ? refuse(c, terminal, SIG.SIGTTOU) : undefined;
  return refused ?? row.run(c, terminal, argument, viaMaster);
}

/** Not the caller's controlling terminal; a master sees that of its slave. */
function isForeign(c: SyscallContext, terminal: Terminal, viaMaster: boolean): boolean {
  return !viaMaster && c.task.process.terminal !== terminal;
}

function setTermios(c: SyscallContext, terminal: Terminal, pointer: number, size: number, flush = false): number {
  const bytes = c.mm.copyIn(pointer, size);
  if (!(bytes instanceof Uint8Array)) return -ERRNO.EFAULT;
  const { termios }: { termios: Termios } = terminal;
  const wasCanonical = termios.canonical;
  if (flush) terminal.flushInput();
  termios.set(bytes);
  if (termios.canonical !== wasCanonical) terminal.discipline.modeChanged();
  terminal.takeTyped();
  return 0;
}

function setWindow(c: SyscallContext, terminal: Terminal, pointer: number): number {
  const bytes = c.mm.copyIn(pointer, 8);
  if (!(bytes instanceof Uint8Array)) return -ERRNO.EFAULT;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const [rows = 0, columns = 0, width = 0, height = 0] = [0, 2, 4, 6].map((at) => view.getUint16(at, true));
  terminal.resize({ rows, columns, width, height });
  return 0;
}

/** TCOOFF, TCOON; TCIOFF and TCION send ^S and ^Q to the other side. */
function flow(_c: SyscallContext, terminal: Terminal, action: number): number {
  if (action < 0 || action > 3) return -ERRNO.EINVAL;
  if (action < 2) terminal.setStopped(action === 0);
  else terminal.send(Uint8Array.of(action === 2 ? terminal.termios.cc(9) : terminal.termios.cc(8)));
  return 0;
}

/** TCIFLUSH, TCOFLUSH, TCIOFLUSH. */
function flush(_c: SyscallContext, terminal: Terminal, which: number): number {
  if (which < 0 || which > 2) return -ERRNO.EINVAL;
  if (which !== 1) terminal.flushInput();
  if (which !== 0) terminal.flushOutput();
  return 0;
}

/** TIOCSTI: as if it were typed; into another's terminal only root may. */
function type(c: SyscallContext, terminal: Terminal, pointer: number, viaMaster: boolean): number {
  if (isForeign(c, terminal, viaMaster) && c.task.euid !== 0) return -ERRNO.EPERM;
  const byte = c.mm.copyIn(pointer, 1);
  if (!(byte instanceof Uint8Array)) return -ERRNO.EFAULT;
  terminal.type(byte);
  return 0;
}

function withInt(c: SyscallContext, pointer: number, then: (value: number) => number): number {
  const bytes = c.mm.copyIn(pointer, 4);
  if (!(bytes instanceof Uint8Array)) return -ERRNO.EFAULT;
  return then(new DataView(bytes.buffer, bytes.byteOffset).getInt32(0, true));
}

export function give(c: SyscallContext, pointer: number, bytes: Uint8Array): number {
  return c.mm.copyOut(pointer, bytes) === true ? 0 : -ERRNO.EFAULT;
}

export function int32(value: number): Uint8Array {
  return new Uint8Array(Int32Array.of(value).buffer);
}
