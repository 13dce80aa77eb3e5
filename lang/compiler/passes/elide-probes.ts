/** Pass "elide-probes": probes whose handlers have nothing left to do are left out, with a warning; -u keeps them. */
import { printPoint } from "../../print.ts";
import type { Compilation } from "../compilation.ts";

export function elideProbes(c: Compilation): void {
  if (c.options.unoptimised) return;
  for (const draft of c.drafts) {
    if (draft.body.statements.length > 0) continue;
    const message = `probe '${printPoint(draft.written)}' has nothing to do and is left out`;
    c.diagnostics.warn("sem-elided-probe", message, draft.item.loc);
  }
  c.drafts = c.drafts.filter((draft) => draft.body.statements.length > 0);
}
