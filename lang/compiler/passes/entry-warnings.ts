/**
 * A warning for each `$variable` of a return probe that means its value at the entry and does not say so.
 *
 * Called by the pass entry-values for the bodies of return probes and for the functions that were cloned for them,
 * before anything is dropped, as in the reference translator.
 */
import type { TargetVariable } from "../../ast.ts";
import { printExpression } from "../../print.ts";
import { type TreeNode, walk } from "../../visit.ts";
import type { Compilation } from "../compilation.ts";

/** `atReturn`: known only when the function returns. */
export function warnOfEntryValues(c: Compilation, body: TreeNode, atReturn: (n: TargetVariable) => boolean): void {
  const written = new Set<TreeNode>();
  walk(body, (n) => {
    if (n.kind === "assignment") written.add(n.target);
    if (n.kind === "at") return n.operator !== "@entry" && n.operator !== "@defined";
    if (n.kind !== "target" || atReturn(n) || written.has(n)) return true;
    if (n.loc.source.role !== "user") return true;
    const text = printExpression(n);
    c.diagnostics.warn("sem-warning", `'${text}' in a return probe is the value at the entry`, n.loc, {
      hints: [`Write @entry(${text}) to say so.`],
    });
    return true;
  });
}
