/**
 * Shapes of syntax that several parts of the verifier look for.
 */
import type { AnyNode } from "acorn";

/** What a name that the module declares stands for. */
export type ModuleName = "runtime" | "scalar" | "object" | "format" | "regex" | "function" | "handler" | "embedded";
export type ModuleNames = Map<string, ModuleName>;

/** `object.member`, written so. */
export function isMember(n: AnyNode, object: string, member: string): boolean {
  if (n.type !== "MemberExpression" || n.computed || n.optional) return false;
  return isName(n.object, object) && isName(n.property, member);
}

export function isName(n: AnyNode | null | undefined, name: string): boolean {
  return n?.type === "Identifier" && n.name === name;
}

/** A string, number or bigint, with its sign. */
export function isLiteralValue(n: AnyNode): boolean {
  if (n.type === "UnaryExpression" && n.operator === "-") return isNumeric(n.argument);
  return isNumeric(n) || (n.type === "Literal" && typeof n.value === "string");
}

/** An integer literal from `least` on. */
export function isInteger(n: AnyNode | undefined, least: number): boolean {
  return n?.type === "Literal" && Number.isSafeInteger(n.value) && Number(n.value) >= least;
}

function isNumeric(n: AnyNode): boolean {
  return n.type === "Literal" && (typeof n.value === "number" || typeof n.value === "bigint");
}
