/**
 * Pass "target-variables": plans for the `$variables` that are left in each probe.
 *
 * Runs after what nobody reads was dropped, so a variable that is not there may stand in code without effect.
 */

import { type TreeNode, walk } from "../../visit.ts";
import type { Compilation } from "../compilation.ts";
import { useTarget } from "../probes/variables.ts";

export function targetVariables(c: Compilation): void {
  for (const draft of c.drafts) {
    const written = new Set<TreeNode>();
    walk(draft.body, (n) => {
      // Writing has been refused by check-structure.
      if (n.kind === "assignment") written.add(n.target);
      if (n.kind !== "target" || written.has(n)) return;
      const use = useTarget(draft, n);
      if (use.kind !== "failure") draft.targets.set(n, use);
      else c.diagnostics.error(use.code, use.message, n.loc);
    });
  }
  for (const { item } of c.functions) {
    if (item.body.kind !== "block") continue;
    walk(item.body, (n) => {
      if (n.kind !== "target") return;
      c.diagnostics.error("sem-target-variable", `'${n.name}' in a function, which belongs to no probe point`, n.loc);
    });
  }
}
