/**
 * Optimisation "fold-constants": computes what is known before the script runs, and takes the only branch left.
 *
 * It runs also with -u, because a branch that is not taken may hold what would not compile. Numbers wrap at 64 bits
 * exactly as at run time. Division by zero stays: it is an error of the run. What swallows the other side of an
 * operator (`x * 0`) does so only when that side has no effects.
 */

import type { Long } from "../../../base/int64.ts";
import * as int64 from "../../../base/int64.ts";
import type { Binary, BinaryOperator, Expression, Statement } from "../../ast.ts";
import type { TreeNode } from "../../visit.ts";
import type { Compilation } from "../compilation.ts";
import { replaceBodies } from "./bodies.ts";
import { Effects } from "./effects.ts";
import { evaluation, nothing, rewriteBody } from "./rewrite-body.ts";

// biome-ignore format: table
const arithmetic: { readonly [O in BinaryOperator]?: (a: Long, b: Long) => Long } = {
  "+":  int64.add, "-": int64.sub, "*":  int64.mul, "/":  int64.div, "%":   int64.mod,
  "&":  int64.and, "|": int64.or,  "^":  int64.xor, "<<": int64.shl, ">>": int64.shr, ">>>": int64.ushr,
};

type Order = (a: Long | string, b: Long | string) => boolean;
// biome-ignore format: table
const comparisons: { readonly [O in BinaryOperator]?: Order } = {
  "==": (a, b) => a === b, "<": (a, b) => a < b, "<=": (a, b) => a <= b,
  "!=": (a, b) => a !== b, ">": (a, b) => a > b, ">=": (a, b) => a >= b,
};

/** Operators for which a number on one side decides the result, and those for which it changes nothing. */
// biome-ignore format: table
const rules: readonly { readonly operator: BinaryOperator; readonly side: "left" | "right"; readonly value: number; readonly gives: number | "other" }[] = [
  { operator: "*",  side: "left",  value:  0, gives: 0 },       { operator: "*",  side: "right", value:  0, gives: 0 },
  { operator: "&",  side: "left",  value:  0, gives: 0 },       { operator: "&",  side: "right", value:  0, gives: 0 },
  { operator: "|",  side: "left",  value: -1, gives: -1 },      { operator: "|",  side: "right", value: -1, gives: -1 },
  { operator: "<<", side: "left",  value:  0, gives: 0 },       { operator: ">>", side: "left",  value:  0, gives: 0 },
  { operator: ">>", side: "left",  value: -1, gives: -1 },
  { operator: "%",  side: "right", value:  1, gives: 0 },       { operator: "%",  side: "right", value: -1, gives: 0 },
  { operator: "+",  side: "left",  value:  0, gives: "other" }, { operator: "+",  side: "right", value:  0, gives: "other" },
  { operator: "-",  side: "right", value:  0, gives: "other" },
  { operator: "*",  side: "left",  value:  1, gives: "other" }, { operator: "*",  side: "right", value:  1, gives: "other" },
  { operator: "/",  side: "right", value:  1, gives: "other" },
  { operator: "|",  side: "left",  value:  0, gives: "other" }, { operator: "|",  side: "right", value:  0, gives: "other" },
  { operator: "^",  side: "left",  value:  0, gives: "other" }, { operator: "^",  side: "right", value:  0, gives: "other" },
  { operator: "&",  side: "left",  value: -1, gives: "other" }, { operator: "&",  side: "right", value: -1, gives: "other" },
  { operator: "<<", side: "right", value:  0, gives: "other" }, { operator: ">>", side: "right", value:  0, gives: "other" },
];

const GREATEST: Long = 0x7fff_ffff_ffff_ffffn;
const LEAST: Long = -0x8000_0000_0000_0000n;

export function foldConstants(c: Compilation): boolean {
  const effects = new Effects(c);
  let progress = false;
  replaceBodies(c, ({ body }) =>
    rewriteBody(c, body, (n) => {
      const after = fold(effects, n);
      if (after !== n) progress = true;
      return after;
    }),
  );
  return progress;
}

