/**
 * The one place through which bytes leave: what the script prints, what the traced program writes, and messages, in
 * the order in which they came.
 *
 * Standard output is buffered up to a number of bytes (-s); a write to another stream, a read from the terminal, `flushSoon`
 * and the end send what is there. When nobody reads standard output any more, the rest is dropped.
 */
import { closeSync, openSync, unlinkSync } from "node:fs";
import { toBytes } from "../base/bytestring.ts";
import type { Console } from "../kernel/files/console.ts";
import type { Sink } from "../runtime/output.ts";
import { cannotWrite } from "./cannot-write.ts";
import { writeBytes } from "./report.ts";
import { strftime } from "./strftime.ts";

/** Without -s. */
const LIMIT = 64 << 10;
/** Milliseconds that output may wait for more. */
const PATIENCE = 30;

/** -S: how much goes into one file, and how many of them are kept; all when absent. */
export interface Rotation {
  readonly bytes: number;
  readonly files?: number;
}

export class HostOutput implements Sink {
  readonly #parts: FileParts | undefined;
  #scriptFd: number;
  readonly #name: string;
  #chunks: Uint8Array[] = [];
  #size = 0;
  #fd = 1;
  #lastFlush = 0;
  readonly #limit: number;
  #closed = new Set<number>();

  readonly #show: ((bytes: Uint8Array) => void) | undefined;

  /** `show` gets what would go to standard output and standard error; `file`: where the script's own output goes instead of standard output (-o), in parts with `rotation`. */
  constructor(file?: string, rotation?: Rotation, show?: (bytes: Uint8Array) => void, buffer: number = LIMIT) {
    this.#limit = buffer;
    this.#show = show;
    this.#name = file ?? "standard output";
    this.#parts = file === undefined ? undefined : new FileParts(file, rotation);
    this.#scriptFd = this.#parts?.next() ?? 1;
  }

  write(stream: 1 | 2, text: string): void {
    if (stream === 1 && this.#parts) {
      if (this.#parts.isFull(text.length)) this.switchFile();
      this.#parts.add(text.length);
    }
    this.#add(stream === 1 ? this.#scriptFd : 2, toBytes(text));
  }

  /** What the script prints from now on goes to the next file of -o; without -o nothing changes. */
  switchFile(): void {
    if (!this.#parts) return;
    this.flush();
    closeSync(this.#scriptFd);
    this.#scriptFd = this.#parts.next();
  }

  /** Nobody reads any more what the script prints. */
  get abandoned(): boolean {
    return this.#closed.has(this.#scriptFd);
  }

  /** Whether somebody still reads the stream. */
  writeProgram(stream: 1 | 2, bytes: Uint8Array): boolean {
    this.#add(stream, bytes.slice());
    if (stream === 2) this.flush();
    return !this.#closed.has(stream);
  }

  flush(): void {
    if (this.#size > 0 && !this.#closed.has(this.#fd)) {
      const whole = Buffer.concat(this.#chunks, this.#size);
      this.#chunks = [];
      this.#size = 0;
      if (!this.#send(whole)) this.#closed.add(this.#fd);
    }
    this.#chunks = [];
    this.#size = 0;
    this.#lastFlush = performance.now();
  }

  /** Called often; sends what has waited long enough. */
  flushSoon(): void {
    if (this.#size > 0 && performance.now() - this.#lastFlush > PATIENCE) this.flush();
  }

  close(): void {
    this.flush();
    if (this.#scriptFd !== 1) closeSync(this.#scriptFd);
  }

  #send(bytes: Uint8Array): boolean {
    if (this.#show && this.#fd <= 2) {
      this.#show(bytes);
      return true;
    }
    try {
      return writeBytes(this.#fd, bytes);
    } catch (error) {
      this.#closed.add(this.#fd);
      throw cannotWrite(this.#fd === this.#scriptFd ? this.#name : "standard output", error);
    }
  }

  #add(fd: number, bytes: Uint8Array): void {
    if (fd !== this.#fd) {
      this.flush();
      this.#fd = fd;
    }
    this.#chunks.push(bytes);
    this.#size += bytes.length;
    if (fd === 2 || this.#size >= this.#limit) this.flush();
  }
}

/**
 * The files of -o: `FILE`, and `FILE.1`, `FILE.2`, … whenever another one is asked for; `FILE.0`, `FILE.1`, … with -S.
 * What is printed at once stays together.
 */
class FileParts {
  readonly #file: string;
  readonly #rotation: Rotation | undefined;
  readonly #names: string[] = [];
  #count = 0;
  #size = 0;

  constructor(file: string, rotation: Rotation | undefined) {
    this.#file = file;
    this.#rotation = rotation;
  }

  /** Whether so many bytes more need another file. */
  isFull(bytes: number): boolean {
    return this.#rotation !== undefined && this.#size > 0 && this.#size + bytes > this.#rotation.bytes;
  }

  add(bytes: number): void {
    this.#size += bytes;
  }

  /** Opens the next file, and removes the oldest when there are too many. */
  next(): number {
    const suffix = this.#rotation || this.#count > 0 ? `.${this.#count}` : "";
    this.#count++;
    this.#size = 0;
    const name = nameNow(this.#file) + suffix;
    const fd = create(name);
    this.#names.push(name);
    if (this.#names.length > (this.#rotation?.files ?? Number.POSITIVE_INFINITY)) remove(this.#names.shift());
    return fd;
  }
}

function remove(file: string | undefined): void {
  try {
    if (file !== undefined) unlinkSync(file);
  } catch {
    // Somebody else took it away.
  }
}

function nameNow(file: string): string {
  return strftime(file, new Date());
}

function create(file: string): number {
  try {
    return openSync(file, "w");
  } catch (error) {
    throw cannotWrite(file, error);
  }
}

/** The model's console: its output in order with ours, its input after everything is shown. */
export function consoleOver(host: Console, output: HostOutput): Console {
  return {
    write: (stream, bytes) => (output.writeProgram(stream, bytes) ? undefined : "closed"),
    read(max) {
      output.flush();
      return host.read(max);
    },
    isTty: (stream) => host.isTty(stream),
    windowSize: () => host.windowSize(),
    idle() {
      output.flush();
      return host.idle?.() ?? false;
    },
    takeSignal() {
      output.flushSoon(); // also when no session polls any more
      return host.takeSignal?.();
    },
  };
}
