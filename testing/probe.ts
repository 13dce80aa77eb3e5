/**
 * Runs a script as `utap -e SCRIPT -c PROGRAM` does, in the kernel model, in this thread, and collects what comes of it.
 *
 * The second composition root besides `cli/run.ts`: it joins the compiler, a model and a session for unit tests. A
 * script that does not compile is a `DiagnosticError` with all diagnostics; a program that throws is in `errors`, and
 * `probe` throws the first of them, so that a test fails with it, unless `keepsErrors`.
 */
import { toText } from "../base/bytestring.ts";
import { DiagnosticError, renderDiagnostic } from "../base/diagnostics.ts";
import { makeRequest } from "../cli/compile-request.ts";
import { compileFor } from "../cli/compile-script.ts";
import { parseOptions } from "../cli/options.ts";
import { processSupport } from "../cli/process-support.ts";
import { runCompiled } from "../cli/run-session.ts";
import { createModel } from "../kernel/model.ts";
import { collectingConsole, modelOptions, type TestModelOptions } from "./start-model.ts";

export interface ProbeOptions extends TestModelOptions {
  /** More options of the command line, `["-g"]`. */
  readonly options?: readonly string[];
  /** Arguments of the script: `$1`, `@1`, … */
  readonly args?: readonly string[];
  /** Give what a program has thrown, instead of throwing it. */
  readonly keepsErrors?: boolean;
}

export interface Outcome {
  /** As of the command line: that of the program, 128 and the signal that ended it, or 1 for an error of the script. */
  readonly status: number;
  /** What the script printed and programs wrote to descriptor 1, in order. */
  readonly out: string;
  /** Warnings and errors of the script, and what programs wrote to descriptor 2. */
  readonly err: string;
  /** What JavaScript programs have thrown. */
  readonly errors: readonly unknown[];
}

export function probe(script: string, given: ProbeOptions): Outcome {
  const { options: more = [], args = [], keepsErrors = false, ...ofModel } = given;
  const options = parseOptions([...more, "--target=model", "-e", script, ...args]);
  if ("exit" in options) throw new Error("probe: these options run no script");
  const output = { out: "", err: "" };
  const errors: unknown[] = [];
  const setup = {
    ...modelOptions({ seed: options.seed, ...ofModel }),
    console: collectingConsole(given.input ?? "", output),
    onScriptError: (_task: unknown, error: unknown) => void errors.push(error),
  };
  const model = createModel(setup);
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
