/**
 * Optimisation "elide-statements": drops what a statement computes for nobody.
 *
 * Expressions without effect go, and with them the blocks, conditions and loops that hold nothing else; blocks in
 * blocks become one. Only the first two ask for another round, as in the reference: a local that only an empty
 * `foreach` mentions must then still have a type.
 */
import type { Block, Expression, Statement } from "../../ast.ts";
import type { TreeNode } from "../../visit.ts";
import type { Compilation } from "../compilation.ts";
import { type BodyOwner, replaceBodies } from "./bodies.ts";
import { Effects } from "./effects.ts";
import { asBlock, choice, evaluation, isNothing, nothing, rewriteBody } from "./rewrite-body.ts";

export function elideStatements(c: Compilation, round: number): boolean {
  const effects = new Effects(c);
  let progress = false;
  const change = (n: TreeNode): TreeNode => {
    switch (n.kind) {
      case "expression-statement":
        if (!effects.isFreeForCaller(n.expression)) return n;
        progress = true;
        if (round === 0 && n.loc.source.role === "user") {
          c.diagnostics.warn("sem-no-effect", "the value of this expression is not used", n.loc);
        }
        return nothing(n);
      case "block": {
        const flat = flatten(n);
        if (flat !== n && n.statements.some((inner) => inner.kind === "block" && inner.statements.length > 1))
          progress = true;
        return flat.statements.length === 1 ? (flat.statements[0] ?? flat) : flat;
      }
      case "if":
        return reduceIf(effects, n);
      case "while":
        return isNothing(n.body) && effects.isFree(n.condition) ? nothing(n) : n;
      case "for": {
        const parts = [n.init, n.condition, n.step].filter((part): part is Expression => part !== undefined);
        return isNothing(n.body) && parts.every((part) => effects.isFree(part)) ? nothing(n) : n;
      }
      case "foreach":
        return isNothing(n.body) ? nothing(n) : n;
      case "try":
        // A singleton block has become its statement; this one must stay a block.
        return isNothing(n.body) ? nothing(n) : { ...n, body: asBlock(n.body), handler: asBlock(n.handler) };
      default:
        return n;
    }
  };
  replaceBodies(c, (owner) => {
    const after = rewriteBody(c, owner.body, change);
    if (round === 0 && after.statements.length === 0) warnEmpty(c, owner);
    return after;
  });
  return progress;
}

function flatten(n: Block): Block {
  if (!n.statements.some((inner) => inner.kind === "block" || isNothing(inner))) return n;
  const statements = n.statements.flatMap((inner) => (inner.kind === "block" ? inner.statements : [inner]));
  return { ...n, statements: statements.filter((inner) => !isNothing(inner)) };
}

function reduceIf(effects: Effects, n: Statement & { kind: "if" }): Statement {
  const otherwise = n.otherwise && !isNothing(n.otherwise) ? n.otherwise : undefined;
  if (!isNothing(n.then)) {
    if (otherwise === n.otherwise) return n;
    const { otherwise: _empty, ...rest } = n;
    return rest;
  }
  if (otherwise) {
    const condition: Expression = { kind: "unary", operator: "!", operand: n.condition, loc: n.condition.loc };
    return choice(condition, otherwise, n.loc);
  }
  return effects.isFree(n.condition) ? nothing(n) : evaluation(n.condition);
}

function warnEmpty(c: Compilation, owner: BodyOwner): void {
  const { item } = owner.function ?? {};
  if (item?.loc.source.role !== "user") return;
  c.diagnostics.warn("sem-no-effect", `function '${item.name}' has no effect`, item.loc);
}
