/** Rewriting the bodies of a compilation so that the table of symbols follows. */
import type { Loc } from "../../../base/source.ts";
import type { Block, Expression, IfStatement, Statement } from "../../ast.ts";
import { rewrite, type TreeNode } from "../../visit.ts";
import type { Compilation } from "../compilation.ts";

/** From the leaves up; nodes that are made anew keep the symbols of those they come from. */
export function rewriteBody(c: Compilation, body: Block, replace: (n: TreeNode) => TreeNode): Block {
  const after = rewrite<Statement>(body, {
    moved(from, to) {
      const symbol = c.symbols.get(from as Expression);
      if (symbol) c.symbols.set(to as Expression, symbol);
    },
    replace,
  });
  return asBlock(after);
}

export function asBlock(n: Statement): Block {
  return n.kind === "block" ? n : { kind: "block", statements: isNothing(n) ? [] : [n], loc: n.loc };
}

export function nothing(n: Statement): Statement {
  return { kind: "null-statement", loc: n.loc };
}

/** Left behind by a statement that was dropped. */
export function isNothing(n: Statement): boolean {
  return n.kind === "null-statement" || (n.kind === "block" && n.statements.length === 0);
}

export function evaluation(expression: Expression): Statement {
  return { kind: "expression-statement", expression, loc: expression.loc };
}

export function choice(condition: Expression, then: Statement, loc: Loc): IfStatement {
  return { kind: "if", condition, then, loc };
}
