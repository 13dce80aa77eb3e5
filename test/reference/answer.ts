/**
 * What our compiler says of a case, in the words of `cases.ts`. Called by the test and by tools/reference-status.mjs.
 */
import { readdirSync, readFileSync } from "node:fs";
import type { SymbolSource } from "../../abi/symbol-source.ts";
import type { Diagnostic } from "../../base/diagnostics.ts";
import { formatLoc, makeSource, type Source } from "../../base/source.ts";
import { type CompileResult, compile } from "../../lang/compiler/compile.ts";
import { printProgram } from "../../lang/compiler/print-program.ts";
import { libraryOf } from "../../lang/compiler/tapset-library.ts";
import { printFile } from "../../lang/print.ts";
import type { Answers, Case } from "./cases.ts";
import { normaliseProgram } from "./normalise.ts";

const noPrograms: SymbolSource = { open: () => ({ kind: "failure", message: "no such file" }) };

/** `library`: our own tapset files, as `ownTapsets` reads them. */
export function answer(item: Case, library: readonly Source[]): Answers {
  const result = run(item, library);
  const errors = result.diagnostics.filter(({ severity }) => severity === "error").map(placeOf);
  const stopped = result.times.at(-1)?.pass === "parse";
  const text = result.files
    .filter(({ source }) => source.role === "user")
    .map((file) => printFile(file).replace(/^# parse tree dump\n|^# file .*\n/gm, ""))
    .join("\n");
  if (stopped) return { p1: { errors, text }, warnings: [] };
  const p2 = { errors, text: result.program ? normaliseProgram(printProgram(result.program)) : "" };
  const warnings = result.diagnostics
    .filter(({ severity, loc }) => severity === "warning" && loc?.source.role !== "tapset")
    .map((warning) => `${placeOf(warning)} ${warning.code}`);
  return { p1: { errors: [], text }, p2, warnings: errors.length > 0 ? [] : [...new Set(warnings)] };
}

/** The `.stp` files that come with us; `folder` is `tapsets/`. */
export function ownTapsets(folder: URL): readonly Source[] {
  return readdirSync(folder)
    .filter((name) => /\.stpm?$/.test(name))
    .sort()
    .map((name) => makeSource(name, readFileSync(new URL(name, folder), "latin1"), "tapset"));
}

function run(item: Case, library: readonly Source[]): CompileResult {
  const own = item.files.filter(({ name }) => name !== "-E");
  const compatible = item.options.find((word) => word.startsWith("--compatible="))?.slice("--compatible=".length);
  const options = {
    main: makeSource("<input>", item.script),
    extra: item.files.filter(({ name }) => name === "-E").map(({ text }, i) => makeSource(`<input${i + 1}>`, text)),
    args: item.args,
    guru: item.options.includes("-g"),
    unoptimised: item.options.includes("-u"),
    allWarnings: true,
    suppressWarnings: item.options.includes("-w"),
    warningsFatal: item.options.includes("-W"),
    tapsets: libraryOf([...own.map(({ name, text }) => makeSource(name, text, "tapset")), ...library]),
    symbols: noPrograms,
    stopAfter: 2 as const,
    now: () => 0,
    ...(compatible !== undefined && { compatible }),
  };
  return compile(options);
}

function placeOf({ loc }: Diagnostic): string {
  return loc ? formatLoc(loc).replace("<input>:", "") : "-";
}
