/**
 * The session's thread: compiles and runs one script, synchronously, and tells the main thread its exit status.
 *
 * Started by `terminal.ts`. It may block; the main thread keeps the signals.
 */
import { parentPort, workerData } from "node:worker_threads";
import type { Options } from "./options.ts";
import { printError } from "./report.ts";
import { run } from "./run.ts";
import { StopFlag } from "./stop-flag.ts";

export interface SessionStart {
  readonly options: Options;
  readonly stop: SharedArrayBuffer;
}

const { options, stop } = workerData as SessionStart;
let status = 1;
try {
  status = run(options, new StopFlag(stop));
} catch (error) {
  printError(error);
}
parentPort?.postMessage(status);
