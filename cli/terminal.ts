/**
 * The main thread while a session runs: it owns the signals, the session's thread everything else.
 *
 * The first Ctrl-C (or SIGTERM, SIGHUP) asks the session to end in order; the second one, or one that comes before
 * anything runs, ends utap at once, by that signal; one that utap was started to ignore does nothing. SIGUSR2 asks for
 * another output file.
 */
import { constants } from "node:os";
import { Worker } from "node:worker_threads";
import { ignoredSignals } from "../live/inherited.ts";
import { StopFlag } from "./stop-flag.ts";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

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
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      if (ignored.has(constants.signals[signal])) return;
      if (stop.raised || !stop.polled) {
        screen?.close();
        endBy(signal);
      }
      stop.raise(constants.signals[signal]);
    });
  }
  process.on("SIGUSR2", () => stop.askForNextFile());
  const worker = new Worker(file, { workerData: dataFor(stop.word.buffer) });
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
      resolve(status);
    });
  });
}

/** Without a listener the signal does what it always does, whatever the other thread waits for. */
function endBy(signal: (typeof SIGNALS)[number]): void {
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}
