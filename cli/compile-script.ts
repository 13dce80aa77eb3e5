/**
 * Passes 1 to 3 with the options of the command line.
 *
 * Called by `translate.ts` where the cache knows nothing, by `compile-only.ts` and by tests. Whoever imports this file
 * loads the whole compiler.
 */
import { fromText } from "../base/bytestring.ts";
import { DiagnosticError } from "../base/diagnostics.ts";
import { type CompileResult, compile } from "../lang/compiler/compile.ts";
import type { CompileRequest } from "./compile-request.ts";
import type { Options } from "./options.ts";
import type { Place } from "./place.ts";
import type { ProgramLog } from "./program-log.ts";
import { printDiagnostics, writeAll } from "./report.ts";
import { createSymbolSource } from "./symbol-source.ts";

/** `programs` collects the binaries that were looked at. */
export function compileFor(
  options: Options,
  request: CompileRequest,
  { files, program, hasProcesses }: Place,
  programs?: ProgramLog,
): CompileResult {
  const symbols = createSymbolSource(files, program, programs);
  const result = compile({ ...request, symbols, now: () => performance.now() });
  const runsHere = options.stopAfter === 5 && options.standalone === undefined;
  if (runsHere && !hasProcesses) refuseProcessProbes(result);
  return result;
}

export function showCompilation(options: Options, result: CompileResult): void {
  printDiagnostics(result.diagnostics);
  for (const { pass, text } of result.dumps) writeAll(1, `# after ${pass}\n${text}`);
  if (options.dumpAfter.includes("emit") && result.module) writeAll(1, result.module.code);
  if (options.verbose > 0) writeAll(2, fromText(passTimes(result)));
}

/** Without a program there are no processes to probe: say so instead of waiting for ever. */
function refuseProcessProbes({ program }: CompileResult): void {
  const probe = program?.probes.find(
    ({ resolved: { spec } }) => spec.kind === "process" || spec.kind === "uprobe" || spec.kind === "kernel",
  );
  if (!probe) return;
  throw new DiagnosticError([
    {
      code: "target-missing",
      severity: "error",
      message: `${probe.resolved.name}: there is no process to trace`,
      loc: probe.item.loc,
      hints: ["start a program with -c 'PROGRAM ARGS', or name a running one with -x PID"],
    },
  ]);
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
      const costly = parts.filter(({ ms }) => ms >= 0.05).map(({ pass, ms }) => `${pass} ${ms.toFixed(1)}`);
      const detail = parts.length > 1 && costly.length > 0 ? ` (${costly.join(", ")})` : "";
      return `${title} in ${sum.toFixed(1)} ms${detail}.\n`;
    })
    .join("");
}
