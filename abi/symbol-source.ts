/**
 * What the compiler wants to know about binaries.
 *
 * Implemented by `debuginfo/symbols.ts` over bytes that the composition root fetches through the target;
 * called by `lang/compiler/probes/` and the target-variable pass. Answers are values: a failure says why,
 * with the names that would have worked.
 */
import type { PrettyPlan, VariablePlan } from "./plan.ts";

export interface SymbolSource {
  /**
   * Opens the program or library a script names, as the target sees it: relative to the target's working directory,
   * or found on the target's PATH when it has no slash. The path in the answer is canonical.
   */
  open(path: string): ModuleSymbols | SymbolFailure;
  /** Paths of the target's files that match; absent where the target cannot list files. */
  glob?(pattern: string): readonly string[];
  /** The path of the program of `-c`, for `process.function(…)` without a path. */
  readonly program?: string;
}

export interface SymbolFailure {
  readonly kind: "failure";
  readonly message: string;
  /** Names that exist and are near. */
  readonly alternatives?: readonly string[];
}

/** A place in a binary where a probe can go. */
export interface ProbeSite {
  /** The name of the function in the debuginfo, or of the ELF symbol. */
  readonly function: string;
  /** Empty without debuginfo. */
  readonly file: string;
  readonly line: number;
  /** Link-time address of the instruction to probe. */
  readonly address: number;
  /** Its offset in the file, which finds it in any mapping. */
  readonly fileOffset: number;
  /** Of a place for a return: where the parameters are in place, unless that is the entry itself. */
  readonly body?: { readonly address: number; readonly fileOffset: number };
  /** Other files of the program see the function; absent without debuginfo. */
  readonly exported?: boolean;
  /** Offset of the function's DIE in `.debug_info`; absent without debuginfo. */
  readonly die?: number;
  /** Of a copy of an inlined function, whose DIE is `die`: the DIE of the function that it is part of. */
  readonly inlinedIn?: number;
}

/** Which places of a function: its own code, the copies that are inlined in others, or both. */
export type Copies = "all" | "inlined" | "out-of-line";

export interface LabelSite extends ProbeSite {
  /** `line` is that of the label. */
  readonly label: string;
}

/** A function, or an inlined copy of one, as one function calls it. */
export interface CalleeSite extends ProbeSite {
  readonly caller: ProbeSite;
  /** Link-time addresses that the calls return to; absent for an inlined copy. */
  readonly returnsTo?: readonly number[];
}

/** A mark of the program: an SDT probe. */
export interface MarkSite extends ProbeSite {
  readonly provider: string;
  readonly mark: string;
  /** `$arg1`…; undefined where the note says something that is not understood. */
  readonly arguments: readonly (VariablePlan | undefined)[];
  /** The counter of tracers that the program looks at. */
  readonly semaphore?: { readonly address: number; readonly fileOffset: number };
}

export interface PltSite extends ProbeSite {
  /** The function that the entry stands for; `function` is empty. */
  readonly symbol: string;
}

export type AccessStep =
  | { readonly kind: "member"; readonly name: string }
  /** `value` when the script wrote a literal, else dynamic argument number `argument`. */
  | { readonly kind: "element"; readonly value?: number; readonly argument?: number };

/** What is written around a variable or a value. */
export interface Access {
  readonly steps: readonly AccessStep[];
  readonly addressOf: boolean;
  /** As the script wrote it. */
  readonly text: string;
}

export interface VariableAccess extends Access {
  /** Without the dollar; `return` is the return value. */
  readonly name: string;
}

/** The type of a long value, as a module numbers it; only that module can read the number. */
export type TypeRef = number;

/** What an access begins at. */
export type AccessRoot =
  /** `$name` at a site; `return` is the return value. */
  | { readonly kind: "variable"; readonly site: ProbeSite; readonly name: string }
  /** `@var("name@file")`; without `site` the plan finds the module in the process by itself. */
  | { readonly kind: "global"; readonly name: string; readonly file?: string; readonly site?: ProbeSite }
  /** A value of a known type, which is dynamic argument 0 of the plan: casts. */
  | { readonly kind: "value"; readonly type: TypeRef };

