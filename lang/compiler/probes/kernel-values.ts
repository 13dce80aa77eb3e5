/**
 * `$variables` of probes in the kernel: which there are, what they lead to, and whether that is a number or text.
 *
 * Called by `variables.ts`. Names, types and members are those of target/kernel-points.ts; the runtime gets the path that
 * was checked here. A structure by itself is a number, that of a task its tid; `char[]` is text. At the return of a
 * function its parameters are those it was called with.
 */
import { declaration, type KernelField, membersOf } from "../../../target/kernel-points.ts";
import type { Expression, TargetVariable } from "../../ast.ts";
import type { VariableScope } from "../compilation.ts";
import { failure, literalIndex, type TargetFailure } from "./access.ts";
import { shortName } from "./kernel.ts";

export type KernelUse =
  /** `c.kernelNumber(path, …dynamic)` or `c.kernelText(…)`. */
  | { readonly kind: "kernel"; readonly path: string; readonly text: boolean; readonly dynamic: readonly Expression[] }
  /** `c.kernelPretty(path, type, deep, …dynamic)` */
  | {
      readonly kind: "kernel-pretty";
      readonly path: string;
      readonly type: string;
      readonly deep: boolean;
      readonly dynamic: readonly Expression[];
    }
  /** `c.kernelVariables(declaration, pretty)` */
  | { readonly kind: "kernel-variables"; readonly declaration: string; readonly pretty: 0 | 1 | 2 }
  /** Known now. */
  | { readonly kind: "text"; readonly text: string };

type KernelScope = VariableScope & { readonly kind: "kernel" };

export function findKernelValue(scope: KernelScope, n: TargetVariable): KernelUse | TargetFailure {
  if (n.addressOf) return failure(`'${n.name}': what the kernel model has in its structures has no address`);
  if (n.name.startsWith("$$")) return findWhole(scope, n);
  const root = n.name.slice(1);
  const variables = kernelVariables(scope);
  const variable = variables.find(({ name }) => name === root);
  return variable ? follow(variable, n) : failure(noVariable(scope, n, variables));
}

/** Those of listings: parameters first, then what only the format of an event has, or what is known at a return. */
export function kernelVariables({ point, return: isReturn }: KernelScope): readonly KernelField[] {
  const { parameters, fields, results, result } = point;
  const others = fields.filter(({ name }) => !parameters.some((parameter) => parameter.name === name));
  if (!isReturn) return [...parameters, ...others];
  return [...resultOf(result), ...parameters, ...results];
}

/** What a return probe reads when the function returns; all else is from its entry. */
export function isResult({ point }: KernelScope, n: TargetVariable): boolean {
  const root = n.name.slice(1);
  return root === "return" || root === "$return" || point.results.some(({ name }) => name === root);
}

/** As C has it: `struct task_struct*`, `long unsigned int`. */
export function typeText(type: string): string {
  if (type.endsWith("*")) return `struct ${type}`;
  const [scalar = "", array = ""] = type.split(/(?=\[)/);
  return (scalars[scalar] ?? scalar) + array;
}

const scalars: { readonly [type: string]: string } = {
  uint: "unsigned int",
  long: "long int",
  ulong: "long unsigned int",
};

function resultOf(result: string | undefined): readonly KernelField[] {
  return result === undefined || result === "void" ? [] : declaration(`${result} return`);
}

function noVariable(scope: KernelScope, { name }: TargetVariable, variables: readonly KernelField[]): string {
  if (name === "$return") {
    return scope.return
      ? `'${scope.point.name}' returns nothing, so there is no $return`
      : "'$return' is known only in a .return probe";
  }
  const late = scope.point.results.some((field) => field.name === name.slice(1));
  if (late) return `'${name}' is known only when the function returns: in a .return probe`;
  return `no '${name}' at ${scope.point.name}${alternatives(variables.map((field) => `$${field.name}`))}`;
}

function follow(variable: KernelField, n: TargetVariable): KernelUse | TargetFailure {
  let { type } = variable;
  let path = variable.name;
  const dynamic: Expression[] = [];
  for (const component of n.components) {
    switch (component.kind) {
      case "member": {
        if (!type.endsWith("*")) return failure(`'$${path}' is no structure and has no member '${component.name}'`);
        const structure = type.slice(0, -1);
        const members = membersOf(structure);
        const member = members.find(({ name }) => name === component.name);
        if (!member) {
          const names = members.map(({ name }) => name);
          return failure(`no member '${component.name}' in ${structure}${alternatives(names)}`);
        }
        path += `->${member.name}`;
        type = member.type;
        break;
      }
      case "element": {
        if (!type.endsWith("[]")) return failure(`'$${path}' is no array`);
        const index = literalIndex(component.index);
        if (index === undefined) dynamic.push(component.index);
        path += `[${index ?? ""}]`;
        type = type.slice(0, -"[]".length);
        break;
      }
      case "pretty":
        return { kind: "kernel-pretty", path, type, deep: component.deep, dynamic };
    }
  }
  if (type.endsWith("[]") && type !== "char[]") return failure(`'$${path}' is an array: write $${path}[N]`);
  return { kind: "kernel", path, text: type === "char[]", dynamic };
}

/** `$$name` and its kin. */
function findWhole(scope: KernelScope, n: TargetVariable): KernelUse | TargetFailure {
  const [pretty, ...more] = n.components;
  if ((pretty && pretty.kind !== "pretty") || more.length > 0)
    return failure(`'${n.name}' is a string and has no parts`);
  const { point } = scope;
  const of = (fields: readonly KernelField[]): KernelUse => ({
    kind: "kernel-variables",
    declaration: fields.map(({ type, name }) => `${type} ${name}`).join(", "),
    pretty: pretty === undefined ? 0 : pretty.deep ? 2 : 1,
  });
  const isEvent = point.name.includes(":");
  switch (n.name) {
    case "$$parms":
      return of(point.parameters);
    case "$$vars":
      return of(kernelVariables(scope).filter(({ name }) => name !== "return"));
    case "$$locals":
      return { kind: "text", text: "" };
    case "$$return":
      if (scope.return) return of(resultOf(point.result));
      break;
    case "$$name":
      if (isEvent && !pretty) return { kind: "text", text: shortName(point) };
      break;
    case "$$system":
      if (isEvent && !pretty) return { kind: "text", text: point.name.slice(0, point.name.indexOf(":")) };
      break;
    default:
  }
  const there = [
    "$$parms",
    "$$vars",
    ...(scope.return ? ["$$return"] : []),
    ...(isEvent ? ["$$name", "$$system"] : []),
  ];
  return failure(`no '${n.name}' at ${point.name} (there are ${there.join(", ")})`);
}

function alternatives(names: readonly string[]): string {
  return names.length > 0 ? ` (alternatives: ${names.join(", ")})` : "";
}
