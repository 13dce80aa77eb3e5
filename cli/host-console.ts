/**
 * The console of the kernel model over descriptors 0, 1 and 2 of this process, synchronously.
 *
 * Called by the composition root on the thread that runs the model. A read waits for input; a write waits until all is
 * taken. A pipe that nobody reads any more is reported as "closed" and never ends utap.
 */
import * as fs from "node:fs";
import { isatty, WriteStream } from "node:tty";
import type { Console, WindowSize } from "../kernel/files/console.ts";

export function openHostConsole(): Console {
  return {
    write(stream, bytes) {
      for (let at = 0; at < bytes.length; ) {
        try {
          at += fs.writeSync(stream, bytes, at, bytes.length - at);
        } catch (error) {
          if (!isRetry(error)) return "closed";
          pause();
        }
      }
      return undefined;
    },
    read(max) {
      const bytes = new Uint8Array(Math.min(max, 65_536));
      for (;;) {
        try {
          const count = fs.readSync(0, bytes, 0, bytes.length, null);
          return count === 0 ? "eof" : bytes.subarray(0, count);
        } catch (error) {
          // A closed or unreadable descriptor has nothing to say; a terminal in the background gives EIO.
          if (!isRetry(error)) return "eof";
          pause();
        }
      }
    },
    isTty: (stream) => isatty(stream),
    windowSize: measureWindow,
  };
}

/** A descriptor that somebody made non-blocking answers EAGAIN. */
function isRetry(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === "EAGAIN" || code === "EINTR";
}

const clock = new Int32Array(new SharedArrayBuffer(4));

/** Gives the other side 2 ms. */
function pause(): void {
  Atomics.wait(clock, 0, 0, 2);
}

function measureWindow(): WindowSize {
  for (const fd of [1, 2]) {
    if (!isatty(fd)) continue;
    const [columns, rows] = new WriteStream(fd).getWindowSize();
    return { rows, columns };
  }
  return { rows: 24, columns: 80 };
}
