/**
 * What `if (…)` behind a probe point may be: an expression over globals that changes nothing and calls nothing, so
 * that it can be looked at whenever a global changes.
 */
import type { Expression } from "../../ast.ts";
import { walk } from "../../visit.ts";
import type { Compilation } from "../compilation.ts";

/** Otherwise says so, once for each place. */
export function isPureCondition(c: Compilation, condition: Expression): boolean {
  let pure = true;
  const refuse = (message: string, at: { readonly loc: Expression["loc"] }): void => {
    pure = false;
    c.diagnostics.error("sem-context", `the condition of a probe point ${message}`, at.loc);
  };
  walk(condition, (n) => {
    switch (n.kind) {
      case "name":
        if (!c.scope.findGlobal(n.name, n.loc.source)) refuse(`sees only globals, and '${n.name}' is none`, n);
        break;
      case "assignment":
      case "increment":
        refuse("cannot change a variable", n);
        break;
      case "call":
        refuse(`cannot call a function, here '${n.name}'`, n);
        break;
      case "print":
        if (!n.name.startsWith("sprint")) refuse("cannot print", n);
        break;
      case "target":
      case "atvar":
      case "at":
        refuse("has no target variables", n);
        break;
      case "embedded":
        if (!/\/\*\s*(?:pure|stable)\s*\*\//.test(n.text)) refuse("cannot have code that may change something", n);
        break;
      default:
    }
  });
  return pure;
}
