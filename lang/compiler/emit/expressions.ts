/**
 * Expressions of the script as JavaScript expressions.
 *
 * `value` gives a Long or a byte string, `condition` a JavaScript truth value, `effect` whatever is cheapest when the
 * value is not wanted. A Long has one form for each value (`base/int64.ts`), so `===` and `<` are exact as they are;
 * everything that can leave 53 bits goes through the runtime. Evaluation is from left to right, except that a compound
 * assignment evaluates its right side before it reads its target, as the reference translator does.
 * What has no meaning here was refused by pass 2, so reaching it is a bug of ours.
 */
import { bug } from "../../../base/assert.ts";
import type { Binary, Call, Expression, StatOperation, Ternary } from "../../ast.ts";
import { candidates, type ProgramSymbol } from "../program.ts";
import { emitAssignment, emitIncrement } from "./assignments.ts";
import { argument, at, call, Level, type Piece, piece, primary } from "./code.ts";
import { keyOf, sliceOf } from "./keys.ts";
import { constant, cString, numberPiece, quote } from "./literals.ts";
import { emitPrint } from "./prints.ts";
import type { FunctionScope } from "./scope.ts";
import { emitTarget } from "./targets.ts";

/** The expression as a Long or a byte string. */
export function value(scope: FunctionScope, e: Expression): Piece {
  switch (e.kind) {
    case "number":
      return marked(e, numberPiece(e.value));
    case "string":
      return marked(e, primary(quote(cString(e.value, scope.module.maxString))));
    case "name":
      return marked(e, nameValue(scope, e));
    case "index": {
      const key = keyOf(scope, e.indexes);
      return call(e.loc, [arrayName(scope, e.array), ".get"], [key]);
    }
    case "call":
      return emitCall(scope, e);
    case "print":
      return emitPrint(scope, e);
    case "unary":
      return emitUnary(scope, e);
    case "increment":
      return emitIncrement(scope, e, true);
    case "assignment":
      return emitAssignment(scope, e);
    case "binary":
      return emitBinary(scope, e);
    case "in":
      return fromCondition(condition(scope, e));
    case "ternary":
      return emitTernary(scope, e);
    case "stat":
      return emitStat(scope, e);
    case "bucket": {
      const { histogram } = e;
      const index = value(scope, e.index);
      return call(e.loc, [stat(scope, histogram.operand), ".bucket"], [histogramNumber(scope, histogram), index]);
    }
    case "target":
    case "atvar":
    case "cast":
    case "autocast":
    case "at":
      return emitTarget(scope, e);
    case "embedded":
      return call(e.loc, scope.module.embeddedExpression(e), [primary("c")]);
    case "regex":
      return fromCondition(condition(scope, e));
    case "histogram":
      return bug("emit/expressions", `${e.kind} reached pass 3`);
  }
}

/** The expression as a JavaScript truth value. */
export function condition(scope: FunctionScope, e: Expression): Piece {
  const known = constant(e);
  if (known !== undefined) return primary(known === 0 ? "false" : "true");
  if (e.kind === "unary" && e.operator === "!") {
    if (!isTruth(e.operand)) return piece([at(Level.relation, value(scope, e.operand)), " === 0"], Level.equality);
    return piece(["!", at(Level.unary, condition(scope, e.operand))], Level.unary);
  }
  if (e.kind === "in" && e.array.kind === "histogram") {
    const [index] = e.indexes;
    if (!index || index.kind === "wildcard") return bug("emit/expressions", "a bucket without a number");
    const number = histogramNumber(scope, e.array);
    return call(e.loc, [stat(scope, e.array.operand), ".hasBucket"], [number, value(scope, index)]);
  }
  if (e.kind === "in" && e.array.kind === "name") {
    const array = arrayName(scope, e.array);
    const slice = sliceOf(scope, e.indexes);
    if (slice) return call(e.loc, [array, ".hasMatching"], [slice]);
    return call(e.loc, [array, ".has"], [keyOf(scope, e.indexes)]);
  }
  if (e.kind === "regex") {
    const matches = call(e.loc, scope.module.regex(cString(e.pattern.value)), [primary("c"), value(scope, e.left)]);
    return e.operator === "=~" ? matches : piece(["!", at(Level.unary, matches)], Level.unary);
  }
  if (e.kind === "binary") {
    const operator = truthOperators[e.operator];
    if (operator) {
      const { text, level, logical } = operator;
      const side = logical ? condition : value;
      const left = at(level, side(scope, e.left));
      // One level more on the right: JavaScript's operators are left associative, like the language's.
      const right = at((level + 1) as Level, side(scope, e.right));
      return piece([left, " ", { mark: e.loc }, `${text} `, right], level);
    }
  }
  return piece([at(Level.relation, value(scope, e)), " !== 0"], Level.equality);
}

/** Whether the expression is a JavaScript truth value before it is made a number. */
function isTruth(e: Expression): boolean {
  if (e.kind === "binary") return truthOperators[e.operator] !== undefined;
  return e.kind === "in" || (e.kind === "unary" && e.operator === "!");
}

/** What cannot fail has a place too, for whoever reads the module beside the script. */
function marked(e: Expression, { code, level }: Piece): Piece {
  return piece([{ mark: e.loc }, code], level);
}

/** The expression for its effects alone; undefined when it has none and cannot fail. */
export function effect(scope: FunctionScope, e: Expression): Piece | undefined {
  if (e.kind === "number" || e.kind === "string" || e.kind === "name") return undefined;
  if (e.kind === "increment") return emitIncrement(scope, e, false);
  return value(scope, e);
}

/** The JavaScript name of an array or aggregate. */
export function arrayName(scope: FunctionScope, node: Parameters<FunctionScope["globalOf"]>[0]): string {
  return scope.module.globalName(scope.globalOf(node));
}

