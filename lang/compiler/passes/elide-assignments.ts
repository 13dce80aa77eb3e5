/**
 * Optimisation "elide-assignments": `x = VALUE` becomes VALUE where nothing reads the local x.
 *
 * Only `=`: the other assignments and `++` read their variable. Globals stay, because one that is only written is
 * printed at the end. The variable of a `catch` that nobody reads goes too, which by itself asks for no other round.
 */
import type { Compilation } from "../compilation.ts";
import type { ProgramSymbol } from "../program.ts";
import { bodiesOf, replaceBodies } from "./bodies.ts";
import { variableUses } from "./effects.ts";
import { rewriteBody } from "./rewrite-body.ts";

export function elideAssignments(c: Compilation, round: number): boolean {
  const read = new Set<ProgramSymbol>();
  for (const { body } of bodiesOf(c)) {
    variableUses(c, body, (symbol, access) => {
      if (access !== "write") read.add(symbol);
    });
  }
  let dropped = false;
  replaceBodies(c, ({ body }) =>
    rewriteBody(c, body, (n) => {
      if (n.kind === "try" && n.variable) {
        const symbol = c.symbols.get(n.variable);
        if (symbol && (symbol.kind === "global" || read.has(symbol))) return n;
        const { variable: _unread, ...rest } = n;
        return rest;
      }
      if (n.kind !== "assignment" || n.operator !== "=" || n.target.kind !== "name") return n;
      const symbol = c.symbols.get(n.target);
      if (symbol?.kind !== "local" || read.has(symbol)) return n;
      dropped = true;
      if (round === 0 && n.loc.source.role === "user") {
        c.diagnostics.warn("sem-dead-assignment", `'${symbol.name}' is assigned and never read`, n.loc);
      }
      return n.value;
    }),
  );
  return dropped;
}
