/**
 * A session of `--schedules`: the script is translated beside the program, and the outcomes are told on standard output.
 *
 * Called in the session's thread (`session-worker.ts`). What is done is in `schedules.ts`.
 */
import { openHostConsole } from "./host-console.ts";
import { modelPlace } from "./model-place.ts";
import type { Options } from "./options.ts";
import { processSupport } from "./process-support.ts";
import { writeAll } from "./report.ts";
import { checkSchedulable, explore } from "./schedules.ts";
import type { StopFlag } from "./stop-flag.ts";
import { translate } from "./translate.ts";

export async function runSchedules(options: Options, stop: StopFlag): Promise<number> {
  checkSchedulable(options);
  const host = openHostConsole(stop);
  const module = await translate(options, async () => modelPlace(options, host));
  if (!module) return 1;
  const started = performance.now();
  stop.startPolling();
  const { report, status } = explore(options, processSupport, module, host, () => stop.raised);
  writeAll(1, report);
  if (options.verbose > 0) writeAll(2, `Pass 5: ran for ${(performance.now() - started).toFixed(0)} ms.\n`);
  return status;
}
