/**
 * The main thread while a session runs: it owns the signals, the session's thread everything else.
 *
 * The first Ctrl-C (or SIGTERM, SIGHUP) asks the session to end in order; the second one, or one that comes before
 * anything runs, ends utap at once, by that signal.
 */
import { constants } from "node:os";
import { Worker } from "node:worker_threads";
import { StopFlag } from "./stop-flag.ts";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Runs a session in its own thread, which gets what `dataFor` gives; the promise is its exit status. */
export function runWorker(file: URL, dataFor: (stop: SharedArrayBuffer) => unknown): Promise<number> {
  const stop = new StopFlag();
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      if (stop.raised || !stop.polled) endBy(signal);
      stop.raise(constants.signals[signal]);
    });
  }
  const worker = new Worker(file, { workerData: dataFor(stop.word.buffer) });
  return new Promise((resolve, reject) => {
    let status = 1;
    worker.on("message", (value: number) => {
      status = value;
    });
    worker.on("error", reject);
    worker.on("exit", () => resolve(status));
  });
}

/** Without a listener the signal does what it always does, whatever the other thread waits for. */
function endBy(signal: (typeof SIGNALS)[number]): void {
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}
