/**
 * The passes of the compiler, in order. Run by `compile.ts`; a name is also the name of the pass's file and what
 * `--dump-after` takes. Passes 1 and 2 of the command line; emit and verify (pass 3) follow in `compile.ts`.
 *
 * Order that matters: fold-defined before check-structure and resolve-names, because a dead branch may hold names
 * that do not exist; optimise before target-variables and infer-types, because code without effect may be wrong.
 */
import type { Compilation } from "./compilation.ts";
import { checkArrays } from "./passes/check-arrays.ts";
import { checkPatterns } from "./passes/check-patterns.ts";
import { checkReturns } from "./passes/check-returns.ts";
import { checkStructure } from "./passes/check-structure.ts";
import { checkWalks } from "./passes/check-walks.ts";
import { cloneFunctions } from "./passes/clone-functions.ts";
import { collect } from "./passes/collect.ts";
import { conditions } from "./passes/conditions.ts";
import { elideProbes } from "./passes/elide-probes.ts";
import { embedded } from "./passes/embedded.ts";
import { entryValues } from "./passes/entry-values.ts";
import { foldDefined } from "./passes/fold-defined.ts";
import { inferTypes } from "./passes/infer-types.ts";
import { kernelTexts } from "./passes/kernel-texts.ts";
import { mergeFunctions } from "./passes/merge-functions.ts";
import { number } from "./passes/number.ts";
import { optimise } from "./passes/optimise.ts";
import { overloads } from "./passes/overloads.ts";
import { parse } from "./passes/parse.ts";
import { pointValues } from "./passes/point-values.ts";
import { procfsValues } from "./passes/procfs-values.ts";
import { pullTapsets } from "./passes/pull-tapsets.ts";
import { recursion } from "./passes/recursion.ts";
import { resolveNames } from "./passes/resolve-names.ts";
import { resolveProbes } from "./passes/resolve-probes.ts";
import { stats } from "./passes/stats.ts";
import { syscallParameters } from "./passes/syscall-parameters.ts";
import { syscallVariables } from "./passes/syscall-variables.ts";
import { targetVariables } from "./passes/target-variables.ts";
import { typeDetails } from "./passes/type-details.ts";

export interface Pass {
  readonly name: string;
  readonly reads: string;
  readonly produces: string;
  /** `done` is told of the parts of a pass that can be dumped by themselves. */
  run(c: Compilation, done: (part: string) => void): void;
}

// biome-ignore format: table
export const passes: readonly Pass[] = [
  { name: "parse",            reads: "sources",           produces: "files",               run: parse },
  { name: "collect",          reads: "files",             produces: "scope, aliases",      run: collect },
  { name: "pull-tapsets",     reads: "files, scope",      produces: "files, scope",        run: pullTapsets },
  { name: "resolve-probes",   reads: "files, aliases",    produces: "drafts",              run: resolveProbes },
  { name: "embedded",         reads: "files",             produces: "embedded",            run: embedded },
  { name: "syscall-variables", reads: "drafts, scope",    produces: "drafts' bodies",      run: syscallVariables },
  { name: "syscall-parameters", reads: "drafts",          produces: "drafts' bodies",      run: syscallParameters },
  { name: "point-values",     reads: "drafts",            produces: "drafts' bodies",      run: pointValues },
  { name: "procfs-values",    reads: "drafts",            produces: "drafts' bodies",      run: procfsValues },
  { name: "fold-defined",     reads: "drafts",            produces: "drafts' bodies",      run: foldDefined },
  { name: "check-structure",  reads: "drafts, scope",     produces: "diagnostics",         run: checkStructure },
  { name: "resolve-names",    reads: "drafts, scope",     produces: "symbols, locals",     run: resolveNames },
  { name: "check-walks",      reads: "drafts, symbols",   produces: "diagnostics",         run: checkWalks },
  { name: "clone-functions",  reads: "drafts, functions", produces: "drafts, functions",   run: cloneFunctions },
  { name: "entry-values",     reads: "drafts, functions", produces: "drafts, globals",     run: entryValues },
  { name: "type-details",     reads: "drafts, symbols",   produces: "details",             run: typeDetails },
  { name: "kernel-texts",     reads: "drafts, functions", produces: "texts",               run: kernelTexts },
  { name: "check-arrays",     reads: "drafts, symbols",   produces: "globals' keys",       run: checkArrays },
  { name: "optimise",         reads: "drafts, symbols",   produces: "drafts, functions",   run: optimise },
  { name: "elide-probes",     reads: "drafts",            produces: "drafts",              run: elideProbes },
  { name: "target-variables", reads: "drafts",            produces: "drafts' plans",       run: targetVariables },
  { name: "infer-types",      reads: "drafts, symbols",   produces: "types",               run: inferTypes },
  { name: "check-patterns",   reads: "drafts, functions", produces: "diagnostics",         run: checkPatterns },
  { name: "check-returns",    reads: "functions, types",  produces: "diagnostics",         run: checkReturns },
  { name: "overloads",        reads: "functions, types",  produces: "functions",           run: overloads },
  { name: "merge-functions",  reads: "functions, types",  produces: "functions",           run: mergeFunctions },
  { name: "stats",            reads: "drafts, types",     produces: "histograms",          run: stats },
  { name: "recursion",        reads: "functions",         produces: "functions",           run: recursion },
  { name: "number",           reads: "globals, functions", produces: "final order",        run: number },
  { name: "conditions",       reads: "drafts, functions", produces: "drafts",              run: conditions },
];
