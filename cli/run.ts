/**
 * The composition root: a script and a target become a session and an exit status.
 *
 * Called in the session's thread (`session-worker.ts`), by `main.ts` for -p1 … -p3, and by tests with their own
 * console. This is where to start reading: everything else is called from here.
 */
import { fromText } from "../base/bytestring.ts";
import { DiagnosticError } from "../base/diagnostics.ts";
import { makeSource } from "../base/source.ts";
import type { Console } from "../kernel/files/console.ts";
import { type CompileResult, compile } from "../lang/compiler/compile.ts";
import { passes } from "../lang/compiler/pipeline.ts";
import { printProgram } from "../lang/compiler/print-program.ts";
import { printFile } from "../lang/print.ts";
import { loadModule } from "../runtime/load.ts";
import type { Sink } from "../runtime/output.ts";
import { makeProcessBinder } from "../runtime/process-binder.ts";
import { runSession, type SessionResult } from "../runtime/session.ts";
import { nativeBuiltins } from "../tapsets/index.ts";
import type { Target } from "../target/target.ts";
import { readGlobals } from "./globals.ts";
import { openHostConsole } from "./host-console.ts";
import type { Options } from "./options.ts";
import { consoleOver, HostOutput } from "./output.ts";
import { positionsOf } from "./position.ts";
import { printDiagnostics, writeAll } from "./report.ts";
import { readScript, readTapsets } from "./scripts.ts";
import { StopFlag } from "./stop-flag.ts";
import { createSymbolSource } from "./symbol-source.ts";
import { type ChosenTarget, chooseTarget } from "./targets.ts";

/** -p1, -p2, -p3 and --dump-after: nothing runs. */
export function compileOnly(options: Options): number {
  if (options.dumpAfter.includes("help")) {
    writeAll(1, `${[...passes.map((pass) => pass.name), "emit"].join("\n")}\n`);
    return 0;
  }
  const stop = new StopFlag();
  const chosen = chooseTarget(options, openHostConsole(stop), stop);
  const result = compileFor(options, chosen);
  showCompilation(options, result);
  if (failed(result)) return 1;
  if (options.stopAfter === 1)
    writeAll(
      1,
      result.files
        .filter((file) => file.source.role === "user")
        .map(printFile)
        .join(""),
    );
  if (options.stopAfter === 2 && result.program) writeAll(1, printProgram(result.program));
  if (options.stopAfter === 3 && result.module) writeAll(1, result.module.code);
  return 0;
}

/** Runs a script on this process's terminal; the exit status is that of the program of -c. */
export function run(options: Options, stop: StopFlag): number {
  const output = new HostOutput(options.output);
  try {
    const chosen = chooseTarget(options, consoleOver(openHostConsole(stop), output), stop);
    const result = compileFor(options, chosen);
    showCompilation(options, result);
    if (!result.module) return 1;
    const started = performance.now();
    stop.startPolling();
    const idle = options.command === undefined;
    const session = runCompiled(options, chosen, result.module, output, () => {
      if (idle) output.flush();
      else output.flushSoon();
      return stop.raised || output.abandoned;
    });
    output.close();
    if (isStuck(session)) writeAll(2, stuckMessage(session));
    if (options.verbose > 0) writeAll(2, `Pass 5: run completed in ${(performance.now() - started).toFixed(0)} ms.\n`);
    return exitStatus(session);
  } finally {
    output.flush();
  }
}

/** Runs a script in this thread against a console of the caller's: what tests use. */
export function runOn(
  options: Options,
  console: Console,
  sink: Sink,
): { readonly status: number; readonly diagnostics: CompileResult["diagnostics"] } {
  const chosen = chooseTarget(options, console, new StopFlag());
  const result = compileFor(options, chosen);
  if (!result.module) return { status: 1, diagnostics: result.diagnostics };
  const session = runCompiled(options, chosen, result.module, sink, () => false);
  if (isStuck(session)) sink.write(2, stuckMessage(session));
  return { status: exitStatus(session), diagnostics: result.diagnostics };
}

function compileFor(options: Options, chosen: ChosenTarget): CompileResult {
  const result = compile({
    main: readScript(options),
    extra: options.extra.map((text, i) => makeSource(`<input ${i + 2}>`, text)),
    args: options.args,
    guru: options.guru,
    symbols: createSymbolSource(chosen.files, chosen.program),
    limits: options.limits,
    ...(options.stopAfter < 5 && { stopAfter: options.stopAfter as 1 | 2 | 3 }),
    dumpAfter: options.dumpAfter,
    unoptimised: options.unoptimized,
    suppressWarnings: options.warnings === "hide",
    warningsFatal: options.warnings === "errors",
    tapsets: readTapsets(options),
    now: () => performance.now(),
  });
  if (options.stopAfter === 5 && chosen.target.main === undefined) refuseProcessProbes(result);
  return result;
}

