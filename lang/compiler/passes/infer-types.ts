/** Pass "infer-types": the type of every expression, local, global, key and function. How is said in ../types/infer.ts. */
import type { Compilation } from "../compilation.ts";
import { infer, recordExpressions, recordSymbols } from "../types/infer.ts";

export function inferTypes(c: Compilation): void {
  if (c.diagnostics.items.some(({ code }) => code === "sem-type")) return;
  const { known, complaints } = infer(c);
  recordSymbols(c, known);
  recordExpressions(c, known);
  complaints.report(c.diagnostics, namesWrong(c));
}

/** Conflicts alone: called before code that cannot run is dropped, which may hold what has no type yet. */
export function checkTypes(c: Compilation): void {
  const { known, complaints } = infer(c);
  // what dropped code says of a type still counts
  recordSymbols(c, known);
  if (complaints.serious) complaints.report(c.diagnostics, namesWrong(c));
}

const NAME_ERRORS: ReadonlySet<string> = new Set(["sem-unresolved", "sem-unsupported", "sem-arity"]);

function namesWrong(c: Compilation): boolean {
  return c.diagnostics.items.some(({ code }) => NAME_ERRORS.has(code));
}
