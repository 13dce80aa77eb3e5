/**
 * Chooses where a script runs: the only file that names the targets. See `target-kind.ts` for the rule.
 */
import type { Console } from "../kernel/files/console.ts";
import { clockPlace } from "./clock-place.ts";
import { openHostConsole } from "./host-console.ts";
import { type LiveOptions, livePlace } from "./live-place.ts";
import { type ModelOptions, modelPlace } from "./model-place.ts";
import type { Options } from "./options.ts";
import type { Place } from "./place.ts";
import { StopFlag } from "./stop-flag.ts";
import { targetKind } from "./target-kind.ts";

export type TargetOptions = ModelOptions & LiveOptions & Pick<Options, "target">;

export function choosePlace(options: TargetOptions, console: Console, stop: StopFlag): Place {
  switch (targetKind(options)) {
    case "clock":
      return clockPlace(stop);
    case "model":
      return modelPlace(options, console);
    case "live":
      return livePlace(options, stop);
  }
}

/** For a compilation alone: nothing will be started, and nothing read from the terminal. */
export function chooseUnstarted(options: TargetOptions): Place {
  const stop = new StopFlag();
  return choosePlace(options, openHostConsole(stop), stop);
}
