/**
 * The session's thread: runs one script, synchronously, and tells the main thread its exit status.
 *
 * Started by `terminal.ts`. It may block; the main thread keeps the signals.
 */
import { parentPort, workerData } from "node:worker_threads";
import { toBytes } from "../base/bytestring.ts";
import type { ReadInput } from "../live/idle.ts";
import type { Inherited } from "../live/inherited.ts";
import type { Translation } from "./ends-at-once.ts";
import { answerMonitor } from "./monitor-answer.ts";
import type { Options } from "./options.ts";
import { errorAsText, printError } from "./report.ts";
import { runBeside, runOnClock } from "./run.ts";
import { StopFlag } from "./stop-flag.ts";

export interface SessionStart {
  readonly options: Options;
  /** Of a script for the clock; a script for the model is translated here, beside the program it is about. */
  readonly translation?: Translation;
  readonly stop: SharedArrayBuffer;
  /** Read before this thread opened anything. */
  readonly inherited: Inherited;
}

async function session(): Promise<number> {
  const { options, translation, inherited, stop: word } = workerData as SessionStart;
  const stop = new StopFlag(word);
  const monitored = options.monitorSeconds !== undefined && parentPort ? answerMonitor(parentPort, stop) : undefined;
  const all = { ...options, inherited, ...monitored };
  try {
    if (translation) return runOnClock(all, translation, stop, monitored ? undefined : await inputFor(translation));
    const { translate } = await import("./translate.ts");
    if (options.schedules !== undefined) {
      const { runSchedules } = await import("./run-schedules.ts");
      return await runSchedules(options, stop);
    }
    const { choosePlace } = await import("./targets.ts");
    return await runBeside(all, stop, choosePlace, (place) => translate(options, async () => place));
  } catch (error) {
    if (monitored) monitored.show(toBytes(errorAsText(error)));
    else printError(error);
    return 1;
  }
}

/** What opens standard input is loaded for scripts that name it. */
async function inputFor({ code }: Translation): Promise<(() => ReadInput) | undefined> {
  if (!code.includes('"__stdin"')) return undefined;
  return (await import("./host-console.ts")).openSessionInput;
}

session().then((status) => parentPort?.postMessage(status));
