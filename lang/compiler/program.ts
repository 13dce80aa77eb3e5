/**
 * The typed program: what pass 2 makes of the trees and pass 3 turns into JavaScript.
 *
 * Made by `passes/*` (each adds what its name says), read by `emit/*` and by the `-p2` printer. Trees are never
 * changed: what is known about a node stands in a side table keyed by the node. After `infer-types`:
 *
 *  1. every `Name`, `Index.array`, `Call` has a symbol in `symbols`;
 *  2. every expression has a type in `types`, none of them "unknown";
 *  3. every target node of a probe, and of a function cloned for it, has an entry in that probe's `targets`, that of
 *     any other function in the program's;
 *  4. indexes of globals, functions and probes are final and dense.
 */
import type { EnumTable, ResolvedProbe, StatSpec } from "../../abi/manifest.ts";
import type { PrettyPlan, VariablePlan } from "../../abi/plan.ts";
import type { Prototype, ScalarType, ValueType } from "../../abi/values.ts";
import type { Long } from "../../base/int64.ts";
import type { ScriptLimit } from "../../base/limits.ts";
import type { Loc, Source } from "../../base/source.ts";
import type {
  AtOperation,
  AtVar,
  AutoCast,
  Block,
  Cast,
  Expression,
  FunctionItem,
  GlobalItem,
  HistogramOperation,
  Name,
  ProbeItem,
  TargetVariable,
} from "../ast.ts";
import type { TreeNode } from "../visit.ts";
import type { VariableScope } from "./compilation.ts";
import type { ReadyCode } from "./embedded/check.ts";
import type { KernelUse } from "./probes/kernel-values.ts";

/** The type of an expression; `void` is a call whose function gives nothing back. */
export type ExpressionType = ValueType | "void" | "unknown";

export interface GlobalSymbol {
  readonly kind: "global";
  readonly name: string;
  readonly item: GlobalItem;
  /** Position in `Program.globals` and in the manifest. */
  index: number;
  type: ValueType | "unknown";
  /** Types of the keys; empty for a scalar. */
  keys: (ScalarType | "unknown")[];
  /** Its uses do not agree on the number of keys, which has been told. */
  misused?: boolean;
  stat?: StatSpec;
  /** What it holds is a pointer, says the debuginfo: printed in hexadecimal by itself. */
  pointer?: boolean;
  /** Made by the compiler for a value that an `@entry` keeps; never printed by itself. */
  readonly synthetic?: boolean;
  read: boolean;
  written: boolean;
}

export interface LocalSymbol {
  readonly kind: "local";
  readonly name: string;
  /** Where it is first mentioned, or declared as a parameter. */
  readonly loc: Loc;
  type: ScalarType | "unknown";
}

export interface FunctionSymbol {
  readonly kind: "function";
  readonly name: string;
  readonly item: FunctionItem;
  readonly parameters: readonly LocalSymbol[];
  /** Without the parameters, in order of first use. */
  readonly locals: LocalSymbol[];
  returns: ScalarType | "void" | "unknown";
  /** Calls itself, directly or not: its depth is checked at run time. */
  recursive: boolean;
  /** Number among the functions of its name, those of the library first: the order of -p2 and of equal priorities. */
  overload: number;
  /** The targets of the probe that a clone was made for. */
  readonly targets?: ReadonlyMap<TargetNode, TargetUse>;
  /** What `next` in it moves on to; the calls of a name and arity stand for its first candidate. See `candidates`. */
  next?: FunctionSymbol | BuiltinSymbol;
}

/** A function and those that `next` can come to after it, in order: all that a call may run. */
export function candidates(symbol: FunctionSymbol | BuiltinSymbol): readonly (FunctionSymbol | BuiltinSymbol)[] {
  const all: (FunctionSymbol | BuiltinSymbol)[] = [];
  for (let at: typeof symbol | undefined = symbol; at; at = at.kind === "function" ? at.next : undefined) all.push(at);
  return all;
}

export interface BuiltinSymbol {
  readonly kind: "builtin";
  readonly name: string;
  readonly prototype: Prototype;
}

export type ProgramSymbol = GlobalSymbol | LocalSymbol | FunctionSymbol | BuiltinSymbol;

/** What is read from the target, or from its debuginfo, rather than from the script. */
export type TargetNode = TargetVariable | AtVar | Cast | AutoCast | AtOperation;

