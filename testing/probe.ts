/**
 * Runs a script as `utap -e SCRIPT -c PROGRAM` does, in the kernel model, in this thread, and collects what comes of it.
 *
 * The second composition root besides `cli/run.ts`: it joins the compiler, a model and a session for unit tests.
 */
import { toText } from "../base/bytestring.ts";
import { DiagnosticError, renderDiagnostic } from "../base/diagnostics.ts";
import { makeRequest } from "../cli/compile-request.ts";
import { compileFor } from "../cli/compile-script.ts";
import { openHostFolder } from "../cli/host-files.ts";
import { parseOptions } from "../cli/options.ts";
import { processSupport } from "../cli/process-support.ts";
import { runCompiled } from "../cli/run-session.ts";
import { createModel, type Model } from "../kernel/model.ts";
import type { Outcome, ProbeOptions } from "./options.ts";
import { ScriptError } from "./script-error.ts";
import { collectingConsole, modelOptions } from "./start-model.ts";
import { withinSeconds } from "./watchdog.ts";
import { describeTasks } from "./where.ts";

const DEFAULT_TIMEOUT = 30;

/**
 * Runs a script beside a program in the kernel model, from the program's first instruction to the end of both, and gives
 * what came of it.
 *
 * A script with mistakes is thrown as a `ScriptError`. What a JavaScript program throws is thrown here, unless
 * `keepsErrors`. What a script does wrong while it runs is in `err`, with status 1, as on the command line.
 */
export function probe(script: string, options: ProbeOptions): Outcome {
  const { timeout = DEFAULT_TIMEOUT } = options;
  let model: Model | undefined;
  try {
    return withinSeconds(
      timeout,
      () => run(script, options, (started) => void (model = started)),
      () => new Error(`probe: no end after ${timeout} seconds${model ? `: ${describeTasks(model)}` : ""}`),
    );
  } catch (error) {
    const own = error instanceof DiagnosticError ? new ScriptError(error.diagnostics) : error;
    if (own instanceof ScriptError) Error.captureStackTrace(own, probe);
    throw own;
  }
}

function run(script: string, given: ProbeOptions, started: (model: Model) => void): Outcome {
  const { options: more = [], args = [], keepsErrors = false, root, timeout: _timeout, ...ofModel } = given;
  const options = parseOptions([...more, "--target=model", "-e", script, ...args]);
  if ("exit" in options) throw new Error("probe: these options run no script");
  const output = { out: "", err: "" };
  const errors: unknown[] = [];
  const setup = {
    ...modelOptions({ seed: options.seed, ...(root !== undefined && { root: openHostFolder(root) }), ...ofModel }),
    console: collectingConsole(given.input ?? "", output),
    onScriptError: (_task: unknown, error: unknown) => void errors.push(error),
  };
  const model = createModel(setup);
  started(model);
  const place = { files: model.files, program: setup.program, hasProcesses: true, start: () => model };
  const { module, diagnostics } = compileFor(options, makeRequest(options), place);
  if (!module) throw new DiagnosticError([...diagnostics]);
  output.err += diagnostics.map((item) => renderDiagnostic(item)).join("");
  const sink = {
    write(stream: 1 | 2, text: string): void {
      output[stream === 1 ? "out" : "err"] += text;
    },
  };
  const status = runCompiled({ ...options, processes: processSupport }, model, module, sink, () => false);
  if (errors.length > 0 && !keepsErrors) throw errors[0];
  return { status, out: asText(output.out), err: asText(output.err), errors };
}

/** Output is bytes; what is no UTF-8 stays as it is, a character a byte. */
function asText(bytes: string): string {
  try {
    return toText(bytes);
  } catch {
    return bytes;
  }
}
