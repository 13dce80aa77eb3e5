/**
 * What a `$variable` is at a probe: the language's rules over what `debuginfo/` answers.
 *
 * `findTarget` only asks; `useTarget` also adds the plans to the draft. In a `.return` probe everything but
 * `$return` is the value at the entry of the function.
 */

import type { VariablePlan } from "../../../abi/plan.ts";
import type { AccessStep, SymbolFailure } from "../../../abi/symbol-source.ts";
import type { DiagnosticCode } from "../../../base/catalogue.ts";
import { notThereYet } from "../../../base/diagnostics.ts";
import type { Expression, TargetVariable } from "../../ast.ts";
import type { ProbeDraft, VariableScope } from "../compilation.ts";
import type { TargetUse } from "../program.ts";

export interface TargetFailure {
  readonly kind: "failure";
  readonly code: DiagnosticCode;
  readonly message: string;
}

/** Where a variable is found, before its plans have numbers. */
type Found =
  | {
      readonly kind: "plan";
      readonly plan: VariablePlan;
      readonly dynamic: readonly Expression[];
      readonly entry: boolean;
    }
  | { readonly kind: "pieces"; readonly pieces: readonly Piece[] }
  | { readonly kind: "syscall" | "syscall-return" }
  | { readonly kind: "syscall-argument"; readonly n: number };

interface Piece {
  readonly name: string;
  readonly plan: VariablePlan | undefined;
  readonly entry: boolean;
}

export function findTarget(draft: ProbeDraft, n: TargetVariable): Found | TargetFailure {
  const scope = draft.variables;
  if (n.components.some((component) => component.kind === "pretty")) {
    return failure(notThereYet(`pretty printing of '${n.name}'`), "sem-unsupported");
  }
  if (scope.kind === "none") return failure(`'${n.name}': this probe point has no $variables`);
  return scope.kind === "syscall" ? findSyscall(scope, n) : findInFunction(scope, n);
}

export function useTarget(draft: ProbeDraft, n: TargetVariable): TargetUse | TargetFailure {
  const found = findTarget(draft, n);
  switch (found.kind) {
    case "plan":
      return found.entry
        ? { kind: "saved", entry: addEntry(draft, found.plan) }
        : { kind: "plan", plan: addPlan(draft, found.plan), dynamic: found.dynamic };
    case "pieces":
      return { kind: "pieces", pieces: found.pieces.map((piece) => usePiece(draft, piece)) };
    default:
      return found;
  }
}

const SYSCALL_ARGUMENTS = 6;

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

type FunctionScope = VariableScope & { kind: "function" };

function findInFunction(scope: FunctionScope, n: TargetVariable): Found | TargetFailure {
  if (n.name.startsWith("$$")) return findPieces(scope, n);
  const steps: AccessStep[] = [];
  const dynamic: Expression[] = [];
  for (const component of n.components) {
    if (component.kind === "member") steps.push({ kind: "member", name: component.name });
    if (component.kind !== "element") continue;
    const literal = literalIndex(component.index);
    if (literal !== undefined) steps.push({ kind: "element", value: literal });
    else {
      steps.push({ kind: "element", argument: dynamic.length });
      dynamic.push(component.index);
    }
  }
  const name = n.name.slice(1);
  const entry = scope.return && name !== "return";
  if (name === "return" && !scope.return) return failure("'$return' is known only in a .return probe");
  if (name === "return" && !scope.module.returnsValue(scope.site)) {
    return failure(`function '${scope.site.function}' returns nothing, so there is no $return`);
  }
  if (entry && dynamic.length > 0) {
    return failure(notThereYet(`computed index in '${n.name}' of a .return probe`), "sem-unsupported");
  }
  const text = accessText(n);
  const plan = scope.module.variable(scope.site, { name, steps, addressOf: n.addressOf, text });
  if ("kind" in plan) return failure(plan.message + alternativesText(plan));
  return { kind: "plan", plan, dynamic, entry };
}

function findPieces(scope: FunctionScope, n: TargetVariable): Found | TargetFailure {
  if (n.components.length > 0 || n.addressOf) return failure(`'${n.name}' is a string and has no parts`);
  const { parameters, locals } = scope.module.variables(scope.site);
  const names =
    n.name === "$$vars"
      ? [...parameters, ...locals]
      : n.name === "$$parms"
        ? parameters
        : n.name === "$$locals"
          ? locals
          : n.name === "$$return"
            ? scope.return && scope.module.returnsValue(scope.site)
              ? ["return"]
              : []
            : undefined;
  if (!names) return failure(`no '${n.name}' here (there are $$vars, $$parms, $$locals, $$return)`);
  const pieces = names.map((name): Piece => {
    const plan = scope.module.variable(scope.site, { name, steps: [], addressOf: false, text: `$${name}` });
    return { name, plan: "kind" in plan ? undefined : plan, entry: scope.return && name !== "return" };
  });
  return { kind: "pieces", pieces };
}

function usePiece(draft: ProbeDraft, piece: Piece): { readonly name: string; plan?: number; entry?: number } {
  if (!piece.plan) return { name: piece.name };
  return piece.entry
    ? { name: piece.name, entry: addEntry(draft, piece.plan) }
    : { name: piece.name, plan: addPlan(draft, piece.plan) };
}

function addPlan(draft: ProbeDraft, plan: VariablePlan): number {
  const text = JSON.stringify(plan);
  const known = draft.plans.findIndex((other) => JSON.stringify(other) === text);
  return known >= 0 ? known : draft.plans.push(plan) - 1;
}

function addEntry(draft: ProbeDraft, plan: VariablePlan): number {
  const number = addPlan(draft, plan);
  const known = draft.entryPlans.indexOf(number);
  return known >= 0 ? known : draft.entryPlans.push(number) - 1;
}

function literalIndex(e: Expression): number | undefined {
  if (e.kind === "number" && typeof e.value === "number") return e.value;
  if (e.kind === "unary" && e.operator === "-" && e.operand.kind === "number" && typeof e.operand.value === "number") {
    return 0 - e.operand.value;
  }
  return undefined;
}

function accessText(n: TargetVariable): string {
  let text = (n.addressOf ? "&" : "") + n.name;
  for (const component of n.components) {
    if (component.kind === "member") text += `->${component.name}`;
    if (component.kind === "element") text += `[${literalIndex(component.index) ?? "…"}]`;
  }
  return text;
}

function alternativesText(failed: SymbolFailure): string {
  const names = failed.alternatives ?? [];
  return names.length > 0 ? ` (alternatives: ${names.join(", ")})` : "";
}

function failure(message: string, code: DiagnosticCode = "sem-target-variable"): TargetFailure {
  return { kind: "failure", code, message };
}
