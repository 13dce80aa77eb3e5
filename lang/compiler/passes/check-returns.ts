/** Pass "check-returns": a function that gives a value back does so wherever it returns. */
import { walk } from "../../visit.ts";
import type { Compilation } from "../compilation.ts";
import { bodiesOf } from "./bodies.ts";

export function checkReturns(c: Compilation): void {
  for (const { body, function: symbol } of bodiesOf(c)) {
    if (!symbol || symbol.returns === "void") continue;
    walk(body, (n) => {
      if (n.kind !== "return" || n.value) return;
      c.diagnostics.error("sem-type", `function '${symbol.name}' is ${symbol.returns}; 'return' needs a value`, n.loc);
    });
  }
}
