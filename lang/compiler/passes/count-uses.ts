/** Marks which globals are read and which written: what is written and never read is printed at the end. */
import type { Expression } from "../../ast.ts";
import { childrenOf, type TreeNode } from "../../visit.ts";
import type { Compilation } from "../compilation.ts";
import { embeddedGlobals } from "../embedded/markers.ts";
import { bodiesOf } from "./bodies.ts";

export function countUses(c: Compilation): void {
  for (const { body } of bodiesOf(c)) countIn(c, body, false);
  for (const { item } of c.functions) if (item.body.kind === "embedded") countIn(c, item.body, false);
  for (const global of c.globals) if (global.item.init) global.written = true;
}

/** `discarded`: the value of the expression is not used. */
function countIn(c: Compilation, n: TreeNode, discarded: boolean): void {
  const mark = (target: Expression, alsoRead: boolean): void => {
    const name = target.kind === "index" ? target.array : target;
    const symbol = name.kind === "name" ? c.symbols.get(name) : undefined;
    if (symbol?.kind === "global") {
      symbol.written = true;
      if (alsoRead) symbol.read = true;
    }
    if (target.kind === "index") for (const index of target.indexes) countIn(c, index, false);
    else if (target.kind !== "name") countIn(c, target, false);
  };
  switch (n.kind) {
    case "assignment":
      mark(n.target, !discarded && n.operator !== "=" && n.operator !== "<<<");
      countIn(c, n.value, false);
      return;
    case "increment":
      mark(n.operand, !discarded);
      return;
    case "try":
      if (n.variable) mark(n.variable, false);
      countIn(c, n.body, true);
      countIn(c, n.handler, true);
      return;
    case "delete":
      // As in the reference: what a script deletes from, it manages itself, so it is not printed at the end.
      mark(n.target, true);
      return;
    case "name": {
      const symbol = c.symbols.get(n);
      if (symbol?.kind === "global") symbol.read = true;
      return;
    }
    case "embedded":
      for (const { symbol, access } of embeddedGlobals(c, n)) symbol[access === "read" ? "read" : "written"] = true;
      return;
    case "expression-statement":
      countIn(c, n.expression, true);
      return;
    case "for":
      if (n.init) countIn(c, n.init, true);
      if (n.condition) countIn(c, n.condition, false);
      if (n.step) countIn(c, n.step, true);
      countIn(c, n.body, true);
      return;
    default:
      for (const child of childrenOf(n)) countIn(c, child, false);
  }
}
