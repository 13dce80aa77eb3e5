/**
 * -l, -L and --dump-…: what there is to probe and to call, one a line, sorted. The exit status is 1 if there is nothing.
 *
 * Called by `compile-only.ts`. Probe points are found by compiling `probe PATTERN {}`; what a probe point has for
 * variables are the names that its aliases assign, then those of the program.
 */
import { builtins } from "../abi/builtins.ts";
import { parsePrototype } from "../abi/values.ts";
import { fromText } from "../base/bytestring.ts";
import type { FunctionItem, ScriptFile } from "../lang/ast.ts";
import type { CompileOptions } from "../lang/compiler/compile.ts";
import { aliasText } from "../lang/compiler/probes/alias.ts";
import { kernelVariables, typeText } from "../lang/compiler/probes/kernel-values.ts";
import { tablePoints } from "../lang/compiler/probes/tree.ts";
import type { DerivedProbe, Program } from "../lang/compiler/program.ts";
import { parse } from "../lang/parser/parse.ts";
import { makeRequest } from "./compile-request.ts";
import { compileFor } from "./compile-script.ts";
import type { Listing, Options } from "./options.ts";
import { printDiagnostics, writeAll } from "./report.ts";
import { readTapsets } from "./scripts.ts";
import { chooseUnstarted } from "./targets.ts";

export function list(options: Options, listing: Listing): number {
  const lines = listingLines(options, listing);
  writeAll(1, fromText(lines.map((line) => `${line}\n`).join("")));
  if (lines.length > 0) return 0;
  if (listing === "probes" || listing === "probes-with-variables") explainNothing(options);
  return 1;
}

export function listingLines(options: Options, listing: Listing): readonly string[] {
  return [...new Set(linesOf(options, listing))].sort();
}

function linesOf(options: Options, listing: Listing): readonly string[] {
  switch (listing) {
    case "probes":
      return probes(options, "points").map(probeName);
    case "probes-with-variables":
      return probes(options, "variables").map((probe) => [probeName(probe), ...variablesOf(probe)].join(" "));
    case "probe-types":
      return tablePoints()
        .filter(({ row }) => row.family !== "missing")
        .map(({ text }) => text.replaceAll("(S)", "(string)").replaceAll("(N)", "(number)"));
    case "probe-aliases":
      return libraryItems(options)
        .filter((item) => item.kind === "alias")
        .map(aliasText)
        .filter((text) => !text.startsWith("_"));
    case "functions":
      return [...libraryItems(options).flatMap(functionText), ...builtinTexts()];
  }
}

// ---- probe points ----

function probes(options: Options, listing: "points" | "variables"): readonly DerivedProbe[] {
  const { program } = compilePattern(options, { listing });
  if (!program) return [];
  return program.probes.filter((probe, i) => probe.item.loc.source.role === "user" && !isEntry(program, i));
}

/** To a listing every part of a pattern is optional; why there is nothing is what a script would be told. */
function explainNothing(options: Options): void {
  printDiagnostics(compilePattern(options, {}).diagnostics.filter(({ code }) => code !== "sem-no-probes"));
}

function compilePattern(options: Options, more: Pick<CompileOptions, "listing">): ReturnType<typeof compileFor> {
  const request = { ...makeRequest(options), unoptimised: true, suppressWarnings: true, ...more };
  return compileFor(options, request, chooseUnstarted(options));
}

/** A probe that only keeps values for a return probe. */
function isEntry(program: Program, index: number): boolean {
  return program.probes.some(({ entry }) => entry?.probe === index);
}

/** The name of an alias, or the canonical point with its `?`, `!` and condition. */
function probeName({ resolved, printed, listed }: DerivedProbe): string {
  if (listed !== undefined) return listed;
  return resolved.name === resolved.point ? printed.replace(/ \/\* pc=[^*]* \*\/$/, "") : resolved.name;
}

function variablesOf({ locals, variables }: DerivedProbe): readonly string[] {
  const own = locals.filter(({ type }) => type !== "unknown").map(({ name, type }) => `${name}:${type}`);
  switch (variables.kind) {
    case "none":
    case "procfs":
      return own;
    case "syscall": {
      const names = [
        "syscall",
        "arg1",
        "arg2",
        "arg3",
        "arg4",
        "arg5",
        "arg6",
        ...(variables.return ? ["return"] : []),
      ];
      return [...own, ...names.map((name) => `$${name}:long`)];
    }
    case "kernel": {
      const typed = kernelVariables(variables).map(({ name, type }) => `$${name}:${typeText(type)}`);
      return [...own, ...typed];
    }
    case "function": {
      const { module, site, values } = variables;
      if (values) return [...own, ...values.arguments.flatMap((plan, i) => (plan ? [`$arg${i + 1}:long`] : []))];
      const { parameters, locals: inner } = module.variables(site);
      const names = variables.return ? ["return", ...parameters] : [...parameters, ...inner];
      const typed = names.map((name) => ({ name, type: module.variableType(site, name) }));
      return [...own, ...typed.filter(({ type }) => type !== undefined).map(({ name, type }) => `$${name}:${type}`)];
    }
  }
}

// ---- the library ----

function libraryItems(options: Options): readonly ScriptFile["items"][number][] {
  const sources = readTapsets(options).all();
  return sources
    .filter(({ name }) => name.endsWith(".stp"))
    .flatMap((source) => {
      const { file, diagnostics } = parse(source, { guru: true });
      printDiagnostics(diagnostics);
      return file.items;
    });
}

/** As declared: what is only inferred is `unknown`. */
function functionText(item: ScriptFile["items"][number]): readonly string[] {
  return item.kind === "function" && !item.private && !item.name.startsWith("_") ? [prototypeOf(item)] : [];
}

function prototypeOf({ name, returns, parameters }: FunctionItem): string {
  return `${name}:${returns ?? "unknown"} (${parameters.map((part) => `${part.name}:${part.type ?? "unknown"}`).join(", ")})`;
}

function builtinTexts(): readonly string[] {
  return Object.entries(builtins)
    .filter(([name]) => !name.startsWith("_"))
    .map(([name, text]) => {
      const { result, names, parameters } = parsePrototype(text);
      const shown = names.map((parameter, i) => `${parameter}:${parameters[i]}`);
      return `${name}:${result === "void" ? "unknown" : result} (${shown.join(", ")})`;
    });
}
