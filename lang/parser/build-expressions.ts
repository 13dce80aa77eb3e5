/**
 * CST → AST for expressions: precedence, lvalues of `&` and `->`, the print family and the `@` operations.
 *
 * Called by `build.ts` and `build-statements.ts`. Errors that the grammar does not see (the kinds of arguments,
 * numbers out of range, histograms where a value is needed) go to `context.report`; a node is made all the same.
 */
import type { CstNode, IToken } from "chevrotain";
import { bug } from "../../base/assert.ts";
import { parseLong, sub } from "../../base/int64.ts";
import type { Loc } from "../../base/source.ts";
import type * as Ast from "../ast.ts";
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
import { describeToken } from "./describe.ts";
import { badDirective } from "./format-check.ts";
import { locOf } from "./lexer.ts";

// biome-ignore format: table
const levels: { readonly [operator: string]: number } = {
  "||": 1, "&&": 2, "|": 3, "^": 4, "&": 5, in: 6,
  "<": 7, ">": 7, "<=": 7, ">=": 7, "==": 7, "!=": 7, "=~": 7, "!~": 7,
  "<<": 8, ">>": 8, ">>>": 8, ".": 9, "+": 10, "-": 10, "*": 11, "/": 11, "%": 11,
};

export function buildExpression(cst: CstNode, context: BuildContext): Ast.Expression {
  const left = buildTernary(theNode(cst, "ternary"), context);
  const operator = tokenOf(cst, "AssignmentOp");
  if (operator === undefined) return left;
  const value = buildExpression(theNode(cst, "expression"), context);
  return {
    kind: "assignment",
    operator: operator.image as Ast.AssignmentOperator,
    target: left,
    value,
    loc: locOf(operator),
  };
}

function buildTernary(cst: CstNode, context: BuildContext): Ast.Expression {
  const condition = buildBinary(theNode(cst, "binary"), context);
  const question = tokenOf(cst, "'?'");
  if (question === undefined) return condition;
  const [inner, last] = nodesOf(cst, "expression");
  const then = buildExpression(inner ?? bug("lang/parser", "ternary"), context);
  const otherwise = last ? buildExpression(last, context) : buildTernary(theNode(cst, "ternary"), context);
  return { kind: "ternary", condition, then, otherwise, loc: locOf(question) };
}

type Operand = Ast.Expression | { readonly kind: "list"; readonly indexes: Ast.Index["indexes"]; readonly loc: Loc };

/** Operator precedence with a stack of operands and pending operators, all left-associative. */
function buildBinary(cst: CstNode, context: BuildContext): Ast.Expression {
  const operands: Operand[] = [buildOperand(cst, context)];
  const pending: IToken[] = [];
  const reduce = (level: number): void => {
    for (let top = pending.at(-1); top !== undefined && (levels[top.image] ?? 0) >= level; top = pending.at(-1)) {
      pending.pop();
      const right = single(operands.pop() as Operand, context);
      const left = single(operands.pop() as Operand, context);
      operands.push({ kind: "binary", operator: top.image as Ast.BinaryOperator, left, right, loc: locOf(top) });
    }
  };
  for (const tail of nodesOf(cst, "binaryTail")) {
    const operator = tokenOf(tail, "BinaryOp") ?? tokenOf(tail, "in") ?? theToken(tail, "MatchOp");
    reduce(levels[operator.image] ?? 0);
    const loc = locOf(operator);
    if (operator.image === "in") {
      const left = operands.pop() as Operand;
      const indexes = left.kind === "list" ? left.indexes : [left];
      const histogram = nodeOf(tail, "histogram");
      const array: Ast.Membership["array"] = histogram
        ? buildHistogram(histogram, context, false)
        : { kind: "name", ...nameOf(theNode(tail, "name")) };
      operands.push({ kind: "in", indexes, array, loc });
    } else if (tokenOf(tail, "MatchOp") !== undefined) {
      const left = single(operands.pop() as Operand, context);
      const pattern = buildStrings(theNode(tail, "strings"), context);
      operands.push({ kind: "regex", operator: operator.image as "=~" | "!~", left, pattern, loc });
    } else {
      operands.push(buildOperand(tail, context));
      pending.push(operator);
    }
  }
  reduce(0);
  return single(operands[0] as Operand, context);
}

