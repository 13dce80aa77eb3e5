/**
 * Pass "fold-defined": answers `@defined($x)` for each probe, drops the branch that is not taken, and turns
 * `@entry($x)` of a return probe into `$x`, which is the value at entry there.
 *
 * Comes before anything looks at `$variables`, so that one that does not exist may stand in a dead branch.
 * A body with such a construct is made anew for each probe, because the answer depends on the place.
 */
import type { Block, Expression } from "../../ast.ts";
import { rewrite, type TreeNode, walk } from "../../visit.ts";
import type { Compilation, ProbeDraft } from "../compilation.ts";
import { findTarget } from "../probes/variables.ts";

export function foldDefined(c: Compilation): void {
  for (const draft of c.drafts) {
    let needed = false;
    walk(draft.body, (n) => {
      if (n.kind === "at" && (n.operator === "@defined" || n.operator === "@entry")) needed = true;
    });
    if (needed) draft.body = fold(c, draft);
  }
}

function fold(c: Compilation, draft: ProbeDraft): Block {
  return rewrite(draft.body, {
    fresh: true,
    replace(n): TreeNode {
      if (n.kind === "at") {
        const [operand] = n.arguments;
        if (operand?.kind !== "target") return n;
        if (n.operator === "@defined") {
          return { kind: "number", value: findTarget(draft, operand).kind === "failure" ? 0 : 1, loc: n.loc };
        }
        if (n.operator !== "@entry") return n;
        if (draft.variables.kind === "function" && draft.variables.return) return operand;
        c.diagnostics.error("sem-context", "@entry has a meaning only in a .return probe", n.loc);
        return n;
      }
      if (n.kind === "if") {
        const truth = constant(n.condition);
        if (truth === undefined) return n;
        return (truth ? n.then : n.otherwise) ?? { kind: "null-statement", loc: n.loc };
      }
      if (n.kind === "ternary") {
        const truth = constant(n.condition);
        return truth === undefined ? n : truth ? n.then : n.otherwise;
      }
      return n;
    },
  });
}

/** The truth of an expression that is known. */
function constant(e: Expression): boolean | undefined {
  if (e.kind === "number") return e.value !== 0;
  if (e.kind === "unary" && e.operator === "!") {
    const truth = constant(e.operand);
    return truth === undefined ? undefined : !truth;
  }
  if (e.kind !== "binary") return undefined;
  const left = constant(e.left);
  const right = constant(e.right);
  if (e.operator === "&&") return left === false ? false : left === true ? right : undefined;
  if (e.operator === "||") return left === true ? true : left === false ? right : undefined;
  return undefined;
}
