/** Optimisation "elide-unreachable": drops the statements of a block behind `next`, `return`, `break` and `continue`. */
import type { Statement } from "../../ast.ts";
import type { Compilation } from "../compilation.ts";
import { replaceBodies } from "./bodies.ts";
import { rewriteBody } from "./rewrite-body.ts";

const leaving: ReadonlySet<Statement["kind"]> = new Set(["next", "return", "break", "continue"]);

export function elideUnreachable(c: Compilation): boolean {
  let dropped = false;
  replaceBodies(c, ({ body }) =>
    rewriteBody(c, body, (n) => {
      if (n.kind !== "block") return n;
      const end = n.statements.findIndex((statement) => leaving.has(statement.kind)) + 1;
      if (end === 0 || end === n.statements.length) return n;
      dropped = true;
      return { ...n, statements: n.statements.slice(0, end) };
    }),
  );
  return dropped;
}