function buildOperand(cst: CstNode, context: BuildContext): Operand {
  const list = nodeOf(cst, "indexList");
  if (list === undefined) return buildUnary(theNode(cst, "unary"), context);
  return { kind: "list", indexes: buildIndexes(list, context), loc: locOf(theToken(list, "'['")) };
}

/** `[x]` without `in` is `x`; longer lists mean something only before `in`. */
function single(operand: Operand, context: BuildContext): Ast.Expression {
  if (operand.kind !== "list") return operand;
  const [only, ...more] = operand.indexes;
  if (only !== undefined && only.kind !== "wildcard" && more.length === 0) return only;
  context.report("parse-syntax", "expected 'in' after a list of indexes", operand.loc);
  return { kind: "number", value: 0, loc: operand.loc };
}

export function buildIndexes(cst: CstNode, context: BuildContext): Ast.Index["indexes"] {
  return nodesOf(cst, "indexItem").map((item) => {
    const star = tokenOf(item, "'*'");
    return star ? { kind: "wildcard", loc: locOf(star) } : buildExpression(theNode(item, "expression"), context);
  });
}

function buildUnary(cst: CstNode, context: BuildContext): Ast.Expression {
  let operand = buildValue(theNode(cst, "value"), context);
  const prefix = tokenOf(cst, "prefix");
  const postfix = tokenOf(cst, "postfix");
  if (prefix && postfix)
    context.report("parse-syntax", `expected an operator, found ${describeToken(locOf(postfix))}`, locOf(postfix));
  const step = prefix ?? postfix;
  if (step) {
    operand = {
      kind: "increment",
      operator: step.image as "++" | "--",
      prefix: prefix !== undefined,
      operand,
      loc: locOf(step),
    };
  }
  for (const operator of tokensOf(cst, "UnaryOp").reverse()) {
    operand = { kind: "unary", operator: operator.image as Ast.Unary["operator"], operand, loc: locOf(operator) };
  }
  return operand;
}

/** A primary with what follows it: `->m`, `[i]`, `$`, and `&` before. */
function buildValue(cst: CstNode, context: BuildContext): Ast.Expression {
  const ampersand = tokenOf(cst, "'&'");
  const primary = buildPrimary(cst, context);
  const components = nodesOf(cst, "dereference").flatMap((part) => buildDereference(part, context));
  const addressOf = ampersand !== undefined;
  if (primary.kind === "histogram" && components.length === 1 && components[0]?.kind === "element") {
    return { kind: "bucket", histogram: primary, index: components[0].index, loc: primary.loc };
  }
  const isTarget = primary.kind === "target" || primary.kind === "atvar" || primary.kind === "cast";
  // in parentheses a target variable is a value like another; only `&` still reaches it
  const parenthesized = nodeOf(cst, "parenthesized") !== undefined;
  const all = isTarget && !parenthesized ? [...primary.components, ...components] : components;
  const pretty = all.findIndex((part) => part.kind === "pretty");
  if (pretty >= 0 && pretty < all.length - 1)
    context.report(
      "parse-syntax",
      "nothing can follow the '$' of a pretty-printed value",
      all[pretty + 1]?.loc ?? primary.loc,
    );
  if (isTarget && !parenthesized) return { ...primary, components: all, addressOf };
  if (isTarget && addressOf && components.length === 0) {
    if (primary.addressOf)
      context.report("parse-syntax", "an address has no address", locOf(ampersand ?? bug("lang/parser", "&")));
    return { ...primary, addressOf };
  }
  if (ampersand && !isTarget && !context.dialect.autocast)
    context.report("parse-syntax", "only a target variable has an address in this version", locOf(ampersand));
  if (components.length === 0 && !addressOf) return primary;
  return {
    kind: "autocast",
    operand: primary,
    components,
    addressOf,
    loc: components[0]?.loc ?? locOf(ampersand ?? bug("lang/parser", "autocast")),
  };
}

