/**
 * CST → AST for the items of a file: globals, functions, probes, aliases, embedded code.
 *
 * Called by `parse.ts` for each item that the grammar accepted. Probe points with braces become one point for
 * each combination, in the order written.
 */
import type { CstNode } from "chevrotain";
import { bug } from "../../base/assert.ts";
import { limits } from "../../base/limits.ts";
import type * as Ast from "../ast.ts";
import { buildEmbedded, buildExpression, buildSignedNumber } from "./build-expressions.ts";
import { buildBlock } from "./build-statements.ts";
import {
  type BuildContext,
  buildStrings,
  nameOf,
  nodeOf,
  nodesOf,
  theNode,
  theToken,
  tokenOf,
  tokensOf,
} from "./cst.ts";
import { locOf } from "./lexer.ts";

export function buildItem(cst: CstNode, surroundings: Omit<BuildContext, "inFunction">): readonly Ast.Item[] {
  const isPrivate = tokenOf(cst, "private") !== undefined;
  const [embedded, fn, probe] = [tokenOf(cst, "Embedded"), nodeOf(cst, "function"), nodeOf(cst, "probe")];
  const context: BuildContext = { ...surroundings, inFunction: fn !== undefined };
  if (embedded) return [{ kind: "embedded-item", code: buildEmbedded(embedded, context), loc: locOf(embedded) }];
  if (fn) return [buildFunction(fn, isPrivate, context)];
  if (probe) return [buildProbe(probe, context)];
  const named = nodeOf(cst, "globals");
  const list = named ? theNode(named, "bareGlobals") : theNode(cst, "bareGlobals");
  if (!named && !isPrivate)
    context.report(
      "parse-syntax",
      "expected 'function', 'probe', 'private', 'global' or '%{', found an identifier",
      nameOf(theNode(theNode(list, "globalName"), "name")).loc,
    );
  return nodesOf(list, "globalName").map((global) => buildGlobal(global, isPrivate, context));
}

function buildGlobal(cst: CstNode, isPrivate: boolean, context: BuildContext): Ast.GlobalItem {
  const { name, loc } = nameOf(theNode(cst, "name"));
  const [size, init] = [nodeOf(cst, "signedNumber"), nodeOf(cst, "literal")];
  const count = size && buildSignedNumber(size, context);
  const wrap = tokenOf(cst, "'%'") !== undefined;
  if (count && (typeof count.value === "bigint" || count.value < 1 || count.value > 0x7fff_ffff))
    context.report("parse-number", "the size of an array must be between 1 and 2147483647", count.loc);
  if (init && (count || wrap)) context.report("parse-syntax", "only a scalar can have an initial value", loc);
  return {
    kind: "global",
    name,
    private: isPrivate,
    ...(init && { init: buildLiteral(init, context) }),
    ...(count && { size: Number(count.value) }),
    wrap,
    loc,
  };
}

function buildLiteral(cst: CstNode, context: BuildContext): Ast.NumberLiteral | Ast.StringLiteral {
  const number = nodeOf(cst, "signedNumber");
  return number ? buildSignedNumber(number, context) : buildStrings(theNode(cst, "strings"), context);
}

function buildFunction(cst: CstNode, isPrivate: boolean, context: BuildContext): Ast.FunctionItem {
  const named = nodeOf(cst, "name");
  const token = named ? theToken(named, "NameWord") : theToken(cst, "TypeName");
  const seen = new Set<string>();
  const parameters = nodesOf(cst, "parameter").map((part): Ast.Parameter => {
    const parameter = nameOf(theNode(part, "name"));
    if (seen.has(parameter.name))
      context.report("parse-syntax", `two parameters named '${parameter.name}'`, parameter.loc);
    seen.add(parameter.name);
    return { ...parameter, ...buildType(nodeOf(part, "typeMark"), "type") };
  });
  const number = nodeOf(cst, "signedNumber");
  const priority = number && buildSignedNumber(number, context);
  if (priority && !(priority.value > 0)) context.report("parse-number", "a priority is 1 or more", priority.loc);
  const [embedded, block] = [tokenOf(cst, "Embedded"), nodeOf(cst, "block")];
  return {
    kind: "function",
    name: token.image,
    private: isPrivate,
    parameters,
    ...buildType(nodeOf(cst, "typeMark"), "returns"),
    ...(priority && { priority: Number(priority.value) }),
    body: embedded ? buildEmbedded(embedded, context) : buildBlock(block ?? bug("lang/parser", "function"), context),
    loc: locOf(token),
  };
}