/** Without a program there are no processes to probe: say so instead of waiting for ever. */
function refuseProcessProbes({ program }: CompileResult): void {
  const probe = program?.probes.find(
    ({ resolved }) => resolved.spec.kind === "process" || resolved.spec.kind === "uprobe",
  );
  if (!probe) return;
  throw new DiagnosticError([
    {
      code: "target-missing",
      severity: "error",
      message: `${probe.resolved.point}: there is no program to trace, and tracing the processes of this machine needs the live target, which is not there yet`,
      loc: probe.item.loc,
      hints: ["run a riscv64 program in the kernel model with -c 'PROGRAM ARGS'"],
    },
  ]);
}

function runCompiled(
  options: Options,
  chosen: ChosenTarget,
  module: NonNullable<CompileResult["module"]>,
  sink: Sink,
  interrupted: () => boolean,
): SessionResult {
  const loaded = loadModule(module.code);
  const { timeoutSeconds = Number.POSITIVE_INFINITY } = options;
  const deadline = chosen.target.monotonicNs() + timeoutSeconds * 1e9;
  const target = withDeadline(chosen.target, deadline);
  return runSession({
    module: loaded,
    target,
    sink,
    builtins: nativeBuiltins,
    attach: makeProcessBinder,
    positionOf: positionsOf(module.map),
    interrupted: () => interrupted() || target.monotonicNs() >= deadline,
    options: {
      globals: readGlobals(options.globals, loaded.manifest),
      hideWarnings: options.warnings === "hide",
    },
  });
}

/** -T: the target wakes up in time to notice it. */
function withDeadline(target: Target, deadline: number): Target {
  const due = (): number => (target.monotonicNs() < deadline ? deadline : Number.POSITIVE_INFINITY);
  return {
    ...target,
    run: (hooks) => target.run({ ...hooks, nextTimer: () => Math.min(hooks.nextTimer(), due()) }),
  };
}

/** What the program left behind may wait for ever; the program itself may not. */
function isStuck({ run }: SessionResult): boolean {
  return run.stuck !== undefined && run.exitCode === undefined && run.signal === undefined;
}

function stuckMessage({ run }: SessionResult): string {
  return fromText(`utap: ${run.stuck}\n`);
}

function showCompilation(options: Options, result: CompileResult): void {
  printDiagnostics(result.diagnostics);
  for (const { pass, text } of result.dumps) writeAll(1, `# after ${pass}\n${text}`);
  if (options.dumpAfter.includes("emit") && result.module) writeAll(1, result.module.code);
  if (options.verbose > 0) writeAll(2, fromText(passTimes(result)));
}

/** One line per pass of the command line; with the parts that took them. */
function passTimes({ times }: CompileResult): string {
  const stages = [
    { title: "Pass 1: parsed", of: (pass: string) => pass === "parse" },
    { title: "Pass 2: analyzed", of: (pass: string) => !["parse", "emit", "verify"].includes(pass) },
    { title: "Pass 3: translated to JavaScript", of: (pass: string) => pass === "emit" || pass === "verify" },
  ];
  return stages
    .map(({ title, of }) => ({ title, parts: times.filter(({ pass }) => of(pass)) }))
    .filter(({ parts }) => parts.length > 0)
    .map(({ title, parts }) => {
      const sum = parts.reduce((total, { ms }) => total + ms, 0);
      const detail = parts.length > 1 ? ` (${parts.map(({ pass, ms }) => `${pass} ${ms.toFixed(1)}`).join(", ")})` : "";
      return `${title} in ${sum.toFixed(1)} ms${detail}.\n`;
    })
    .join("");
}

function failed(result: CompileResult): boolean {
  return result.diagnostics.some((item) => item.severity === "error");
}

/** A shell's way of telling: 128 and the signal for a program that a signal ended. */
function exitStatus(session: SessionResult): number {
  const { failed: scriptFailed, run } = session;
  if (scriptFailed || isStuck(session)) return 1;
  return run.signal !== undefined ? 128 + run.signal : (run.exitCode ?? 0);
}