function buildDereference(cst: CstNode, context: BuildContext): Ast.TargetComponent[] {
  const arrow = tokenOf(cst, "'->'");
  if (arrow !== undefined) {
    const word = theToken(cst, "Word");
    const { base, pretty } = splitPretty(word.image);
    if (/^\$\$?$/.test(base)) return prettyPart(base, locOf(word));
    return [{ kind: "member", name: base, loc: locOf(word) }, ...prettyPart(pretty, locOf(word))];
  }
  const bracket = tokenOf(cst, "'['");
  if (bracket)
    return [{ kind: "element", index: buildExpression(theNode(cst, "expression"), context), loc: locOf(bracket) }];
  const dollars = theToken(cst, "Dollars");
  return prettyPart(dollars.image, locOf(dollars));
}

/** `x$` and `x$$` end in a pretty-print mark; a word of nothing but dollars has none. */
function splitPretty(word: string): { base: string; pretty: string } {
  const match = /^(.*[^$])(\$\$?)$/.exec(word);
  return match ? { base: match[1] ?? word, pretty: match[2] ?? "" } : { base: word, pretty: "" };
}

function prettyPart(dollars: string, loc: Loc): Ast.TargetComponent[] {
  return dollars === "" ? [] : [{ kind: "pretty", deep: dollars.length > 1, loc }];
}

function buildPrimary(cst: CstNode, context: BuildContext): Ast.Expression {
  const [number, strings, inner] = [tokenOf(cst, "Number"), nodeOf(cst, "strings"), nodeOf(cst, "parenthesized")];
  if (number) return buildNumber(number, undefined, context);
  if (strings) return buildStrings(strings, context);
  if (inner) return buildExpression(theNode(inner, "expression"), context);
  const [embedded, symbol, print] = [tokenOf(cst, "Embedded"), nodeOf(cst, "symbol"), nodeOf(cst, "print")];
  if (embedded) return buildEmbedded(embedded, context);
  if (symbol) return buildSymbol(symbol, context);
  if (print) return buildPrint(print, context);
  const histogram = nodeOf(cst, "histogram");
  if (histogram) {
    const next = nodeOf(cst, "dereference");
    return buildHistogram(histogram, context, next === undefined || tokenOf(next, "'['") === undefined);
  }
  const dollars = tokenOf(cst, "Dollars");
  if (dollars) return { kind: "target", name: dollars.image, components: [], addressOf: false, loc: locOf(dollars) };
  return buildAtOperation(theNode(cst, "atOperation"), context);
}

const MIN_LONG = -(2n ** 63n);

export function buildNumber(token: IToken, minus: IToken | undefined, context: BuildContext): Ast.NumberLiteral {
  const written = parseLong(token.image);
  // a literal below zero goes down to the lowest value and no further
  const value = minus && written !== undefined && written < 0 && written !== MIN_LONG ? undefined : written;
  if (value === undefined)
    context.report(
      "parse-number",
      `number '${token.image.slice(0, 40)}' is malformed or does not fit in 64 bits`,
      locOf(token),
    );
  return { kind: "number", value: minus ? sub(0, value ?? 0) : (value ?? 0), loc: locOf(minus ?? token) };
}

export function buildSignedNumber(cst: CstNode, context: BuildContext): Ast.NumberLiteral {
  return buildNumber(theToken(cst, "Number"), tokenOf(cst, "'-'"), context);
}

export function buildEmbedded(token: IToken, context: BuildContext): Ast.EmbeddedCode {
  if (!context.guru) context.report("parse-guru", "embedded code needs guru mode (-g)", locOf(token));
  if (token.image.includes("}%"))
    context.report("parse-warning", "'}%' in embedded code, which '%}' closes", locOf(token), { severity: "warning" });
  return { kind: "embedded", text: token.image.slice(2, -2), loc: locOf(token) };
}

