/**
 * One function or handler: its head, and its statements.
 *
 *     function f_x(c, l_a) {                              c first, then parameters
 *       if ((c.left -= 2) < 0) outOfActions();            only where needed, see `calls.ts`
 *       let l_x = 0, t_0, s_tid;                          all variables at the top; `s_tid ??= rt.fn.tid(c)` fills it
 *       const s_pid = rt.fn.pid(c);                       what is the same for the whole hit
 *       c.enter(); try { … } finally { c.leave(); }       only as a pair around all of the rest
 *     }
 *
 * Loops begin with the budget check, so none can run on; a catch clause begins with `caught`.
 */
import type {
  AnyNode,
  BlockStatement,
  ForStatement,
  FunctionDeclaration,
  Statement,
  TryStatement,
  VariableDeclaration,
  VariableDeclarator,
} from "acorn";
import { declaredNames } from "../../../abi/contract.ts";
import type { CheckedFunction } from "./calls.ts";
import { type BodyScope, checkCaught, checkExpression, checkWalk, type LocalName } from "./expressions.ts";
import { Offence, require } from "./offence.ts";
import { isInteger, isLiteralValue, isMember, isName, type ModuleNames } from "./shapes.ts";

export function checkFunction(node: FunctionDeclaration, module: ModuleNames): CheckedFunction {
  require(!node.async && !node.generator, node, "an async function or generator");
  const isHandler = module.get(node.id.name) === "handler";
  const scope: BodyScope = { module, isHandler, names: new Map(), calls: new Set() };
  const [c, ...parameters] = node.params;
  require(isName(c, "c"), node, "the first parameter is c");
  require(!isHandler || parameters.length === 0, node, "a handler takes c alone");
  for (const parameter of parameters) declareLocal(scope, parameter, /^l_/, "variable");

  const statements = [...node.body.body];
  const counted = statements[0] !== undefined && isBudget(scope, statements[0]);
  if (counted) statements.shift();
  for (let n = statements[0]; n?.type === "VariableDeclaration"; n = statements[0]) {
    for (const declarator of n.declarations) checkDeclaration(scope, n.kind, declarator);
    statements.shift();
  }
  const [enter, guard] = statements;
  const guarded = enter !== undefined && isContextCall(enter, "enter");
  if (guarded) {
    require(statements.length === 2 && guard?.type === "TryStatement" && !guard.handler, node, "enter without leave");
    const [leave, ...more] = guard.finalizer?.body ?? [];
    require(leave && isContextCall(leave, "leave") && more.length === 0, guard, "enter without leave");
    checkBlock(scope, guard.block);
  } else for (const n of statements) checkStatement(scope, n);
  return { node, calls: scope.calls, counted, guarded };
}

function checkDeclaration(scope: BodyScope, keyword: string, { id, init }: VariableDeclarator): void {
  if (keyword === "const") {
    require(init?.type === "CallExpression" &&
      init.callee.type === "MemberExpression" &&
      isMember(init.callee.object, "rt", "fn"), id, "a constant is what a builtin gives");
    checkExpression(scope, init);
    declareLocal(scope, id, /^s_/, "constant");
    return;
  }
  require(keyword === "let", id, `${keyword} in a body`);
  if (id.type === "Identifier" && id.name.startsWith("s_")) {
    require(!init, id, "what is called later begins without a value");
    declareLocal(scope, id, /^s_/, "later");
    return;
  }
  require(!init || isLiteralValue(init), id, "a local begins with a literal");
  declareLocal(scope, id, /^(l_|t_)/, "variable");
}

function checkStatement(scope: BodyScope, n: Statement): void {
  switch (n.type) {
    case "ExpressionStatement":
      require(!n.directive, n, "a directive");
      checkExpression(scope, n.expression);
      return;
    case "IfStatement":
      if (isBudget(scope, n)) return;
      checkExpression(scope, n.test);
      checkStatement(scope, n.consequent);
      if (n.alternate) checkStatement(scope, n.alternate);
      return;
    case "BlockStatement":
      checkBlock(scope, n);
      return;
    case "WhileStatement":
      checkExpression(scope, n.test);
      checkLoopBody(scope, n.body);
      return;
    case "ForStatement":
      if (n.init?.type === "VariableDeclaration") {
        checkWalkingLoop(scope, n, n.init);
        return;
      }
      for (const part of [n.init, n.test, n.update]) if (part) checkExpression(scope, part);
      checkLoopBody(scope, n.body);
      return;
    case "BreakStatement":
    case "ContinueStatement":
      require(!n.label, n, "a label");
      return;
    case "ReturnStatement":
      require(!n.argument || !scope.isHandler, n, "a handler gives nothing back");
      if (n.argument) checkExpression(scope, n.argument);
      return;
    case "TryStatement":
      checkTry(scope, n);
      return;
    default:
      throw new Offence(n, `${n.type} is not in the contract`);
  }
}

