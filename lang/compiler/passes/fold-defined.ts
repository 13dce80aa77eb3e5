/**
 * Pass "fold-defined": answers `@defined(…)` and `@probewrite(…)` for each probe and drops the branch that is not taken.
 *
 * Comes before anything looks at target nodes, so that one that does not exist may stand in a dead branch. A body in
 * which something depends on the place is made anew for each probe. What depends on the type of an ordinary value waits
 * for the type-details pass, which uses `foldBody` again, as does clone-functions for functions.
 */
import type { AtOperation, Block, Expression, NumberLiteral } from "../../ast.ts";
import { rewrite, type TreeNode, walk } from "../../visit.ts";
import type { Compilation, ProbeDraft } from "../compilation.ts";
import { hasDynamicIndex, isReturnOfFunction, type Place } from "../probes/access.ts";
import { findTarget } from "../probes/variables.ts";
import { makePlace } from "../types/detail.ts";

export function foldDefined(c: Compilation): void {
  for (const draft of c.drafts) {
    if (!dependsOnPlace(draft)) continue;
    const fresh: Block = rewrite(draft.body, { fresh: true, replace: (n) => n });
    const handler = draft.body === draft.item.body ? undefined : draft.item.body;
    draft.body = foldBody(makePlace(c, draft), fresh, handler);
  }
}

/**
 * `handler` is the user's body behind an alias, about which `@probewrite` asks; `typed`: types of values are known.
 * `moved` is told of nodes that were made anew.
 */
export function foldBody(
  place: Place,
  body: Block,
  handler: Block | undefined,
  typed = false,
  moved: (from: TreeNode, to: TreeNode) => void = () => {},
): Block {
  return rewrite(body, {
    moved,
    replace(n): TreeNode {
      switch (n.kind) {
        case "at": {
          const truth = n.operator === "@defined" ? isDefined(place, n, typed) : isWritten(n, handler);
          return truth === undefined ? n : literal(truth, n);
        }
        case "if": {
          const truth = constant(n.condition);
          if (truth === undefined) return n;
          return (truth ? n.then : n.otherwise) ?? { kind: "null-statement", loc: n.loc };
        }
        case "ternary": {
          const truth = constant(n.condition);
          return truth === undefined ? n : truth ? n.then : n.otherwise;
        }
        default:
          return n;
      }
    },
  });
}

function dependsOnPlace(draft: ProbeDraft): boolean {
  const isReturn = isReturnOfFunction(draft.variables);
  let depends = false;
  walk(draft.body, (n) => {
    depends ||= n.kind === "autocast" || n.kind === "at" || (isReturn && n.kind === "target" && hasDynamicIndex(n));
    return !depends;
  });
  return depends;
}

/** Undefined: cannot be said before the types of values are known. */
function isDefined(place: Place, n: AtOperation, typed: boolean): boolean | undefined {
  let [operand] = n.arguments;
  if (operand?.kind === "at" && operand.operator === "@entry") {
    if (!isReturnOfFunction(place.draft?.variables)) return false;
    [operand] = operand.arguments;
  }
  switch (operand?.kind) {
    case "autocast":
      return typed ? findTarget(place, operand).kind !== "failure" : undefined;
    case "at":
      if (operand.operator === "@enumname" && !typed) return undefined;
      return findTarget(place, operand).kind !== "failure";
    case "target":
    case "atvar":
    case "cast":
      return findTarget(place, operand).kind !== "failure";
    default:
      return true;
  }
}

function isWritten(n: AtOperation, handler: Block | undefined): boolean | undefined {
  const [variable] = n.arguments;
  if (n.operator !== "@probewrite" || !handler || !variable) return undefined;
  let written = false;
  walk(handler, (inner) => {
    if (inner.kind === "assignment") written ||= sameVariable(inner.target, variable);
    if (inner.kind === "increment") written ||= sameVariable(inner.operand, variable);
  });
  return written;
}

function sameVariable(a: Expression, b: Expression): boolean {
  if (a.kind === "index") return sameVariable(a.array, b);
  return (a.kind === "name" || a.kind === "target") && a.kind === b.kind && a.name === b.name;
}

function literal(truth: boolean, n: AtOperation): NumberLiteral {
  return { kind: "number", value: truth ? 1 : 0, loc: n.loc };
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
