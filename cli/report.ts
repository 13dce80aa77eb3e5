/**
 * How utap speaks to the user on standard error: diagnostics with colours where the terminal has them.
 *
 * Neither `process.stdout` nor its like is touched here, nor anything that touches it: Node would open descriptors that a
 * program of -c shares with us, and make their pipes non-blocking for that program too.
 */
import { writeSync } from "node:fs";
import { isatty } from "node:tty";
import { BugError } from "../base/assert.ts";
import { toBytes } from "../base/bytestring.ts";
import { type Diagnostic, DiagnosticError, noColours, type Palette, renderDiagnostic } from "../base/diagnostics.ts";
import { cannotWrite } from "./cannot-write.ts";

function showsColours(): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
  return !NO_COLOR && isatty(2) && (Boolean(FORCE_COLOR) || TERM !== "dumb");
}

function palette(): Palette {
  const [bold, red, yellow, cyan] = [sgr(1, 22), sgr(31, 39), sgr(33, 39), sgr(36, 39)];
  return {
    error: (text) => bold(red(text)),
    warning: (text) => bold(yellow(text)),
    place: cyan,
    caret: (text) => bold(red(text)),
  };
}

function sgr(on: number, off: number): (text: string) => string {
  return (text) => `\x1b[${on}m${text}\x1b[${off}m`;
}

export function renderAll(items: readonly Diagnostic[], colour: Palette = noColours): string {
  return items.map((item) => renderDiagnostic(item, colour)).join("");
}

export function printDiagnostics(items: readonly Diagnostic[]): void {
  printMessages(messagesOf(items));
}

/** Diagnostics as they are printed, for whatever terminal. */
export interface Messages {
  readonly plain: string;
  readonly coloured: string;
}

export function messagesOf(items: readonly Diagnostic[]): Messages {
  return { plain: renderAll(items), coloured: renderAll(items, palette()) };
}

export function printMessages({ plain, coloured }: Messages): void {
  if (plain !== "") writeAll(2, showsColours() ? coloured : plain);
}

/** Any error as what the user sees: diagnostics as such, our own bugs in one line; never a stack trace. */
export function printError(error: unknown): void {
  if (error instanceof DiagnosticError) printDiagnostics(error.diagnostics);
  else writeAll(2, errorAsText(error));
  if (process.env.UTAP_DEBUG === "1" && error instanceof Error) writeAll(2, `${error.stack}\n`);
}

/** The same without colours. */
export function errorAsText(error: unknown): string {
  if (error instanceof DiagnosticError) return renderAll(error.diagnostics);
  const where =
    error instanceof BugError
      ? error.message
      : error instanceof Error
        ? `${error.name}: ${error.message}`
        : String(error);
  return `utap: internal error: ${where}\nThis is a bug of utap; please report it with the script and the command line.\n`;
}

/** Writes a byte string whole; a `DiagnosticError` if standard output cannot take it, though somebody reads. */
export function writeAll(fd: 1 | 2, text: string): boolean {
  const bytes = toBytes([...text].every((c) => c.charCodeAt(0) < 256) ? text : Buffer.from(text).toString("latin1"));
  try {
    return writeBytes(fd, bytes);
  } catch (error) {
    throw cannotWrite("standard output", error);
  }
}

const pause = new Int32Array(new SharedArrayBuffer(4));

/** Waits where a pipe is full. False when nobody reads any more, or messages have no room: whom should that be told? */
export function writeBytes(fd: number, bytes: Uint8Array): boolean {
  let at = 0;
  while (at < bytes.length) {
    try {
      at += writeSync(fd, bytes, at);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "EPIPE" || (fd === 2 && code !== "EAGAIN")) return false;
      if (code !== "EAGAIN") throw error;
      Atomics.wait(pause, 0, 0, 1);
    }
  }
  return true;
}
