/**
 * Assignments to `$variables` and their kin: what may be written.
 *
 * `checkWrite` says what can be said without debuginfo, for check-structure; `useForWriting` finds the place, for the
 * target-variables pass. Only `=` is there, only in -g scripts and the library, and what a return probe sees of the
 * entry of its function is a copy.
 */
import type { Expression } from "../ast.ts";
import type { Compilation } from "./compilation.ts";
import { failure, type Place, type TargetFailure } from "./probes/access.ts";
import { useTarget } from "./probes/variables.ts";
import type { TargetNode, TargetUse } from "./program.ts";

export type WrittenNode = Extract<Expression, { kind: "target" | "atvar" | "cast" | "autocast" }>;

export function isWritable(e: Expression): e is WrittenNode {
  return e.kind === "target" || e.kind === "atvar" || e.kind === "cast" || e.kind === "autocast";
}

/** `operator` is `=`, another assignment, `++`, `--` or `delete`. */
export function checkWrite(c: Compilation, target: WrittenNode, operator: string): void {
  const context = (message: string) => c.diagnostics.error("sem-context", message, target.loc);
  if (!mayWrite(c, target)) context("writing to a target variable needs -g");
  else if (operator !== "=") context(`only '=' writes to a target variable, not '${operator}'`);
  else if (target.addressOf) context("the address of a target variable cannot be written");
  else if (target.components.some((part) => part.kind === "pretty")) context("a value as text cannot be written");
  else if (target.kind === "target" && target.name.startsWith("$$")) context(`'${target.name}' cannot be written`);
}

/** -g, or the library. */
export function mayWrite(c: Compilation, { loc }: TargetNode): boolean {
  return c.options.guru || loc.source.role !== "user";
}

export function useForWriting(place: Place, n: TargetNode): TargetUse | TargetFailure {
  const scope = place.draft?.variables;
  // Giving a call its result before it runs means that it does not run.
  const isResult = n.kind === "target" && n.name === "$return" && n.components.length === 0;
  if (scope?.kind === "syscall" && isResult) return { kind: "syscall-return" };
  const use = useTarget(place, n);
  if (scope?.kind === "function" && scope.values && n.kind === "target" && n.name.startsWith("$arg")) {
    return failure("the arguments of a mark can only be read");
  }
  switch (use.kind) {
    case "plan":
    case "access": {
      const plans = use.kind === "plan" ? place.draft?.plans : place.c.plans;
      const plan = plans?.[use.plan];
      if (plan?.fetch.kind === "address")
        return failure(`'${plan.text}' is an array or a function and cannot be written`);
      if (plan?.base.kind === "constant") return failure(`'${plan.text}' is a constant and cannot be written`);
      return use;
    }
    case "saved":
      return failure("in a return probe this is the value at the entry of the function, which cannot be written");
    case "syscall":
    case "syscall-argument":
      return scope?.kind === "syscall" && scope.return
        ? failure("number and arguments of a system call can be changed only before it runs: without .return")
        : use;
    case "kernel":
      return failure("values of the kernel can only be read");
    case "failure":
      return use;
    default:
      return failure("this cannot be written");
  }
}
