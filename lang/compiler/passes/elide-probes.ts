/**
 * Pass "elide-probes": probes whose handlers have nothing left to do are left out, with a warning; -u and -t keep them.
 * One with a condition stays, as in the reference.
 */
import { printPoint } from "../../print.ts";
import type { Compilation, ProbeDraft } from "../compilation.ts";

export function elideProbes(c: Compilation): void {
  if (c.options.unoptimised || c.options.keepsIdleProbes) return;
  for (const draft of c.drafts) {
    if (!isIdle(draft)) continue;
    const message = `probe '${printPoint(draft.written)}' has nothing to do and is left out`;
    // A probe made by an alias stands where its point is written, another at its keyword.
    const loc = draft.name === draft.point ? draft.item.loc : draft.written.loc;
    c.diagnostics.warn("sem-elided-probe", message, loc);
  }
  c.drafts = c.drafts.filter((draft) => !isIdle(draft));
}

function isIdle({ body, condition }: ProbeDraft): boolean {
  return body.statements.length === 0 && !condition;
}
