/**
 * Runs a script as the command line does, but in this thread, against a console and a sink of the caller's, and
 * without the cache: what tests call.
 */
import type { Console } from "../kernel/files/console.ts";
import type { CompileResult } from "../lang/compiler/compile.ts";
import type { Sink } from "../runtime/output.ts";
import { clockPlace } from "./clock-place.ts";
import { makeRequest } from "./compile-request.ts";
import { compileFor } from "./compile-script.ts";
import { modelPlace } from "./model-place.ts";
import type { Options } from "./options.ts";
import { processSupport } from "./process-support.ts";
import { runCompiled } from "./run-session.ts";
import { checkSchedulable, explore } from "./schedules.ts";
import { StopFlag } from "./stop-flag.ts";

export function runOn(
  options: Options,
  console: Console,
  sink: Sink,
): { readonly status: number; readonly diagnostics: CompileResult["diagnostics"] } {
  const inModel = options.command !== undefined || options.target === "model";
  const place = inModel ? modelPlace(options, console) : clockPlace(new StopFlag());
  const { module, diagnostics } = compileFor(options, makeRequest(options), place);
  if (module && options.schedules !== undefined) {
    checkSchedulable(options);
    const { report, status } = explore(options, processSupport, module, console, () => false);
    sink.write(1, report);
    return { status, diagnostics };
  }
  const status = module
    ? runCompiled({ ...options, processes: processSupport }, place.start(), module, sink, () => false)
    : 1;
  return { status, diagnostics };
}
