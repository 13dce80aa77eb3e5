/**
 * Statements of the script as lines of JavaScript.
 *
 * Every loop begins with its share of the action budget, `if ((c.left -= n) < 0) outOfActions();`, where n counts the
 * loop and the statements of its body outside inner loops; code outside loops is not counted, for it ends by itself.
 * Loops become JavaScript's own, so `break` and `continue` are JavaScript's too. Recursion is bounded by
 * `limits.maxSyntaxDepth`, which the parser checks.
 */
import { bug } from "../../../base/assert.ts";
import type { Loc } from "../../../base/source.ts";
import type { DeleteStatement, ForeachStatement, IfStatement, Statement, TryStatement } from "../../ast.ts";
import { assignName } from "./assignments.ts";
import { argument, type Code, type Lines, type Piece, primary } from "./code.ts";
import { arrayName, condition, effect, histogramNumber, stat, value } from "./expressions.ts";
import { keyOf, sliceList, sliceOf } from "./keys.ts";
import { quote } from "./literals.ts";
import type { FunctionScope } from "./scope.ts";

export function emitStatement(scope: FunctionScope, n: Statement, out: Lines): void {
  const mark = { mark: n.loc };
  switch (n.kind) {
    case "block":
      for (const inner of n.statements) emitStatement(scope, inner, out);
      return;
    case "expression-statement": {
      const expression = effect(scope, n.expression);
      if (expression) out.add(mark, expression.code, ";");
      return;
    }
    case "null-statement":
      return;
    case "if":
      emitIf(scope, n, "", out);
      return;
    case "while":
      out.block([mark, "while (", condition(scope, n.condition).code, ")"], () => loopBody(scope, n.body, n.loc, out));
      return;
    case "for": {
      const init = n.init && effect(scope, n.init);
      const test = n.condition && condition(scope, n.condition);
      const step = n.step && effect(scope, n.step);
      const head: Code = [mark, "for (", init?.code ?? "", ";", spaced(test), ";", spaced(step), ")"];
      out.block(head, () => loopBody(scope, n.body, n.loc, out));
      return;
    }
    case "foreach":
      emitForeach(scope, n, out);
      return;
    case "break":
    case "continue":
      out.add(mark, n.kind, ";");
      return;
    case "return":
      out.add(mark, "return", n.value ? [" ", argument(value(scope, n.value))] : defaultReturn(scope), ";");
      return;
    case "next":
      if (scope.symbol) out.add("c.next = 1;");
      out.add(mark, `return${defaultReturn(scope)};`);
      return;
    case "delete":
      emitDelete(scope, n, out);
      return;
    case "try":
      emitTry(scope, n, out);
      return;
  }
}

/** What a function gives back that ends without a value: ` 0`, ` ""` or nothing. */
export function defaultReturn(scope: FunctionScope): string {
  const returns = scope.symbol?.returns ?? "void";
  return returns === "void" ? "" : returns === "string" ? ' ""' : " 0";
}

/** The check that ends a handler which runs for too long. */
export function budget(scope: FunctionScope, count: number, loc: Loc): Code {
  return [`if ((c.left -= ${count}) < 0) `, { mark: loc }, `${scope.module.rt("outOfActions")}();`];
}

/** Statements that run when this one does, without those in inner loops; of two branches the longer. */
export function countStatements(n: Statement): number {
  switch (n.kind) {
    case "block":
      return n.statements.reduce((sum, inner) => sum + countStatements(inner), 0);
    case "if":
      return 1 + Math.max(countStatements(n.then), n.otherwise ? countStatements(n.otherwise) : 0);
    case "try":
      return 1 + countStatements(n.body) + countStatements(n.handler);
    default:
      return 1;
  }
}

