/**
 * The state of one compilation: what the passes read and produce.
 *
 * Made by `compile.ts`, handed from pass to pass by `pipeline.ts`. Each group of fields names the pass that fills
 * it; before that pass it is empty. Trees are never changed: a pass that needs another body makes a new one and
 * puts it into the draft.
 */
import type { EnumTable, ProbeSpec } from "../../abi/manifest.ts";
import type { PrettyPlan, VariablePlan } from "../../abi/plan.ts";
import type { ModuleSymbols, ProbeSite, SymbolSource, TypeRef } from "../../abi/symbol-source.ts";
import type { Diagnostics } from "../../base/diagnostics.ts";
import type { ScriptLimit } from "../../base/limits.ts";
import type { Loc, Source } from "../../base/source.ts";
import type { KernelPoint } from "../../target/kernel-points.ts";
import type { SyscallArch, SyscallRow } from "../../target/syscalls.ts";
import type {
  AliasItem,
  Block,
  Expression,
  HistogramOperation,
  Name,
  ProbeItem,
  ProbePoint,
  ScriptFile,
} from "../ast.ts";
import type { Environment } from "../parser/environment.ts";
import type { LibraryMacros } from "../parser/library-macros.ts";
import type { ReadyCode } from "./embedded/check.ts";
import type {
  BuiltinSymbol,
  ExpressionType,
  FunctionSymbol,
  GlobalSymbol,
  LocalSymbol,
  ProgramSymbol,
  TargetNode,
  TargetUse,
} from "./program.ts";
import type { Scope } from "./scope.ts";
import type { TapsetLibrary } from "./tapset-library.ts";

export interface CompilationOptions {
  /** The main script, then those of -E. */
  readonly sources: readonly Source[];
  readonly args: readonly string[];
  readonly guru: boolean;
  readonly unoptimised: boolean;
  /** -t: probes that do nothing are counted too. */
  readonly keepsIdleProbes: boolean;
  /** --skip-badvars: context variables that cannot be found are 0. */
  readonly skipBadvars: boolean;
  readonly symbols: SymbolSource;
  readonly limits: { readonly [name in ScriptLimit]?: number };
  /** Files that are pulled in whole when they define a name that the script needs. */
  readonly tapsets: TapsetLibrary;
  /** Points are looked for to be listed: one that comes to nothing is no mistake. */
  readonly listing: boolean;
  readonly environment: Environment;
  /** The version of the language; see `parser/compatibility.ts`. */
  readonly compatible: string;
}

/** The type in debuginfo that a value has; "conflict" when its sources do not agree. */
export type TypeDetail = { readonly module: ModuleSymbols; readonly type: TypeRef } | "conflict";

/** What `$variables` mean at a probe. */
export type VariableScope =
  | { readonly kind: "none" }
  | {
      readonly kind: "syscall";
      readonly return: boolean;
      /** The calls it is about by name: one, or with `row` undefined any. Then it has their variables too. */
      readonly call?: { readonly row: SyscallRow | undefined; readonly arch: SyscallArch };
    }
  | { readonly kind: "procfs"; readonly access: "read" | "write" }
  | { readonly kind: "kernel"; readonly point: KernelPoint; readonly return: boolean }
  | {
      readonly kind: "function";
      readonly module: ModuleSymbols;
      readonly site: ProbeSite;
      readonly return: boolean;
      readonly values?: PointValues;
    };

/** What a mark or an entry of a linkage table knows by itself. */
export interface PointValues {
  /** `$arg1`…; undefined where there is no way to read one. */
  readonly arguments: readonly (VariablePlan | undefined)[];
  /** `$$name`, `$$provider` */
  readonly named: { readonly [name: string]: string };
}

/** A probe on its way to a `DerivedProbe`. */
export interface ProbeDraft {
  readonly item: ProbeItem;
  readonly written: ProbePoint;
  readonly spec: ProbeSpec;
  /** Canonical text, without `?` and `!`. */
  readonly point: string;
  /** Its name in the script: the outermost alias, else the canonical text. */
  readonly name: string;
  /** What -p2 prints: the canonical text with `?` or `!`, and where it comes from. */
  readonly printed: string;
  readonly origin: string;
  /** What listings print, where that is neither the alias nor `printed`. */
  readonly listed?: string;
  readonly variables: VariableScope;
  /** Already a test around `body`. */
  readonly condition?: Expression;
  /** Shared by the drafts of one item where nothing in it depends on the point. */
  body: Block;
  locals: LocalSymbol[];
  // target-variables
  readonly plans: VariablePlan[];
  readonly entryPlans: number[];
  readonly targets: Map<TargetNode, TargetUse>;
  // conditions
  /** The probe that evaluates the condition, where the runtime arms and disarms by it. */
  arming?: ProbeDraft;
  /** Such probes whose answer this one may change. */
  affects?: readonly ProbeDraft[];
  // fold-defined
  /** Of a return probe: the probe that keeps what `@entry` asks for, and the globals where it does. */
  entry?: { readonly draft: ProbeDraft; readonly globals: readonly GlobalSymbol[] };
}

export interface Compilation {
  readonly options: CompilationOptions;
  readonly diagnostics: Diagnostics;
  // parse, pull-tapsets
  /** Positions, from 0, of the script's arguments that some text uses. */
  readonly usedArguments: Set<number>;
  /** Made when the first file is parsed. */
  libraryMacros?: LibraryMacros;
  // parse
  files: ScriptFile[];
  // collect, pull-tapsets
  readonly scope: Scope;
  readonly aliases: AliasItem[];
  // embedded
  /** All embedded code that could be read, by its place. */
  readonly embedded: Map<Loc, ReadyCode>;
  // resolve-probes
  drafts: ProbeDraft[];
  // resolve-names
  readonly symbols: Map<Name | Expression, ProgramSymbol>;
  /** In order of first use. */
  globals: GlobalSymbol[];
  functions: FunctionSymbol[];
  builtins: BuiltinSymbol[];
  // infer-types
  readonly types: Map<Expression, ExpressionType>;
  // clone-functions
  /** The probe that each cloned function is for. */
  readonly clones: Map<FunctionSymbol, ProbeDraft>;
  // type-details
  readonly details: Map<ProgramSymbol, TypeDetail>;
  // kernel-texts
  /** Target nodes that are strings although nothing in them says so. */
  readonly texts: Set<Expression>;
  // target-variables
  /** Of functions that belong to no probe. */
  readonly targets: Map<TargetNode, TargetUse>;
  /** Something writes to the traced program: the script with -g, or the library. */
  writesTarget: boolean;
  readonly plans: VariablePlan[];
  readonly pretty: PrettyPlan[];
  readonly enums: EnumTable[];
  // stats
  readonly histograms: Map<HistogramOperation, number>;
}
