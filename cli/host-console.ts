/**
 * The console of the kernel model over descriptors 0, 1 and 2 of this process, synchronously.
 *
 * Called by the composition root on the thread that runs the model. A read waits for input, or until the user wants
 * the session to end; a write waits until all is taken. A pipe that nobody reads any more is reported as "closed" and
 * never ends utap.
 */
import * as fs from "node:fs";
import { Socket } from "node:net";
import { isatty, WriteStream } from "node:tty";
import type { Console, WindowSize } from "../kernel/files/console.ts";
import type { StopFlag } from "./stop-flag.ts";

/** Milliseconds between looks at an input that has nothing: the first and the longest pause. */
const FIRST_PAUSE = 1;
const LONGEST_PAUSE = 20;
const INPUT_CHUNK = 4096;

export function openHostConsole(stop: StopFlag): Console {
  let input: number | undefined;
  let told = false;
  /** A read that the signal has ended tries once more before the program gets it; that must not wait. */
  let isTriedAgain = false;
  const pause = (ms: number): void => void Atomics.wait(stop.word, 0, stop.signal, ms);
  return {
    write(stream, bytes) {
      for (let at = 0; at < bytes.length; ) {
        try {
          at += fs.writeSync(stream, bytes, at, bytes.length - at);
        } catch (error) {
          if (!isRetry(error)) return "closed";
          pause(FIRST_PAUSE);
        }
      }
      return undefined;
    },
    read(max) {
      input ??= openInput();
      const bytes = new Uint8Array(Math.min(max, 65_536));
      for (let ms = FIRST_PAUSE; ; ms = Math.min(2 * ms, LONGEST_PAUSE)) {
        if (stop.raised && !told) return "wait";
        try {
          const count = fs.readSync(input, bytes, 0, bytes.length, null);
          return count === 0 ? "eof" : bytes.subarray(0, count);
        } catch (error) {
          // A closed or unreadable descriptor has nothing to say; a terminal in the background gives EIO.
          if (!isRetry(error)) return "eof";
          if (isTriedAgain) {
            isTriedAgain = false;
            return "wait";
          }
          pause(ms);
        }
      }
    },
    idle: () => true,
    takeSignal() {
      if (told || !stop.raised) return undefined;
      told = true;
      isTriedAgain = true;
      return stop.signal;
    },
    isTty: (stream) => isatty(stream),
    windowSize: measureWindow,
  };
}

/** Standard input for a session without a program; what is typed comes when its line is finished. */
export function openSessionInput(): () => Uint8Array | "wait" | "eof" {
  const input = openInput();
  const bytes = new Uint8Array(INPUT_CHUNK);
  return () => {
    try {
      const count = fs.readSync(input, bytes, 0, bytes.length, null);
      return count === 0 ? "eof" : bytes.slice(0, count);
    } catch (error) {
      return isRetry(error) ? "wait" : "eof";
    }
  };
}

/** A descriptor that somebody made non-blocking answers EAGAIN. */
function isRetry(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === "EAGAIN" || code === "EINTR";
}

/**
 * Standard input as a descriptor whose reads do not wait, so that Ctrl-C is noticed. Where neither way works, a read
 * waits in the system and only the second Ctrl-C ends utap.
 */
function openInput(): number {
  const { O_RDONLY, O_NONBLOCK, O_NOCTTY } = fs.constants;
  try {
    if (fs.fstatSync(0).isFile()) return 0;
    // An open file of our own: whoever shares descriptor 0 with us keeps it as it is.
    return fs.openSync("/proc/self/fd/0", O_RDONLY | O_NONBLOCK | O_NOCTTY);
  } catch {
    // No such folder on this system, or descriptor 0 is a socket.
  }
  try {
    new Socket({ fd: 0, readable: false, writable: false }).unref(); // makes it non-blocking
  } catch {
    // Of no kind that can be.
  }
  return 0;
}

function measureWindow(): WindowSize {
  for (const fd of [1, 2]) {
    if (!isatty(fd)) continue;
    const [columns, rows] = new WriteStream(fd).getWindowSize();
    return { rows, columns };
  }
  return { rows: 24, columns: 80 };
}
