/**
 * How a target node is read at its place: the language's rules over what `debuginfo/` answers.
 *
 * `findTarget` only asks; `useTarget` also adds plans and tables to the draft and the compilation. In a `.return`
 * probe everything but `$return` and global variables is the value at the entry of the function.
 */
import type { PrettyPlan, VariablePlan } from "../../../abi/plan.ts";
import type { TargetVariable } from "../../ast.ts";
import type { Compilation, ProbeDraft, VariableScope } from "../compilation.ts";
import type { TargetNode, TargetUse } from "../program.ts";
import {
  entrySite,
  failure,
  type Located,
  type LocatedText,
  locateAtVar,
  locateAutoCast,
  locateCast,
  locateVariable,
  type Place,
  type TargetFailure,
} from "./access.ts";
import { findKernelValue, type KernelUse } from "./kernel-values.ts";
import { findOperation, type OperationUse } from "./operations.ts";

/** Where a node is found, before its plans have numbers. */
export type Found =
  | Located
  | LocatedText
  | OperationUse
  | KernelUse
  | { readonly kind: "pieces"; readonly pieces: readonly Piece[] }
  | { readonly kind: "syscall" | "syscall-return" }
  | { readonly kind: "syscall-argument"; readonly n: number }
  | { readonly kind: "procfs"; readonly access: "read" | "write" };

interface Piece {
  readonly name: string;
  readonly plan: VariablePlan | undefined;
  readonly entry: boolean;
  /** Instead of a plan, when text is wanted. */
  readonly pretty?: PrettyPlan;
}

export function findTarget(place: Place, n: TargetNode): Found | TargetFailure {
  if (n.kind === "at") return findOperation(place, n);
  switch (n.kind) {
    case "target":
      return findVariable(place, n);
    case "atvar":
      return locateAtVar(place, n);
    case "cast":
      return locateCast(place, n);
    case "autocast":
      return locateAutoCast(place, n);
  }
}

export function useTarget(place: Place, n: TargetNode): TargetUse | TargetFailure {
  const { c, draft } = place;
  const found = findTarget(place, n);
  switch (found.kind) {
    case "located": {
      const { answer, dynamic } = found;
      if (found.of === "anywhere" || !draft) return { kind: "access", plan: addPlan(c.plans, answer.plan), dynamic };
      return found.of === "entry"
        ? { kind: "saved", entry: addEntry(draft, answer.plan) }
        : { kind: "plan", plan: addPlan(draft.plans, answer.plan), dynamic };
    }
    case "pretty":
      return { kind: "pretty", plan: addPlan(c.pretty, found.plan), dynamic: found.dynamic };
    case "operation":
      return { kind: "access", plan: addPlan(c.plans, found.plan), dynamic: found.dynamic };
    case "enum-table": {
      const text = JSON.stringify(found.table);
      const known = c.enums.findIndex((other) => JSON.stringify(other) === text);
      return { kind: "enum-name", table: known >= 0 ? known : c.enums.push(found.table) - 1, value: found.value };
    }
    case "pieces":
      return { kind: "pieces", pieces: found.pieces.map((piece) => usePiece(c, draft, piece)) };
    case "procfs":
      return failure(`'$value' can only be ${found.access === "write" ? "read" : "written"} in this procfs probe`);
    default:
      return found;
  }
}

const SYSCALL_ARGUMENTS = 6;

function findVariable({ draft }: Place, n: TargetVariable): Found | TargetFailure {
  if (!draft) return failure(`'${n.name}' in a function that no probe calls`);
  const scope = draft.variables;
  if (scope.kind === "none") return failure(`'${n.name}': this probe point has no $variables`);
  if (scope.kind === "syscall") return findSyscall(scope, n);
  if (scope.kind === "procfs") return findProcfs(scope, n);
  if (scope.kind === "kernel") return findKernelValue(scope, n);
  const argument = scope.values && findArgument(scope, n);
  if (argument) return argument;
  return n.name.startsWith("$$") ? findPieces(scope, n) : locateVariable(scope, n);
}

/** `$argN` of a mark; undefined where a variable of the program is meant. */
function findArgument(
  scope: VariableScope & { kind: "function" },
  n: TargetVariable,
): Found | TargetFailure | undefined {
  const args = scope.values?.arguments ?? [];
  const isText = n.name === "$$parms" || n.name === "$$vars";
  const index = Number(/^\$arg([1-9]\d*)$/.exec(n.name)?.[1] ?? 0) - 1;
  if (isText ? args.length === 0 : !(index in args)) return undefined;
  if (n.components.length > 0) return failure(`'${n.name}' of a mark has no parts; use @cast`);
  if (n.addressOf) return failure(`'${n.name}' of a mark has no address`);
  const plan = args[index];
  if (!plan) return failure(`the note of the mark says of '${n.name}' what is not understood`);
  const answer = { kind: "access", plan, type: undefined } as const;
  return { kind: "located", module: scope.module, answer, dynamic: [], of: "site" };
}