function buildArguments(cst: CstNode, context: BuildContext): Ast.Expression[] {
  return nodesOf(cst, "expression").map((argument) => buildExpression(argument, context));
}

function buildSymbol(cst: CstNode, context: BuildContext): Ast.Expression {
  const token = theToken(cst, "Identifier");
  const [name, loc] = [token.image, locOf(token)];
  if (name.startsWith("$")) {
    const { base, pretty } = splitPretty(name);
    return { kind: "target", name: base, components: prettyPart(pretty, loc), addressOf: false, loc };
  }
  const call = nodeOf(cst, "callArguments");
  if (call) return { kind: "call", name, arguments: buildArguments(call, context), loc };
  const indexes = nodeOf(cst, "indexList");
  if (indexes)
    return { kind: "index", array: { kind: "name", name, loc }, indexes: buildIndexes(indexes, context), loc };
  return { kind: "name", name, loc };
}

function buildPrint(cst: CstNode, context: BuildContext): Ast.Print {
  const word = theToken(cst, "PrintWord");
  const [name, loc] = [word.image as Ast.PrintName, locOf(word)];
  const list = theNode(cst, "callArguments");
  const args = nodesOf(list, "expression");
  const fail = (what: string): void => context.report("parse-syntax", `expected ${what}`, loc);
  const histogram = args.length === 1 && args[0] ? histogramOf(args[0]) : undefined;
  if (histogram && /^s?print(ln)?$/.test(name))
    return { kind: "print", name, arguments: [buildHistogram(histogram, context, false)], loc };
  const values = buildArguments(list, context);
  if (/^s?print(f|d|dln)$/.test(name)) {
    const [first, ...rest] = values;
    const needed = name.endsWith("f") ? 0 : 2;
    if (first?.kind !== "string") fail(`a literal string as the first argument of ${name}`);
    else if (rest.length < needed) fail(`at least two values after the delimiter of ${name}`);
    const bad = needed === 0 && first?.kind === "string" ? badDirective(first.value) : undefined;
    if (bad !== undefined)
      context.report(
        "parse-syntax",
        `'${JSON.stringify(bad).slice(1, -1)}' in the format is no conversion`,
        first?.loc ?? loc,
      );
    const literal: Ast.StringLiteral = first?.kind === "string" ? first : { kind: "string", value: "", loc };
    return {
      kind: "print",
      name,
      ...(needed === 0 ? { format: literal } : { delimiter: literal }),
      arguments: rest,
      loc,
    };
  }
  if (values.length === 0 && !name.endsWith("ln")) fail(`a value to ${name}`);
  return { kind: "print", name, arguments: values, loc };
}

/** The histogram that an expression consists of, looked for through the levels of the grammar. */
function histogramOf(expression: CstNode): CstNode | undefined {
  const path = ["ternary", "binary", "unary", "value"];
  let at: CstNode | undefined = expression;
  for (const name of path) {
    const children: CstNode["children"] = at.children;
    if (Object.keys(children).length !== 1) return undefined;
    at = nodeOf(at, name);
    if (at === undefined) return undefined;
  }
  return Object.keys(at.children).length === 1 ? nodeOf(at, "histogram") : undefined;
}

export function buildHistogram(cst: CstNode, context: BuildContext, misplaced: boolean): Ast.HistogramOperation {
  const token = theToken(cst, "HistogramOp");
  const operator = token.image as Ast.HistogramOperation["operator"];
  const parameters = nodesOf(cst, "signedNumber").map((number) => buildSignedNumber(number, context));
  const needed = operator === "@hist_log" ? 0 : 3;
  if (parameters.length !== needed)
    context.report(
      "parse-syntax",
      `expected ${needed} numbers after the value of ${operator}, found ${parameters.length}`,
      locOf(token),
    );
  if (misplaced)
    context.report("parse-syntax", `${operator} is not a value: print it, index it or walk it`, locOf(token));
  return {
    kind: "histogram",
    operator,
    operand: buildExpression(theNode(cst, "expression"), context),
    parameters,
    loc: locOf(token),
  };
}

