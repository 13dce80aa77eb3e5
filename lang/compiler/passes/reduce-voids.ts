/**
 * Optimisation "reduce-voids": where nobody uses the value of an expression, only its parts with effects remain.
 *
 * `a + f()` becomes `a; f()`, `a || f()` becomes `if (!a) f()`, a call of a function without effects becomes its
 * arguments. What is then without effect is dropped by elide-statements in the next round.
 */
import type { Expression, Statement } from "../../ast.ts";
import type { Compilation } from "../compilation.ts";
import { candidates } from "../program.ts";
import { replaceBodies } from "./bodies.ts";
import { Effects } from "./effects.ts";
import { choice, evaluation, rewriteBody } from "./rewrite-body.ts";

export function reduceVoids(c: Compilation): boolean {
  const effects = new Effects(c);
  let progress = false;
  replaceBodies(c, ({ body }) =>
    rewriteBody(c, body, (n) => {
      if (n.kind !== "expression-statement") return n;
      const after = reduce(c, effects, n.expression);
      if (!after) return n;
      progress = true;
      return after;
    }),
  );
  return progress;
}

/** A statement with the same effects, or undefined when the expression cannot be reduced. */
function reduce(c: Compilation, effects: Effects, e: Expression): Statement | undefined {
  const again = (part: Expression): Statement => reduce(c, effects, part) ?? evaluation(part);
  const sequence = (parts: readonly Expression[]): Statement => ({
    kind: "block",
    statements: parts.map(again),
    loc: e.loc,
  });
  switch (e.kind) {
    case "binary":
      if (e.operator === "&&") return choice(e.left, again(e.right), e.loc);
      if (e.operator === "||") {
        const condition: Expression = { kind: "unary", operator: "!", operand: e.left, loc: e.loc };
        return choice(condition, again(e.right), e.loc);
      }
      return sequence([e.left, e.right]);
    case "ternary":
      return { ...choice(e.condition, again(e.then), e.loc), otherwise: again(e.otherwise) };
    case "unary":
      return again(e.operand);
    case "regex":
      return effects.keepsMatches ? undefined : again(e.left);
    case "call":
      return e.arguments.length > 0 && isFreeCall(c, effects, e) ? sequence(e.arguments) : undefined;
    case "print":
      return e.name.startsWith("s") && e.arguments.length > 0 && e.arguments.every((part) => part.kind !== "histogram")
        ? sequence(e.arguments)
        : undefined;
    case "cast":
    case "autocast":
    case "target":
    case "atvar": {
      const operand = e.kind === "cast" || e.kind === "autocast" ? [e.operand] : [];
      return sequence([...operand, ...e.components.flatMap((part) => (part.kind === "element" ? [part.index] : []))]);
    }
    default:
      return undefined;
  }
}

function isFreeCall(c: Compilation, effects: Effects, e: Expression & { kind: "call" }): boolean {
  const symbol = c.symbols.get(e);
  if (symbol?.kind !== "function" && symbol?.kind !== "builtin") return false;
  return candidates(symbol).every((one) => effects.isFreeCallee(one));
}
