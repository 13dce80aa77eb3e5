/**
 * Inference of types, as the reference translator does it: round after round over the script until a round teaches nothing;
 * then once more, to complain.
 *
 * The rules are steps (steps.ts, expressions.ts). A round takes, in order, those that may have something new to say:
 * all of them at first, then those that learned something when they were last taken, or asked for a type that became
 * known since. The others would change nothing, so a script costs about as much as it has lines. Called by the passes
 * infer-types and optimise.
 */
import type { Expression } from "../../ast.ts";
import { type TreeNode, walk } from "../../visit.ts";
import type { Compilation } from "../compilation.ts";
import { bodiesOf } from "../passes/bodies.ts";
import type { ExpressionType } from "../program.ts";
import { Complaints } from "./complaints.ts";
import { ExpressionRules } from "./expressions.ts";
import { type Type, TypeKnowledge } from "./knowledge.ts";
import { type Rules, stepsOf } from "./steps.ts";

/** More than scripts need: names that each learn from the next, written backwards, take two rounds a name. */
const MOST_ROUNDS = 5000;

export interface Inference {
  readonly known: TypeKnowledge;
  readonly complaints: Complaints;
}

export function infer(c: Compilation): Inference {
  const steps = stepsOf(c);
  const known = new TypeKnowledge(c, steps.length);
  const complaints = new Complaints(known);
  const rules: Rules = { c, known, complaints, expressions: new ExpressionRules(c, known, complaints) };
  const take = (i: number): void => {
    known.step = i;
    known.dirty[i] = 0;
    steps[i]?.(rules);
  };
  for (let round = 0; round < MOST_ROUNDS; round++) {
    let next = known.dirty.indexOf(1);
    if (next < 0) break;
    for (; next >= 0; next = known.dirty.indexOf(1, next + 1)) take(next);
  }
  complaints.open = true;
  for (let i = 0; i < steps.length; i++) take(i);
  return { known, complaints };
}

/** Writes what is known of symbols into them. */
export function recordSymbols(c: Compilation, known: TypeKnowledge): void {
  for (const symbol of c.globals) {
    symbol.type = known.of(symbol).type;
    symbol.keys = known.keysOf(symbol, symbol.keys.length).map(({ type }) => scalar(type));
  }
  for (const { function: symbol, locals } of bodiesOf(c)) {
    for (const local of [...(symbol?.parameters ?? []), ...locals]) local.type = scalar(known.of(local).type);
  }
}

/** Writes the type of every expression into the table, and those of what functions give back. */
export function recordExpressions(c: Compilation, known: TypeKnowledge): void {
  for (const symbol of c.functions) {
    const type = scalar(known.of(symbol).type);
    symbol.returns = type === "unknown" ? "void" : type;
    for (const parameter of symbol.parameters) parameter.type = scalar(known.of(parameter).type);
  }
  for (const { body } of bodiesOf(c)) {
    walk(body, (n) => {
      if (isExpression(n)) c.types.set(n, typeOf(c, known, n));
    });
  }
}

function typeOf(c: Compilation, known: TypeKnowledge, e: Expression): ExpressionType {
  if (e.kind === "histogram") return "string";
  const symbol = e.kind === "name" ? c.symbols.get(e) : undefined;
  if (symbol) return known.of(symbol).type;
  const type = known.typeOf(e);
  return type === "unknown" && e.kind === "call" ? "void" : type;
}

function scalar(type: Type): "long" | "string" | "unknown" {
  return type === "stats" ? "unknown" : type;
}

// biome-ignore format: table
const noExpressions: ReadonlySet<string> = new Set<Exclude<TreeNode, Expression>["kind"]>([
  "block", "expression-statement", "null-statement", "if", "while", "for", "foreach", "break", "continue", "return", "next",
  "delete", "try", "wildcard", "member", "element", "pretty",
]);

function isExpression(n: TreeNode): n is Expression {
  return !noExpressions.has(n.kind);
}