type ArgumentKind = "value" | "number" | "string" | "variable";

/** Arguments of each operation; a `?` behind the kind: may be left out. */
// biome-ignore format: table
const atArguments: { readonly [operator: string]: readonly (ArgumentKind | `${ArgumentKind}?`)[] } = {
  "@cast":      ["value", "string", "string?"],  "@var":       ["string", "string?"],
  "@variance":  ["value", "number?"],            "@defined":   ["value"],
  "@entry":     ["value"],                       "@perf":      ["string"],
  "@probewrite": ["variable"],                   "@const":     ["string"],
  "@enum":      ["string"],                      "@enumname":  ["value", "string?", "string?"],
  "@kregister": ["number"],                      "@uregister": ["number"],
  "@kderef":    ["number", "value"],             "@uderef":    ["number", "value"],
};

/** What reaches beyond the traced program, as embedded code does; a macro of the library may use it. */
const guruOperators: ReadonlySet<string> = new Set(["@const", "@kderef", "@kregister"]);

function buildAtOperation(cst: CstNode, context: BuildContext): Ast.Expression {
  const token = tokenOf(cst, "StatOp") ?? tokenOf(cst, "@cast") ?? tokenOf(cst, "@var") ?? theToken(cst, "AtOp");
  const [operator, loc] = [token.image, locOf(token)];
  // what comes from the library, also through a macro, may use them
  if (guruOperators.has(operator) && !context.guru && loc.source.role === "user")
    context.report("parse-guru", `${operator} needs guru mode (-g)`, loc);
  const args = buildArguments(cst, context).map(negated);
  const kinds = atArguments[operator] ?? ["value"];
  const least = kinds.filter((kind) => !kind.endsWith("?")).length;
  if (args.length < least || args.length > kinds.length)
    context.report(
      "parse-syntax",
      `expected ${least === kinds.length ? least : `${least} to ${kinds.length}`} arguments to ${operator}, found ${args.length}`,
      loc,
    );
  args.forEach((argument, i) => {
    const kind = (kinds[i] ?? "value").replace("?", "");
    const bad =
      kind === "variable"
        ? argument.kind !== "name" && argument.kind !== "target"
        : kind !== "value" && argument.kind !== kind;
    if (bad)
      context.report(
        "parse-syntax",
        `expected a ${kind === "variable" ? kind : `literal ${kind}`}, found ${describeToken(argument.loc)}`,
        argument.loc,
      );
  });
  const text = (i: number): Ast.StringLiteral => {
    const argument = args[i];
    return argument?.kind === "string" ? argument : { kind: "string", value: "", loc };
  };
  const first = args[0] ?? bug("lang/parser", "no argument");
  if (operator === "@cast")
    return {
      kind: "cast",
      operand: first,
      type: text(1),
      ...(args[2] && { module: text(2) }),
      components: [],
      addressOf: false,
      loc,
    };
  if (operator === "@var")
    return { kind: "atvar", name: text(0), ...(args[1] && { module: text(1) }), components: [], addressOf: false, loc };
  if (tokenOf(cst, "StatOp") !== undefined) {
    const parameters = args.slice(1).filter((argument) => argument.kind === "number");
    return { kind: "stat", operator: operator as Ast.StatOperator, operand: first, parameters, loc };
  }
  return { kind: "at", operator: operator as Ast.AtOperation["operator"], arguments: args, loc };
}

/** A number with one minus before it is a literal where the language asks for a literal. */
function negated(argument: Ast.Expression, position: number): Ast.Expression {
  if (position === 0 || argument.kind !== "unary" || argument.operator !== "-" || argument.operand.kind !== "number")
    return argument;
  return { kind: "number", value: sub(0, argument.operand.value), loc: argument.loc };
}
