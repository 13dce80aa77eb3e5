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
import { MemoryFault } from "../kernel/scripted/memory-fault.ts";
import { ProgramError } from "../kernel/scripted/program-error.ts";
import { hintFor } from "./hints.ts";
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
  // Nothing checks types in JavaScript: without options it is the program that is missing.
  const { timeout = DEFAULT_TIMEOUT, keepsErrors = false, ...world } = options ?? {};
  let model: Model | undefined;
  const outcome = thrownFrom(probe, world, () =>
    withinSeconds(
      timeout,
      () => run(script, world, (started) => void (model = started)),
      () => new EndlessRun(`no end after ${timeout} s${model ? `: ${describeTasks(model)}` : ""}`),
    ),
  );
  const [error] = keepsErrors ? [] : outcome.errors.filter((item) => !(item instanceof MemoryFault));
  if (error !== undefined) throw error;
  return outcome;
}

type World = Omit<ProbeOptions, "timeout" | "keepsErrors">;

class EndlessRun extends Error {
  override readonly name: string = "EndlessRun";
}

/** What the caller has to change is told with the caller's place; our own bugs keep theirs. */
function thrownFrom<T>(place: typeof probe, options: World, body: () => T): T {
  try {
    return body();
  } catch (error) {
    const isOfScript = error instanceof DiagnosticError;
    const own = isOfScript ? new ScriptError(error.diagnostics, hintFor(error.diagnostics, options)) : error;
    if (own instanceof ScriptError || own instanceof ProgramError || own instanceof EndlessRun) {
      Error.captureStackTrace(own, place);
    }
    throw own;
  }
}

/** What a program throws comes through all of utap, which is one file where it is installed. */
function withoutOwnFrames(error: unknown): unknown {
  if (error instanceof Error && error.stack !== undefined) {
    const isOwn = (line: string): boolean =>
      / {4}at /.test(line) && (line.includes(new URL(import.meta.url).pathname) || /evalmachine|node:vm/.test(line));
    error.stack = error.stack
      .split("\n")
      .filter((line) => !isOwn(line))
      .join("\n");
  }
  return error;
}

function run(script: string, given: World, started: (model: Model) => void): Outcome {
  const { options: more = [], args = [], root, ...ofModel } = given;
  const options = parseOptions([...more, "--target=model", "-e", script, ...args]);
  if ("exit" in options) throw new Error("probe: these options run no script");
  const output = { out: "", err: "" };
  const errors: unknown[] = [];
  const setup = {
    ...modelOptions({ seed: options.seed, ...(root !== undefined && { root: openHostFolder(root) }), ...ofModel }),
    console: collectingConsole(given.input ?? "", output),
    onScriptError: (_task: unknown, error: unknown) => void errors.push(withoutOwnFrames(error)),
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
  return { status, out: toText(output.out), err: toText(output.err), errors };
}
