/**
 * CST → AST for statements. Called by `build.ts` for the bodies of probes and functions.
 */
import type { CstNode } from "chevrotain";
import { bug } from "../../base/assert.ts";
import type * as Ast from "../ast.ts";
import { buildExpression, buildHistogram, buildIndexes } from "./build-expressions.ts";
import { type BuildContext, nameOf, nodeOf, nodesOf, theNode, theToken, tokenOf } from "./cst.ts";
import { locOf } from "./lexer.ts";
import { startOf } from "./statement-start.ts";

export function buildBlock(cst: CstNode, context: BuildContext): Ast.Block {
  const statements = nodesOf(cst, "statement").map((statement) => buildStatement(statement, context));
  return { kind: "block", statements, loc: locOf(theToken(cst, "'{'")) };
}

const builders: { readonly [rule: string]: (cst: CstNode, context: BuildContext) => Ast.Statement } = {
  block: buildBlock,
  ifStatement: buildIf,
  whileStatement: buildWhile,
  forStatement: buildFor,
  foreachStatement: buildForeach,
  tryStatement: buildTry,
  plainStatement: buildPlain,
};

function buildStatement(cst: CstNode, context: BuildContext): Ast.Statement {
  const semicolon = tokenOf(cst, "';'");
  if (semicolon) return { kind: "null-statement", loc: locOf(semicolon) };
  for (const rule in builders) {
    const inner = nodeOf(cst, rule);
    if (inner) return builders[rule]?.(inner, context) ?? bug("lang/parser", rule);
  }
  return bug("lang/parser", "statement of no kind");
}

function buildPlain(cst: CstNode, context: BuildContext): Ast.Statement {
  const inner = nodeOf(cst, "expression");
  const expression = inner && buildExpression(inner, context);
  const [back, gone] = [tokenOf(cst, "return"), tokenOf(cst, "delete")];
  if (back) {
    if (!context.inFunction) context.report("parse-syntax", "'return' outside of a function", locOf(back));
    return { kind: "return", ...(expression && { value: expression }), loc: locOf(back) };
  }
  if (gone) return { kind: "delete", target: expression ?? bug("lang/parser", "delete"), loc: locOf(gone) };
  if (expression) return { kind: "expression-statement", expression, loc: startOf(expression) };
  for (const kind of ["next", "break", "continue"] as const) {
    const token = tokenOf(cst, kind);
    if (token) return { kind, loc: locOf(token) };
  }
  return bug("lang/parser", "plain statement of no kind");
}

function buildCondition(cst: CstNode, context: BuildContext): Ast.Expression {
  return buildExpression(theNode(theNode(cst, "parenthesized"), "expression"), context);
}

function buildIf(cst: CstNode, context: BuildContext): Ast.IfStatement {
  const [first, second] = nodesOf(cst, "statement");
  const condition = buildCondition(cst, context);
  const then = buildStatement(first ?? bug("lang/parser", "if"), context);
  const loc = locOf(theToken(cst, "if"));
  return { kind: "if", condition, then, ...(second && { otherwise: buildStatement(second, context) }), loc };
}

function buildWhile(cst: CstNode, context: BuildContext): Ast.WhileStatement {
  const condition = buildCondition(cst, context);
  return {
    kind: "while",
    condition,
    body: buildStatement(theNode(cst, "statement"), context),
    loc: locOf(theToken(cst, "while")),
  };
}

function buildFor(cst: CstNode, context: BuildContext): Ast.ForStatement {
  const [init, condition, step] = ["init", "condition", "step"].map((part) => nodeOf(cst, part));
  return {
    kind: "for",
    ...(init && { init: buildExpression(init, context) }),
    ...(condition && { condition: buildExpression(condition, context) }),
    ...(step && { step: buildExpression(step, context) }),
    body: buildStatement(theNode(cst, "statement"), context),
    loc: locOf(theToken(cst, "for")),
  };
}

function buildForeach(cst: CstNode, context: BuildContext): Ast.ForeachStatement {
  const sorts: { sort: Ast.ForeachSort; at: "array" | "name" }[] = [];
  const sorted = (part: CstNode, by: number | "value"): Ast.Name => {
    const mark = tokenOf(part, "SortMark");
    if (mark)
      addSort(mark, { sort: { direction: mark.image === "+" ? 1 : -1, by }, at: by === "value" ? "array" : "name" });
    return { kind: "name", ...nameOf(theNode(part, "name")) };
  };
  const addSort = (mark: Parameters<typeof locOf>[0], sort: (typeof sorts)[number]): void => {
    if (sorts.length > 0) context.report("parse-syntax", "a foreach can sort by one thing only", locOf(mark));
    sorts.push(sort);
  };
  const valuePart = nodeOf(cst, "value");
  const value = valuePart && sorted(valuePart, "value");
  const keys = nodesOf(cst, "key").map((part, i) => sorted(part, i));
  const mark = tokenOf(cst, "SortMark");
  const [stat, unknown] = [tokenOf(cst, "StatOp"), tokenOf(cst, "AtWord")];
  if (unknown)
    context.report("parse-syntax", `expected a statistical operation, found '${unknown.image}'`, locOf(unknown));
  if (mark) {
    const operator = stat && { operator: stat.image as Ast.StatOperator };
    addSort(mark, { sort: { direction: mark.image === "+" ? 1 : -1, by: "value", ...operator }, at: "array" });
  }
  const [histogram, slice, limit] = [nodeOf(cst, "histogram"), nodeOf(cst, "slice"), nodeOf(cst, "expression")];
  return {
    kind: "foreach",
    keys,
    ...(value && { value }),
    array: histogram ? buildHistogram(histogram, context, false) : { kind: "name", ...nameOf(theNode(cst, "array")) },
    ...(slice && { slice: buildIndexes(slice, context) }),
    ...(sorts[0] && { sort: sorts[0].sort }),
    sortAt: sorts[0]?.at ?? "none",
    ...(limit && { limit: buildExpression(limit, context) }),
    body: buildStatement(theNode(cst, "statement"), context),
    loc: locOf(theToken(cst, "foreach")),
  };
}

function buildTry(cst: CstNode, context: BuildContext): Ast.TryStatement {
  const [body, handler] = nodesOf(cst, "block").map((block) => buildBlock(block, context));
  const variable = nodeOf(cst, "name");
  return {
    kind: "try",
    body: body ?? bug("lang/parser", "try"),
    ...(variable && { variable: { kind: "name", ...nameOf(variable) } as const }),
    handler: handler ?? bug("lang/parser", "catch"),
    loc: locOf(theToken(cst, "try")),
  };
}
