/**
 * Runs a script as the command line does, but in this thread, against a console and a sink of the caller's, and
 * without the cache: what tests call.
 */
import type { Console } from "../kernel/files/console.ts";
import type { CompileResult } from "../lang/compiler/compile.ts";
import type { Sink } from "../runtime/output.ts";
import { makeRequest } from "./compile-request.ts";
import { compileFor } from "./compile-script.ts";
import type { Options } from "./options.ts";
import { runCompiled } from "./run-session.ts";
import { StopFlag } from "./stop-flag.ts";
import { chooseTarget } from "./targets.ts";

export function runOn(
  options: Options,
  console: Console,
  sink: Sink,
): { readonly status: number; readonly diagnostics: CompileResult["diagnostics"] } {
  const chosen = chooseTarget(options, console, new StopFlag());
  const { module, diagnostics } = compileFor(options, makeRequest(options), chosen);
  const status = module ? runCompiled(options, chosen.target, module, sink, () => false) : 1;
  return { status, diagnostics };
}