export function isTarget(n: TreeNode): n is TargetNode {
  return n.kind === "target" || n.kind === "atvar" || n.kind === "cast" || n.kind === "autocast" || n.kind === "at";
}

/** How such a node is read in one probe. */
export type TargetUse =
  /** `c.target(plan, …dynamic)`: plan is a position in the probe's `plans`. */
  | { readonly kind: "plan"; readonly plan: number; readonly dynamic: readonly Expression[] }
  /** `c.saved(i)`: i is a position in the probe's `entryPlans`. */
  | { readonly kind: "saved"; readonly entry: number }
  /** `c.access(plan, …dynamic)`: plan is a position in the program's `plans`, which depend on no probe. */
  | { readonly kind: "access"; readonly plan: number; readonly dynamic: readonly Expression[] }
  /** `c.pretty(plan, …dynamic)`: plan is a position in the program's `pretty`. */
  | { readonly kind: "pretty"; readonly plan: number; readonly dynamic: readonly Expression[] }
  /** Known now: `@enum`, `@const`. */
  | { readonly kind: "constant"; readonly value: Long }
  /** `c.enumName(table, value)`: table is a position in the program's `enums`. */
  | { readonly kind: "enum-name"; readonly table: number; readonly value: Expression }
  /** The value of the expression itself: `@entry($x)` in a return probe. */
  | { readonly kind: "same"; readonly value: Expression }
  | KernelUse
  | { readonly kind: "syscall" }
  | { readonly kind: "syscall-argument"; readonly n: number }
  | { readonly kind: "syscall-return" }
  /** `$$vars`, `$$parms`, `$$locals`, `$$return`: pieces joined with blanks; `plan` or `entry` absent prints `=?`. */
  | {
      readonly kind: "pieces";
      readonly pieces: readonly {
        readonly name: string;
        readonly plan?: number;
        readonly entry?: number;
        readonly pretty?: number;
      }[];
    };

export interface DerivedProbe {
  /** Position in the manifest. */
  readonly index: number;
  readonly resolved: ResolvedProbe;
  /** What -p2 prints: the point with its `?` or `!`, and the chain of aliases it comes from. */
  readonly printed: string;
  readonly origin: string;
  /** What listings print, where that is neither the alias nor `printed`. */
  readonly listed?: string;
  /** The probe it comes from; several derived probes can share one. */
  readonly item: ProbeItem;
  /** What `$variables` mean there. */
  readonly variables: VariableScope;
  readonly body: Block;
  /** In order of first use. */
  readonly locals: readonly LocalSymbol[];
  readonly targets: ReadonlyMap<TargetNode, TargetUse>;
  /** Of a return probe: the probe that runs at the entry, and the globals whose values it leaves. */
  readonly entry?: { readonly probe: number; readonly globals: readonly GlobalSymbol[] };
}

export interface Program {
  /** Name of the main script, for messages. */
  readonly script: string;
  readonly globals: readonly GlobalSymbol[];
  readonly functions: readonly FunctionSymbol[];
  /** Builtins that are called, sorted by name. */
  readonly builtins: readonly BuiltinSymbol[];
  readonly probes: readonly DerivedProbe[];
  readonly symbols: ReadonlyMap<Name | Expression, ProgramSymbol>;
  readonly types: ReadonlyMap<Expression, ExpressionType>;
  /** Position of a histogram in its global's StatSpec. */
  readonly histograms: ReadonlyMap<HistogramOperation, number>;
  /** Target nodes in functions that belong to no probe. */
  readonly targets: ReadonlyMap<TargetNode, TargetUse>;
  readonly plans: readonly VariablePlan[];
  /** Values as text. */
  readonly pretty: readonly PrettyPlan[];
  readonly enums: readonly EnumTable[];
  readonly limits: { readonly [name in ScriptLimit]?: number };
  /** -u: everything is emitted as it is written. */
  readonly unoptimised: boolean;
  /** All embedded code, by its place. */
  readonly embedded: ReadonlyMap<Loc, ReadyCode>;
  /** The global that a file knows under a name. */
  findGlobal(name: string, from: Source): GlobalSymbol | undefined;
}

/** What pass 3 gives: an ES module and its source map (JSON text). */
export interface EmittedModule {
  readonly code: string;
  readonly map: string;
}