function buildType<K extends "type" | "returns">(mark: CstNode | undefined, key: K): { [k in K]?: Ast.ScalarTypeName } {
  return (mark ? { [key]: theToken(mark, "TypeName").image } : {}) as { [k in K]?: Ast.ScalarTypeName };
}

function buildProbe(cst: CstNode, context: BuildContext): Ast.ProbeItem | Ast.AliasItem {
  const groups = nodesOf(cst, "points").map((points) =>
    nodesOf(points, "point").flatMap((point) => buildPoint(point, context)),
  );
  const points = groups.pop() ?? bug("lang/parser", "probe");
  const [body, epilogue] = nodesOf(cst, "block").map((block) => buildBlock(block, context));
  const loc = locOf(theToken(cst, "probe"));
  const main = body ?? bug("lang/parser", "probe");
  const appends = tokensOf(cst, "'+='");
  const assigns = tokensOf(cst, "'='");
  const comma = tokenOf(cst, "','");
  if (groups.length === 0) {
    if (comma) context.report("parse-syntax", "only an alias can have an epilogue", locOf(comma));
    return { kind: "probe", points, body: main, loc };
  }
  for (const group of groups) {
    if (group.length > 1) context.report("parse-syntax", "an alias has one name", group[1]?.loc ?? loc);
    if (group[0]?.optional || group[0]?.sufficient)
      context.report("parse-syntax", "the name of an alias can be neither optional nor sufficient", group[0].loc);
  }
  const lastAppend = appends.at(-1);
  const lastAssign = assigns.at(-1);
  const epilogueStyle =
    lastAppend !== undefined && (lastAssign === undefined || lastAppend.startOffset > lastAssign.startOffset);
  if (epilogue && lastAppend)
    context.report("parse-syntax", "an alias made with '+=' cannot have a second body", locOf(comma ?? lastAppend));
  const names = groups.flatMap((group) => group.slice(0, 1));
  return {
    kind: "alias",
    names,
    points,
    body: main,
    style: epilogueStyle ? "epilogue" : "prologue",
    ...(epilogue && { epilogue }),
    loc,
  };
}

function buildPoint(cst: CstNode, context: BuildContext): Ast.ProbePoint[] {
  const condition = nodeOf(cst, "parenthesized");
  const suffix = {
    optional: tokenOf(cst, "'?'") !== undefined,
    sufficient: tokenOf(cst, "'!'") !== undefined,
    ...(condition && { condition: buildExpression(theNode(condition, "expression"), context) }),
  };
  const parts = nodesOf(cst, "component").map((part) => buildComponent(part, context));
  let heads: Ast.ProbePoint[] | undefined;
  for (const tails of parts) {
    const qualified = heads?.find((head) => head.optional || head.sufficient || head.condition);
    if (qualified) context.report("parse-syntax", "'?', '!' and 'if' stand behind the last component", qualified.loc);
    if (heads && heads.length * tails.length > limits.maxProbePoints) {
      context.report(
        "parse-syntax",
        `braces give more than ${limits.maxProbePoints} probe points`,
        tails[0]?.loc ?? heads[0]?.loc ?? bug("lang/parser", "point"),
      );
      break;
    }
    heads =
      heads?.flatMap((head) =>
        tails.map((tail) => ({ ...tail, components: [...head.components, ...tail.components], loc: head.loc })),
      ) ?? tails;
  }
  return (heads ?? bug("lang/parser", "point")).map((point) => ({
    ...point,
    ...suffix,
    optional: suffix.optional || point.optional,
    sufficient: suffix.sufficient || point.sufficient,
  }));
}

/** One component as points of one component each; braces give several, of any length. */
function buildComponent(cst: CstNode, context: BuildContext): Ast.ProbePoint[] {
  const nested = nodesOf(cst, "point");
  if (nested.length > 0) return nested.flatMap((point) => buildPoint(point, context));
  const tokens = nodesOf(cst, "componentPart").map((part) => tokenOf(part, "Word") ?? theToken(part, "'*'"));
  const first = locOf(tokens[0] ?? bug("lang/parser", "component"));
  const loc = { ...first, end: locOf(tokens.at(-1) ?? bug("lang/parser", "component")).end };
  const literal = nodeOf(cst, "literal");
  const component: Ast.PointComponent = {
    name: tokens.map((token) => token.image).join(""),
    ...(literal && { argument: buildLiteral(literal, context) }),
    loc,
  };
  return [{ kind: "point", components: [component], optional: false, sufficient: false, loc }];
}