function fold(effects: Effects, n: TreeNode): TreeNode {
  switch (n.kind) {
    case "if":
      return n.condition.kind === "number" ? takenBranch(n, n.condition.value) : n;
    case "while":
      return isZero(n.condition) ? nothing(n) : n;
    case "for":
      if (!n.condition || !isZero(n.condition)) return n;
      return n.init ? evaluation(n.init) : nothing(n);
    case "foreach":
      return n.limit?.kind === "number" && n.limit.value <= 0 ? nothing(n) : n;
    case "ternary":
      return n.condition.kind === "number" ? (n.condition.value !== 0 ? n.then : n.otherwise) : n;
    case "unary":
      return n.operand.kind === "number" ? number(n, unary(n.operator, n.operand.value)) : n;
    case "binary":
      if (n.operator === "&&" || n.operator === "||") return foldLogical(effects, n);
      return foldBinary(effects, n);
    default:
      return n;
  }
}

function takenBranch(n: Statement & { kind: "if" }, condition: Long): Statement {
  return (condition !== 0 ? n.then : n.otherwise) ?? nothing(n);
}

function unary(operator: "+" | "-" | "!" | "~", value: Long): Long {
  if (operator === "+") return value;
  if (operator === "-") return int64.neg(value);
  return operator === "~" ? int64.not(value) : value === 0 ? 1 : 0;
}

/** A constant on the left is enough; one on the right only when skipping the left loses nothing. */
function foldLogical(effects: Effects, n: Binary): Expression {
  const decisive = n.operator === "||";
  const { left, right } = n;
  if (left.kind === "number" && (left.value !== 0) === decisive) return number(n, decisive ? 1 : 0);
  if (right.kind !== "number") return n;
  if ((right.value !== 0) === decisive) return effects.isFree(left) ? number(n, decisive ? 1 : 0) : n;
  return left.kind === "number" ? number(n, decisive ? 0 : 1) : n;
}

function foldBinary(effects: Effects, n: Binary): Expression {
  const { left, right, operator } = n;
  if (operator === ".") return foldConcatenation(n);
  const compare = comparisons[operator];
  if (compare) {
    const bothNumbers = left.kind === "number" && right.kind === "number";
    const bothStrings = left.kind === "string" && right.kind === "string";
    if (bothNumbers || bothStrings) return number(n, compare(left.value, right.value) ? 1 : 0);
    return foldAtBoundary(effects, n);
  }
  if (isZero(right) && (operator === "/" || operator === "%")) return n;
  const compute = arithmetic[operator];
  if (left.kind === "number" && right.kind === "number" && compute) return number(n, compute(left.value, right.value));
  for (const rule of rules) {
    const known = rule.side === "left" ? left : right;
    if (rule.operator !== operator || known.kind !== "number" || known.value !== rule.value) continue;
    const other = rule.side === "left" ? right : left;
    if (rule.gives === "other") return other;
    return effects.isFree(other) ? number(n, rule.gives) : n;
  }
  return n;
}

function foldConcatenation(n: Binary): Expression {
  const { left, right } = n;
  if (left.kind === "string" && right.kind === "string") {
    return { kind: "string", value: left.value + right.value, loc: n.loc };
  }
  if (left.kind === "string" && left.value === "") return right;
  return right.kind === "string" && right.value === "" ? left : n;
}

/** Comparisons with the greatest and the least number that cannot come out otherwise. */
function foldAtBoundary(effects: Effects, n: Binary): Expression {
  const mirrored: { readonly [operator: string]: string } = { "<": ">", ">": "<", "<=": ">=", ">=": "<=" };
  const flip = n.left.kind === "number";
  const [other, known] = flip ? [n.right, n.left] : [n.left, n.right];
  const operator = flip ? mirrored[n.operator] : n.operator;
  if (known.kind !== "number" || !effects.isFree(other)) return n;
  if (known.value === GREATEST && operator === "<=") return number(n, 1);
  if (known.value === GREATEST && operator === ">") return number(n, 0);
  if (known.value === LEAST && operator === ">=") return number(n, 1);
  return known.value === LEAST && operator === "<" ? number(n, 0) : n;
}

function number(n: Expression, value: Long): Expression {
  return { kind: "number", value, loc: n.loc };
}

function isZero(e: Expression): boolean {
  return e.kind === "number" && e.value === 0;
}