/** The aggregate that an operator reads: `g_s`, or `g_a.at(key)`. */
export function stat(scope: FunctionScope, e: Expression): Piece["code"] {
  if (e.kind === "name") return arrayName(scope, e);
  if (e.kind === "index") return [arrayName(scope, e.array), ".at(", argument(keyOf(scope, e.indexes)), ")"];
  return bug("emit/expressions", `an aggregate cannot be ${e.kind}`);
}

/** The position of a histogram among those of its global. */
export function histogramNumber(scope: FunctionScope, e: Expression): Piece {
  if (e.kind === "histogram") {
    const index = scope.module.program.histograms.get(e);
    if (index !== undefined) return primary(`${index}`);
  }
  return bug("emit/expressions", "a histogram without a number");
}

function nameValue(scope: FunctionScope, e: Extract<Expression, { kind: "name" }>): Piece {
  const symbol = scope.symbolOf(e);
  if (symbol.kind === "local") return primary(scope.localName(symbol));
  if (symbol.kind === "global") return primary(scope.module.globalName(symbol));
  if (symbol.kind === "builtin") return call(e.loc, `rt.fn.${symbol.name}`, [primary("c")]);
  return bug("emit/expressions", `${e.name} is a function`);
}

function emitCall(scope: FunctionScope, e: Call): Piece {
  const symbol = scope.symbolOf(e);
  const stable = symbol.kind === "builtin" || symbol.kind === "function" ? scope.stable.get(symbol) : undefined;
  if (!stable) return newCall(scope, e, symbol);
  if (stable.atTop) return marked(e, primary(stable.name));
  return piece([`${stable.name} ??= `, newCall(scope, e, symbol).code], Level.assignment);
}

function newCall(scope: FunctionScope, e: Call, symbol: ProgramSymbol): Piece {
  const values = [primary("c"), ...e.arguments.map((item) => value(scope, item))];
  if (symbol.kind === "builtin") return call(e.loc, `rt.fn.${symbol.name}`, values);
  if (symbol.kind !== "function") return bug("emit/expressions", `${e.name} is not a function`);
  for (const candidate of candidates(symbol)) {
    if (candidate.kind === "function" && candidate.item.body.kind === "block") scope.calls.add(candidate);
  }
  return call(e.loc, scope.module.callName(symbol), values);
}

function emitUnary(scope: FunctionScope, e: Extract<Expression, { kind: "unary" }>): Piece {
  const known = constant(e);
  if (known !== undefined) return numberPiece(known);
  switch (e.operator) {
    case "+":
      return value(scope, e.operand);
    case "-":
      return call(e.loc, scope.module.rt("neg"), [value(scope, e.operand)]);
    case "~":
      return call(e.loc, scope.module.rt("not"), [value(scope, e.operand)]);
    case "!":
      return fromCondition(condition(scope, e));
  }
}

function emitBinary(scope: FunctionScope, e: Binary): Piece {
  const known = constant(e);
  if (known !== undefined) return numberPiece(known);
  if (truthOperators[e.operator]) return fromCondition(condition(scope, e));
  if (e.operator === ".") return call(e.loc, scope.module.rt("cat"), concatenated(scope, e));
  const name = arithmetic[e.operator] ?? bug("emit/expressions", `operator ${e.operator}`);
  const left = value(scope, e.left);
  return call(e.loc, scope.module.rt(name), [left, value(scope, e.right)]);
}

/** The parts of `a . b . c`: cutting once at the end cuts at the same byte. */
function concatenated(scope: FunctionScope, e: Expression): Piece[] {
  if (e.kind !== "binary" || e.operator !== ".") return [value(scope, e)];
  return [...concatenated(scope, e.left), ...concatenated(scope, e.right)];
}

function emitTernary(scope: FunctionScope, e: Ternary): Piece {
  const test = at(Level.or, condition(scope, e.condition));
  const then = argument(value(scope, e.then));
  return piece([test, " ? ", then, " : ", argument(value(scope, e.otherwise))], Level.ternary);
}

function emitStat(scope: FunctionScope, e: StatOperation): Piece {
  const method = readings[e.operator] ?? bug("emit/expressions", `${e.operator} reached pass 3`);
  return primary(stat(scope, e.operand), ".", { mark: e.loc }, method, "()");
}

function fromCondition(truth: Piece): Piece {
  return piece([at(Level.or, truth), " ? 1 : 0"], Level.ternary);
}

interface TruthOperator {
  readonly text: string;
  readonly level: Level;
  readonly logical?: boolean;
}

// biome-ignore format: table
const truthOperators: { readonly [operator in Binary["operator"]]?: TruthOperator } = {
  "||": { text: "||", level: Level.or, logical: true },
  "&&": { text: "&&", level: Level.and, logical: true },
  "==": { text: "===", level: Level.equality },
  "!=": { text: "!==", level: Level.equality },
  "<": { text: "<", level: Level.relation },
  ">": { text: ">", level: Level.relation },
  "<=": { text: "<=", level: Level.relation },
  ">=": { text: ">=", level: Level.relation },
};

/** Operator → function of the runtime; also of the compound assignments. */
// biome-ignore format: table
export const arithmetic: { readonly [operator: string]: string } = {
  "+": "add",
  "-": "sub",
  "*": "mul",
  "/": "div",
  "%": "mod",
  "&": "and",
  "|": "or",
  "^": "xor",
  "<<": "shl",
  ">>": "shr",
  ">>>": "ushr",
  ".": "cat",
};

// biome-ignore format: table
const readings: { readonly [operator: string]: string } = {
  "@count": "count",
  "@sum": "sum",
  "@min": "min",
  "@max": "max",
  "@avg": "avg",
  "@variance": "variance",
};
