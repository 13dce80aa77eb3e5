/**
 * What only a module of a script with -g may do: write to the traced program, or reach this machine.
 *
 * Called by `verify.ts` after the structure was found right, which means that the members below can stand only where
 * they are called; so it is enough to look for their names. Embedded code is not looked at.
 */
import type { AnyNode, Program } from "acorn";
import { guruBuiltins } from "../../../abi/builtins.ts";
import { guruMembers } from "../../../abi/contract.ts";
import { require } from "./offence.ts";
import { isMember, isName } from "./shapes.ts";

export function checkPrivileges({ body: [, instantiate] }: Program): void {
  if (instantiate) look(instantiate);
}

function look(n: AnyNode): void {
  if (n.type === "MemberExpression" && n.property.type === "Identifier") {
    const { name } = n.property;
    const privileged =
      (isMember(n.object, "rt", "fn") && guruBuiltins.has(name)) || (isName(n.object, "c") && guruMembers.has(name));
    require(!privileged, n.property, `${name} needs -g`);
  }
  for (const child of Object.values(n)) {
    for (const item of Array.isArray(child) ? child : [child]) if (isNode(item)) look(item);
  }
}

function isNode(value: unknown): value is AnyNode {
  return typeof value === "object" && value !== null && typeof (value as { type?: unknown }).type === "string";
}