export interface AccessAnswer {
  readonly kind: "access";
  readonly plan: VariablePlan;
  /** Of the value that the plan gives; undefined where the debuginfo has no name for it. */
  readonly type: TypeRef | undefined;
}

export interface PrettyAnswer {
  readonly kind: "pretty";
  readonly plan: PrettyPlan;
}

export interface EnumeratorValue {
  readonly name: string;
  /** Decimal text of a signed 64-bit integer. */
  readonly value: string;
}

export interface ModuleSymbols {
  readonly kind: "module";
  /** Canonical path as the target sees it. */
  readonly path: string;
  /** Hex digits of the build-id note; absent when there is none. */
  readonly buildId?: string;
  /** `riscv64`, `x86_64`: the name of the `Arch`. */
  readonly arch: string;
  /** ET_DYN: a library or a position-independent program, whose addresses get a load bias. */
  readonly relocatable: boolean;
  readonly hasDebugInfo: boolean;
  /**
   * The places that `.function("PATTERN")` names: `name`, `name@file`, `name@file:line`; `*`, `?` and `[ ]` are
   * wildcards in name and file. With `forReturn` the address is the very entry, else after the prologue where
   * the parameters are only then in place (code compiled without optimisation). A copy cannot return.
   */
  functions(pattern: string, forReturn: boolean, copies?: Copies): readonly ProbeSite[] | SymbolFailure;
  /** As `functions`, of the function that has code at a link-time address. */
  functionAt(address: number, forReturn: boolean): ProbeSite | SymbolFailure;
  /** The labels that match a glob, of the functions that match a pattern. */
  labels(pattern: string, label: string): readonly LabelSite[] | SymbolFailure;
  /** What matches a function pattern of what functions call, and, with a depth, of what those call and so on. */
  callees(pattern: string, callee: string, depth: number): readonly CalleeSite[] | SymbolFailure;
  /** The marks that match a glob, of the providers that match another. */
  marks(provider: string, mark: string): readonly MarkSite[] | SymbolFailure;
  /** The entries of the procedure linkage table for the functions that match a glob. */
  plt(symbol: string): readonly PltSite[] | SymbolFailure;
  /** The libraries that the file asks for by name, its interpreter last, and the folders where it says they are. */
  readonly needed: { readonly names: readonly string[]; readonly folders: readonly string[] };
  /**
   * The places that `.statement("PATTERN")` names: `name@file:N`, `+N` from the line of the declaration, `:*`, `:N-M`
   * and lists of them. With `nearest` a line without code stands for the next one that has some.
   */
  statements(pattern: string, nearest: boolean): readonly ProbeSite[] | SymbolFailure;
  /** The statement that begins at a link-time address. */
  statementAt(address: number): ProbeSite | SymbolFailure;
  /** The plan of a variable at a site; for `return`, after the function returned to its caller. */
  variable(site: ProbeSite, access: VariableAccess): VariablePlan | SymbolFailure;
  /** The plan and the type of a variable or of a part of a value. */
  access(root: AccessRoot, access: Access): AccessAnswer | SymbolFailure;
  /** The same as text, for `$x$` and, with `deep`, `$x$$`. */
  pretty(root: AccessRoot, access: Access, deep: boolean): PrettyAnswer | SymbolFailure;
  /** The type of a value that is the address of a `struct x`, `union x`, `enum x`, typedef or base type. */
  castType(name: string): TypeRef | SymbolFailure;
  /** The value of an enumerator, decimal. */
  enumerator(name: string): string | undefined;
  /** All enumerators of an enum, or of what such a value points to; undefined for other types. */
  enumerators(type: TypeRef): readonly EnumeratorValue[] | undefined;
  /** Names of parameters and of locals in scope at a site, in order of declaration. */
  variables(site: ProbeSite): { readonly parameters: readonly string[]; readonly locals: readonly string[] };
  /** The type of a variable that can be read at a site, for people; `return` is the return value. */
  variableType(site: ProbeSite, name: string): string | undefined;
  /** Whether the function gives a value back (`$return` exists). */
  returnsValue(site: ProbeSite): boolean;
}