function checkBlock(scope: BodyScope, n: BlockStatement): void {
  for (const inner of n.body) checkStatement(scope, inner);
}

function checkLoopBody(scope: BodyScope, n: Statement): void {
  require(n.type === "BlockStatement", n, "the body of a loop is a block");
  const [first, ...rest] = n.body;
  require(first && isBudget(scope, first), first ?? n, "a loop begins with the budget check");
  for (const inner of rest) checkStatement(scope, inner);
}

/** `for (const a_0 = g_a.walk(); a_0.next();) { … }` */
function checkWalkingLoop(scope: BodyScope, n: ForStatement, { kind, declarations }: VariableDeclaration): void {
  const [cursor, ...more] = declarations;
  require(kind === "const" && cursor?.init && more.length === 0, n, "a declaration in a loop");
  checkWalk(scope, cursor.init);
  const name = declareLoop(scope, cursor.id);
  const { test } = n;
  const isNext = test?.type === "CallExpression" && test.arguments.length === 0 && isMember(test.callee, name, "next");
  require(isNext && !test.optional && !n.update, n, "a walk goes from one entry to the next");
  scope.names.set(name, "cursor");
  checkLoopBody(scope, n.body);
  scope.names.delete(name);
}

function declareLoop(scope: BodyScope, id: AnyNode | undefined): string {
  require(id?.type === "Identifier", id ?? { start: 0 }, "expected a name");
  require(/^a_/.test(id.name) && declaredNames.test(id.name), id, "a cursor without its prefix");
  require(!scope.names.has(id.name), id, `${id.name} is declared twice`);
  return id.name;
}

/** `try { … } catch (e_0) { l_m = caught(e_0); … }` */
function checkTry(scope: BodyScope, n: TryStatement): void {
  require(n.handler && !n.finalizer, n, "a try without catch, or with finally");
  checkBlock(scope, n.block);
  const { param, body } = n.handler;
  require(param?.type === "Identifier" &&
    /^e_/.test(param.name) &&
    declaredNames.test(param.name), n.handler, "expected catch (e_…)");
  const [first, ...rest] = body.body;
  require(first?.type === "ExpressionStatement", n.handler, "a catch clause begins with caught");
  checkCaught(scope, first.expression, param.name);
  for (const inner of rest) checkStatement(scope, inner);
}

/** `if ((c.left -= n) < 0) outOfActions();`; n is at least 1. */
function isBudget({ module }: BodyScope, n: Statement): boolean {
  if (n.type !== "IfStatement" || n.alternate || n.test.type !== "BinaryExpression") return false;
  const { operator, left, right } = n.test;
  if (operator !== "<" || left.type !== "AssignmentExpression" || left.operator !== "-=") return false;
  if (!isMember(left.left, "c", "left") || !isInteger(left.right, 1)) return false;
  if (right.type !== "Literal" || right.value !== 0) return false;
  const action = n.consequent.type === "ExpressionStatement" ? n.consequent.expression : undefined;
  if (action?.type !== "CallExpression" || action.optional || action.arguments.length > 0) return false;
  return isName(action.callee, "outOfActions") && module.get("outOfActions") === "runtime";
}

function isContextCall(n: Statement, method: string): boolean {
  if (n.type !== "ExpressionStatement" || n.expression.type !== "CallExpression") return false;
  const { callee, arguments: values } = n.expression;
  return isMember(callee, "c", method) && values.length === 0;
}

function declareLocal(scope: BodyScope, id: AnyNode, prefix: RegExp, kind: LocalName): void {
  require(id.type === "Identifier" &&
    prefix.test(id.name) &&
    declaredNames.test(id.name), id, "a name without its prefix");
  require(!scope.names.has(id.name), id, `${id.name} is declared twice`);
  scope.names.set(id.name, kind);
}
