/**
 * The compiler: script texts in, a verified JavaScript module out.
 *
 * Called by `cli/` and `testing/`. Never throws for what a script says: everything wrong is in `diagnostics`.
 * Stops after the first pass of the command line (1 parse, 2 analysis, 3 emission) in which there was an error.
 */
import type { SymbolSource } from "../../abi/symbol-source.ts";
import { type Diagnostic, Diagnostics } from "../../base/diagnostics.ts";
import type { ScriptLimit } from "../../base/limits.ts";
import type { Source } from "../../base/source.ts";
import type { ScriptFile } from "../ast.ts";
import { LANGUAGE_VERSION } from "../parser/compatibility.ts";
import { type Environment, modelEnvironment } from "../parser/environment.ts";
import type { Compilation } from "./compilation.ts";
import { dumpState } from "./dump.ts";
import { emit } from "./emit/emit.ts";
import { finish } from "./passes/number.ts";
import { passes } from "./pipeline.ts";
import type { EmittedModule, Program } from "./program.ts";
import { Scope } from "./scope.ts";
import { libraryOf, type TapsetLibrary } from "./tapset-library.ts";
import { verify } from "./verify.ts";

export interface CompileOptions {
  readonly main: Source;
  /** The scripts of -E. */
  readonly extra?: readonly Source[];
  readonly args?: readonly string[];
  readonly guru?: boolean;
  readonly symbols: SymbolSource;
  readonly limits?: { readonly [name in ScriptLimit]?: number };
  readonly stopAfter?: 1 | 2 | 3;
  /** Names of passes after which to print the state. */
  readonly dumpAfter?: readonly string[];
  readonly unoptimised?: boolean;
  readonly keepsIdleProbes?: boolean;
  readonly skipBadvars?: boolean;
  readonly suppressWarnings?: boolean;
  readonly warningsFatal?: boolean;
  /** Also warnings that say what an earlier one says of another place; without, the first of them stands for all. */
  readonly allWarnings?: boolean;
  readonly tapsets?: TapsetLibrary;
  /** Only what there is to probe, or with its variables: a mistake in a handler does not matter, nothing is emitted. */
  readonly listing?: "points" | "variables";
  /** What `%( %)` can ask about the target. */
  readonly environment?: Environment;
  /** The version of the language that the script was written for, as `--compatible` says. */
  readonly compatible?: string;
  /** Milliseconds of any clock, for the times of passes. */
  readonly now: () => number;
}

export interface CompileResult {
  readonly diagnostics: readonly Diagnostic[];
  readonly files: readonly ScriptFile[];
  readonly program?: Program;
  readonly module?: EmittedModule;
  readonly dumps: readonly { readonly pass: string; readonly text: string }[];
  readonly times: readonly { readonly pass: string; readonly ms: number }[];
}

export function compile(options: CompileOptions): CompileResult {
  const c = start(options);
  const dumps: { pass: string; text: string }[] = [];
  const times: { pass: string; ms: number }[] = [];
  const timed = <T>(pass: string, run: () => T): T => {
    const from = options.now();
    const result = run();
    times.push({ pass, ms: options.now() - from });
    return result;
  };
  const dump = (name: string): void => {
    if (!options.dumpAfter?.includes(name)) return;
    // An optimisation runs in every round: its last result counts.
    const earlier = dumps.findIndex(({ pass }) => pass === name);
    if (earlier >= 0) dumps.splice(earlier, 1);
    dumps.push({ pass: name, text: dumpState(c, name) });
  };
  const result = (more: { program?: Program; module?: EmittedModule } = {}): CompileResult => ({
    diagnostics: finalDiagnostics(c.diagnostics.items, options),
    files: c.files,
    ...more,
    dumps,
    times,
  });
  const lastOfListing = options.listing && (options.listing === "points" ? "resolve-probes" : "infer-types");
  const failed = () => finalDiagnostics(c.diagnostics.items, options).some((item) => item.severity === "error");

  for (const pass of passes) {
    timed(pass.name, () => pass.run(c, dump));
    dump(pass.name);
    if (pass.name === "parse" && (failed() || options.stopAfter === 1)) return result();
    if (pass.name === lastOfListing) return result(c.drafts.length > 0 ? { program: finish(c) } : {});
    // Names and types of a script whose probes or structure are wrong are still worth checking; a pass that
    // builds on complete types is not.
    if (pass.name === "infer-types" && failed()) return result();
  }
  if (c.drafts.length === 0) c.diagnostics.error("sem-no-probes", "no probes found");
  if (failed()) return result();
  const program = finish(c);
  if (options.stopAfter === 2) return result({ program });
  const module = timed("emit", () => emit(program));
  const rights = { embedded: program.embedded.size > 0, guru: c.options.guru || c.writesTarget };
  for (const diagnostic of timed("verify", () => verify(module.code, rights))) c.diagnostics.add(diagnostic);
  return failed() ? result({ program }) : result({ program, module });
}

function start(options: CompileOptions): Compilation {
  return {
    options: {
      sources: [options.main, ...(options.extra ?? [])],
      args: options.args ?? [],
      guru: options.guru ?? false,
      unoptimised: options.unoptimised ?? false,
      keepsIdleProbes: options.keepsIdleProbes ?? false,
      skipBadvars: options.skipBadvars ?? false,
      symbols: options.symbols,
      limits: options.limits ?? {},
      tapsets: options.tapsets ?? libraryOf([]),
      listing: options.listing !== undefined,
      environment: options.environment ?? modelEnvironment,
      compatible: options.compatible ?? LANGUAGE_VERSION,
    },
    usedArguments: new Set(),
    diagnostics: new Diagnostics(),
    files: [],
    scope: new Scope(),
    aliases: [],
    embedded: new Map(),
    drafts: [],
    symbols: new Map(),
    globals: [],
    functions: [],
    builtins: [],
    types: new Map(),
    clones: new Map(),
    details: new Map(),
    targets: new Map(),
    texts: new Set(),
    plans: [],
    pretty: [],
    writesTarget: false,
    enums: [],
    histograms: new Map(),
  };
}

function finalDiagnostics(items: readonly Diagnostic[], options: CompileOptions): readonly Diagnostic[] {
  if (options.suppressWarnings) return items.filter((item) => item.severity === "error");
  const shown = options.allWarnings ? items : withoutRepetitions(items);
  return options.warningsFatal ? shown.map((item) => ({ ...item, severity: "error" as const })) : shown;
}

/** The first of the warnings that say the same, with the number of the others. */
function withoutRepetitions(items: readonly Diagnostic[]): readonly Diagnostic[] {
  const counts = new Map<string, number>();
  for (const { severity, message } of items)
    if (severity === "warning") counts.set(message, (counts.get(message) ?? 0) + 1);
  const said = new Set<string>();
  return items.flatMap((item) => {
    if (item.severity === "error") return [item];
    if (said.has(item.message)) return [];
    said.add(item.message);
    const more = (counts.get(item.message) ?? 1) - 1;
    if (more === 0) return [item];
    const hint = `${more} more ${more === 1 ? "place is" : "places are"} like this; -v shows ${more === 1 ? "it" : "them"}.`;
    return [{ ...item, hints: [...(item.hints ?? []), hint] }];
  });
}