/** `before` is what closes the branch that this `if` is the other one of. */
function emitIf(scope: FunctionScope, n: IfStatement, before: string, out: Lines): void {
  const test = condition(scope, n.condition);
  out.add(before, { mark: n.loc }, "if (", test.code, ") {");
  out.indented(() => emitStatement(scope, n.then, out));
  const { otherwise } = n;
  if (otherwise?.kind === "if") {
    emitIf(scope, otherwise, "} else ", out);
    return;
  }
  if (otherwise) {
    out.add("} else {");
    out.indented(() => emitStatement(scope, otherwise, out));
  }
  out.add("}");
}

function spaced(part: Piece | undefined): Code {
  return part ? [" ", part.code] : "";
}

function loopBody(scope: FunctionScope, body: Statement, loc: Loc, out: Lines): void {
  out.add(budget(scope, 1 + countStatements(body), loc));
  emitStatement(scope, body, out);
}

function emitForeach(scope: FunctionScope, n: ForeachStatement, out: Lines): void {
  const { array } = n;
  const isStats = array.kind === "name" && scope.globalOf(array).type === "stats";
  const options: Code[] = [];
  if (n.sort) {
    const { by, direction, operator } = n.sort;
    options.push(`by: ${by === "value" ? '"value"' : by}`, `direction: ${direction}`);
    if (by === "value" && isStats) options.push(`reading: ${quote((operator ?? "@count").slice(1))}`);
  }
  if (n.slice) options.push(["slice: ", sliceList(scope, n.slice).code]);
  if (n.limit) options.push(["limit: ", argument(value(scope, n.limit))]);
  const walk =
    options.length === 0 ? [] : [["{ ", options.map((option, i) => (i === 0 ? option : [", ", option])), " }"]];
  const cursor = scope.cursor();
  const walked: Code =
    array.kind === "name"
      ? [`${arrayName(scope, array)}.`, { mark: n.loc }, n.value ? "walk(" : "walkKeys(", walk, ")"]
      : [
          [stat(scope, array.operand), ".", { mark: n.loc }, "walkBuckets("],
          [histogramNumber(scope, array).code, walk.map((code) => [", ", code]), ")"],
        ];
  const head: Code = [{ mark: n.loc }, `for (const ${cursor} = `, walked, `; ${cursor}.next();)`];
  out.block(head, () => {
    out.add(budget(scope, 1 + countStatements(n.body), n.loc));
    n.keys.forEach((key, i) => {
      out.add({ mark: key.loc }, assignName(scope, key, primary(`${cursor}.key(${i})`)).code, ";");
    });
    if (n.value) out.add({ mark: n.value.loc }, assignName(scope, n.value, primary(`${cursor}.value`)).code, ";");
    emitStatement(scope, n.body, out);
  });
}

function emitDelete(scope: FunctionScope, n: DeleteStatement, out: Lines): void {
  const { target } = n;
  const mark = { mark: n.loc };
  if (target.kind === "index") {
    const array = arrayName(scope, target.array);
    const slice = sliceOf(scope, target.indexes);
    if (slice) out.add(mark, `${array}.deleteMatching(`, slice.code, ");");
    else out.add(mark, `${array}.delete(`, argument(keyOf(scope, target.indexes)), ");");
    return;
  }
  if (target.kind !== "name") bug("emit/statements", `cannot delete ${target.kind}`);
  const symbol = scope.symbolOf(target);
  if (symbol.kind === "global" && (symbol.keys.length > 0 || symbol.type === "stats")) {
    out.add(mark, `${arrayName(scope, target)}.clear();`);
    return;
  }
  const empty = (symbol.kind === "global" || symbol.kind === "local") && symbol.type === "string" ? '""' : "0";
  out.add(mark, assignName(scope, target, primary(empty)).code, ";");
}

function emitTry(scope: FunctionScope, n: TryStatement, out: Lines): void {
  const error = scope.caught();
  out.add({ mark: n.loc }, "try {");
  out.indented(() => emitStatement(scope, n.body, out));
  out.add(`} catch (${error}) {`);
  out.indented(() => {
    const message = primary(`${scope.module.rt("caught")}(${error})`);
    out.add(n.variable ? assignName(scope, n.variable, message).code : message.code, ";");
    emitStatement(scope, n.handler, out);
  });
  out.add("}");
}
