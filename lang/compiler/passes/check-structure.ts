/**
 * Pass "check-structure": constructs in places where they have no meaning, and those this version lacks.
 *
 * Looks at every body as it was written, also where a later pass would drop it, and needs no types:
 * break and continue outside of loops, return and next in the wrong body, assignments to what cannot be assigned,
 * histograms and wildcards out of place.
 */
import type { Loc } from "../../../base/source.ts";
import type { Block, Expression } from "../../ast.ts";
import { childrenOf, type TreeNode } from "../../visit.ts";
import type { Compilation } from "../compilation.ts";
import { checkWrite, isWritable } from "../target-writes.ts";

interface Place {
  readonly inFunction: boolean;
  readonly inLoop: boolean;
}

export function checkStructure(c: Compilation): void {
  const seen = new Set<Block>();
  for (const draft of c.drafts) {
    if (seen.has(draft.body)) continue;
    seen.add(draft.body);
    check(c, draft.body, { inFunction: false, inLoop: false });
  }
  for (const { item } of c.scope.functions) {
    if (item.body.kind === "block") check(c, item.body, { inFunction: true, inLoop: false });
  }
}

function check(c: Compilation, n: TreeNode, place: Place): void {
  const context = (message: string) => c.diagnostics.error("sem-context", message, "loc" in n ? n.loc : undefined);
  switch (n.kind) {
    case "break":
    case "continue":
      if (!place.inLoop) context(`'${n.kind}' outside of a loop`);
      break;
    case "return":
      if (!place.inFunction) context("'return' outside of a function");
      break;
    case "assignment":
      checkTarget(c, n.target, n.operator, "assignment", n.loc);
      break;
    case "increment":
      checkTarget(c, n.operand, n.operator, `'${n.operator}'`, n.operand.loc);
      break;
    case "delete":
      checkTarget(c, n.target, "delete", "'delete'", n.target.loc);
      break;
    case "index":
      if (n.indexes.some((index) => index.kind === "wildcard")) context("'*' has no meaning in the index of a value");
      break;
    case "in":
      if (n.array.kind === "histogram" && n.indexes.some((index) => index.kind === "wildcard"))
        context("'*' has no meaning for the buckets of a histogram");
      break;
    case "histogram":
      context(`${n.operator} is no value: print it by itself, or take one bucket`);
      break;
    default:
  }
  for (const child of childrenOf(n)) {
    if (n.kind === "print" && child.kind === "histogram") {
      if (n.arguments.length > 1 || n.format || n.delimiter) check(c, child, place);
      else check(c, child.operand, place);
    } else if (child.kind === "histogram" && (n.kind === "bucket" || n.kind === "foreach" || n.kind === "in")) {
      check(c, child.operand, place);
    } else if (n.kind === "delete" && child.kind === "index") {
      for (const index of child.indexes) check(c, index, place);
    } else {
      check(c, child, inside(n, child, place));
    }
  }
}

function inside(n: TreeNode, child: TreeNode, place: Place): Place {
  const isLoop = n.kind === "while" || n.kind === "for" || n.kind === "foreach";
  return isLoop && child === n.body ? { ...place, inLoop: true } : place;
}

function checkTarget(c: Compilation, target: Expression, operator: string, what: string, loc: Loc): void {
  if (isWritable(target)) {
    checkWrite(c, target, operator);
    return;
  }
  switch (target.kind) {
    case "name":
    case "index":
      return;
    default:
      c.diagnostics.error("sem-context", `${what} needs a variable or an array element`, loc);
  }
}