/** The right uses of `$value` are calls by now; `@defined` may still ask. */
function findProcfs({ access }: VariableScope & { kind: "procfs" }, n: TargetVariable): Found | TargetFailure {
  if (n.name !== "$value") return failure(`no '${n.name}' in a procfs probe (there is $value)`);
  if (n.components.length > 0) return failure("'$value' of a procfs probe is a string and has no parts");
  if (n.addressOf) return failure("'$value' of a procfs probe has no address");
  return { kind: "procfs", access };
}

function findSyscall(scope: VariableScope & { kind: "syscall" }, n: TargetVariable): Found | TargetFailure {
  const argument = /^\$arg([0-9]+)$/.exec(n.name);
  const known = argument !== null || n.name === "$syscall" || n.name === "$return";
  if (!known) return failure(`no '${n.name}' in a syscall probe (there are $syscall, $arg1…$arg6, $return)`);
  if (n.components.length > 0) return failure(`'${n.name}' of a syscall probe is a number and has no parts`);
  if (n.addressOf) return failure(`'${n.name}' of a syscall probe has no address`);
  if (argument) {
    const number = Number(argument[1]);
    if (number < 1 || number > SYSCALL_ARGUMENTS) return failure(`'${n.name}': a system call has arguments 1 to 6`);
    return { kind: "syscall-argument", n: number };
  }
  if (n.name === "$syscall") return { kind: "syscall" };
  return scope.return ? { kind: "syscall-return" } : failure("'$return' is known only in process.syscall.return");
}

function findPieces(scope: VariableScope & { kind: "function" }, n: TargetVariable): Found | TargetFailure {
  const [pretty, ...more] = n.components;
  if ((pretty && pretty.kind !== "pretty") || more.length > 0 || n.addressOf)
    return failure(`'${n.name}' is a string and has no parts`);
  const { parameters, locals } = scope.module.variables(scope.site);
  const names =
    n.name === "$$vars"
      ? [...parameters, ...locals]
      : n.name === "$$parms"
        ? parameters
        : n.name === "$$locals"
          ? locals
          : n.name === "$$return" && scope.return
            ? scope.module.returnsValue(scope.site)
              ? ["return"]
              : []
            : undefined;
  if (!names) return failure(`no '${n.name}' here (there are $$vars, $$parms, $$locals, $$return)`);
  const pieces = names.map((name): Piece => {
    if (pretty) return prettyPiece(scope, name, pretty.deep);
    const entry = scope.return && name !== "return";
    const site = entry ? entrySite(scope.site) : scope.site;
    const plan = scope.module.variable(site, { name, steps: [], addressOf: false, text: `$${name}` });
    return { name, plan: "kind" in plan ? undefined : plan, entry };
  });
  return { kind: "pieces", pieces };
}

/** What cannot be found or printed is `=?`. */
function prettyPiece(scope: VariableScope & { kind: "function" }, name: string, deep: boolean): Piece {
  const access = { steps: [], addressOf: false, text: `$${name}` };
  const found = scope.module.pretty({ kind: "variable", site: scope.site, name }, access, deep);
  return { name, plan: undefined, entry: false, ...(found.kind === "pretty" && { pretty: found.plan }) };
}

function usePiece(
  c: Compilation,
  draft: ProbeDraft | undefined,
  piece: Piece,
): { readonly name: string; plan?: number; entry?: number; pretty?: number } {
  if (piece.pretty) return { name: piece.name, pretty: addPlan(c.pretty, piece.pretty) };
  if (!piece.plan || !draft) return { name: piece.name };
  return piece.entry
    ? { name: piece.name, entry: addEntry(draft, piece.plan) }
    : { name: piece.name, plan: addPlan(draft.plans, piece.plan) };
}

function addPlan<T>(plans: T[], plan: T): number {
  const text = JSON.stringify(plan);
  const known = plans.findIndex((other) => JSON.stringify(other) === text);
  return known >= 0 ? known : plans.push(plan) - 1;
}

function addEntry(draft: ProbeDraft, plan: VariablePlan): number {
  const number = addPlan(draft.plans, plan);
  const known = draft.entryPlans.indexOf(number);
  return known >= 0 ? known : draft.entryPlans.push(number) - 1;
}
