/**
 * The main thread while a session runs: it owns the signals, the session's thread everything else.
 *
 * The first SIGINT (or SIGTERM, SIGHUP) asks the session to end in order; the second one, or one that comes before
 * anything runs, ends utap at once, by that signal; one that utap was started to ignore does nothing, and a terminal that
 * is closed sends several SIGHUPs, which count as one. What is typed at a
 * terminal that a live program of -c shares with us (Ctrl-C, Ctrl-\) is that program's affair: it gets the signal too, and
 * the session goes on as long as the program does. SIGUSR2 asks for another output file.
 */
import { readFileSync } from "node:fs";
import { constants } from "node:os";
import { SHARE_ENV, Worker } from "node:worker_threads";
import { ignoredSignals } from "../live/inherited.ts";
import { writeBytes } from "./report.ts";
import { StopFlag } from "./stop-flag.ts";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
/** How a shell tells of a program that Ctrl-C ended. */
const ENDED_BY_SIGINT = 128 + constants.signals.SIGINT;

/** Whoever draws on the terminal while the session runs. */
export interface Screen {
  /** Everything that the session's thread sends, other than its exit status. */
  hear(message: unknown): void;
  /** Gives the terminal back; called once or more. */
  close(): void;
}

/** Runs a session in its own thread, which gets what `dataFor` gives; the promise is its exit status. */
export function runWorker(
  file: URL,
  dataFor: (stop: SharedArrayBuffer) => unknown,
  openScreen?: (stop: StopFlag) => Screen,
): Promise<number> {
  const stop = new StopFlag();
  const screen = openScreen?.(stop);
  const ignored = ignoredSignals();
  let typed = false;
  const isProgramsAffair = (): boolean => {
    if (!stop.programHasTerminal || screen || !isTyped()) return false;
    typed = true;
    return true;
  };
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      if (signal === "SIGINT" && isProgramsAffair()) return;
      if (ignored.has(constants.signals[signal])) return;
      // The kernel tells of a closed terminal, and so does the shell.
      if (signal === "SIGHUP" && stop.signal === constants.signals.SIGHUP) return;
      if (stop.raised || !stop.polled) {
        screen?.close();
        endBy(signal);
      }
      stop.raise(constants.signals[signal]);
    });
  }
  process.on("SIGQUIT", () => {
    if (!isProgramsAffair()) endBy("SIGQUIT");
  });
  process.on("SIGUSR2", () => stop.askForNextFile());
  // Left to Node, our own descriptors would become non-blocking, and the program of -c has them too.
  const workerData = dataFor(stop.word.buffer);
  // One environment for both: Node cannot copy one that has a variable without a value.
  const worker = new Worker(file, { workerData, env: SHARE_ENV, stdout: true, stderr: true });
  worker.stdout.on("data", (bytes: Uint8Array) => writeBytes(1, bytes));
  worker.stderr.on("data", (bytes: Uint8Array) => writeBytes(2, bytes));
  return new Promise((resolve, reject) => {
    let status = 1;
    worker.on("message", (value: unknown) => {
      if (typeof value === "number") status = value;
      else screen?.hear(value);
    });
    worker.on("error", (error) => {
      screen?.close();
      reject(error);
    });
    worker.on("exit", () => {
      screen?.close();
      // A shell that runs us in a loop ends the loop if we end as the program did.
      if (typed && status === ENDED_BY_SIGINT) endBy("SIGINT");
      resolve(status);
    });
  });
}

/** Without a listener the signal does what it always does, whatever the other thread waits for. */
function endBy(signal: (typeof SIGNALS)[number] | "SIGQUIT"): void {
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}

/** A signal that comes now is one that the terminal sends: our process group is the one in its foreground. */
function isTyped(): boolean {
  try {
    // After the name, which is in parentheses: state, ppid, pgrp, session, tty, tpgid.
    const [, , group, , , foreground] = (readFileSync("/proc/self/stat", "latin1").split(") ").at(-1) ?? "").split(" ");
    return group !== undefined && group === foreground;
  } catch {
    return false;
  }
}
