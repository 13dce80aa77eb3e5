/**
 * Pass "target-variables": how each target node that is left in a probe or in a function is read or written.
 *
 * Runs after what nobody reads was dropped, so a variable that is not there may stand in code without effect.
 */
import type { Block } from "../../ast.ts";
import { type TreeNode, walk } from "../../visit.ts";
import type { Compilation } from "../compilation.ts";
import type { Place } from "../probes/access.ts";
import { useTarget } from "../probes/variables.ts";
import { isTarget, type TargetNode, type TargetUse } from "../program.ts";
import { mayWrite, useForWriting } from "../target-writes.ts";
import { makePlace } from "../types/detail.ts";

export function targetVariables(c: Compilation): void {
  dropIdleEntries(c);
  for (const draft of c.drafts) find(makePlace(c, draft), draft.body, draft.targets);
  for (const symbol of c.functions) {
    const { body } = symbol.item;
    if (body.kind !== "block") continue;
    const draft = c.clones.get(symbol);
    find(makePlace(c, draft), body, draft?.targets ?? c.targets, draft && ` (in '${symbol.name}' for ${draft.point})`);
  }
}

function find(place: Place, body: Block, targets: Map<TargetNode, TargetUse>, where = ""): void {
  const written = new Set<TreeNode>();
  walk(body, (n) => {
    if (n.kind === "assignment") written.add(n.target);
    if (!isTarget(n)) return;
    // Has been refused by check-structure.
    if (written.has(n) && !mayWrite(place.c, n)) return;
    const use = written.has(n) ? useForWriting(place, n) : useTarget(place, n);
    if (use.kind !== "failure") {
      targets.set(n, use);
      if (written.has(n)) place.c.writesTarget = true;
    } else if (place.c.options.skipBadvars && !written.has(n) && use.code === "sem-target-variable")
      targets.set(n, nothing(place.c, n, use.message + where));
    else place.c.diagnostics.error(use.code, use.message + where, n.loc);
  });
}

/** --skip-badvars: what cannot be found is 0, or the empty string. */
function nothing(c: Compilation, n: TargetNode, message: string): TargetUse {
  c.diagnostics.warn("sem-target-variable", `${message}; 0 is taken for it`, n.loc);
  return isText(n) ? { kind: "pieces", pieces: [] } : { kind: "constant", value: 0 };
}

function isText(n: TargetNode): boolean {
  if (n.kind === "at") return false;
  return n.components.at(-1)?.kind === "pretty" || (n.kind === "target" && n.name.startsWith("$$"));
}

/** Entry probes whose return probe was dropped have nobody to keep values for. */
function dropIdleEntries(c: Compilation): void {
  const kept = new Set(c.drafts.flatMap((draft) => (draft.entry ? [draft.entry.draft] : [])));
  c.drafts = c.drafts.filter((draft) => draft.spec.kind !== "entry" || kept.has(draft));
}
