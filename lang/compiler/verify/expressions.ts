/**
 * Expressions of a body: which there are, and what may stand in each place.
 *
 * Functions, arrays of the runtime and the context are no values: they are called, or have a member called, where the
 * contract says so, and can be neither stored nor handed on. So all that flows is longs and byte strings,
 * and the few members of the contract cannot be reached on anything else.
 */
import type { AnyNode, CallExpression, ConditionalExpression, Expression } from "acorn";
import { builtins } from "../../../abi/builtins.ts";
import { contextMembers, objectMembers, runtimeMembers } from "../../../abi/contract.ts";
import { Offence, require } from "./offence.ts";
import { isInteger, isLiteralValue, isMember, isName, type ModuleNames } from "./shapes.ts";

/** `later` is read only where it is filled: `s_tid ??= …`. */
export type LocalName = "variable" | "constant" | "later";

export interface BodyScope {
  readonly module: ModuleNames;
  readonly isHandler: boolean;
  /** Variables and cursors that are in scope. */
  readonly names: Map<string, LocalName | "cursor">;
  /** Functions that are called. */
  readonly calls: Set<string>;
}

const comparisons = new Set(["<", ">", "<=", ">=", "===", "!=="]);
/** Members that have one place of their own. */
const contextElsewhere = new Set(["left", "next", "enter", "leave"]);
const runtimeElsewhere = new Set(["caught", "outOfActions", "format", "regex", "globals", "fn"]);
const objectElsewhere = new Set(["walk", "walkKeys", "walkBuckets", "next", "key", "value"]);
const takesSlice = new Set(["hasMatching", "deleteMatching"]);
const takesPlan = new Set([
  "target",
  "saved",
  "show",
  "showSaved",
  "syscallArgument",
  "access",
  "setTarget",
  "setAccess",
  "setSyscallArgument",
  "enumName",
  "pretty",
]);

export function checkExpression(scope: BodyScope, n: AnyNode): void {
  switch (n.type) {
    case "Literal":
      require(isLiteralValue(n) || typeof n.value === "boolean", n, "a literal that is no value");
      return;
    case "Identifier": {
      const local = scope.names.get(n.name);
      const isValue = local === "variable" || local === "constant" || scope.module.get(n.name) === "scalar";
      require(isValue, n, `${n.name} is no variable of the module`);
      return;
    }
    case "UnaryExpression":
      if (n.operator === "-") require(isLiteralValue(n), n, "only a literal is negated");
      else {
        require(n.operator === "!", n, `operator ${n.operator}`);
        checkExpression(scope, n.argument);
      }
      return;
    case "BinaryExpression":
      require(comparisons.has(n.operator), n, `operator ${n.operator}`);
      if (isMember(n.left, "c", "next") && isLiteral(n.right, 0)) return;
      checkExpression(scope, n.left);
      checkExpression(scope, n.right);
      return;
    case "LogicalExpression":
      require(n.operator !== "??", n, "operator ??");
      checkExpression(scope, n.left);
      checkExpression(scope, n.right);
      return;
    case "ConditionalExpression":
      if (isStep(scope, n)) {
        checkExpression(scope, n.alternate);
        return;
      }
      for (const part of [n.test, n.consequent, n.alternate]) checkExpression(scope, part);
      return;
    case "SequenceExpression":
      for (const part of n.expressions) checkExpression(scope, part);
      return;
    case "AssignmentExpression":
      if (n.operator === "??=") {
        require(n.left.type === "Identifier" && scope.names.get(n.left.name) === "later", n, "??= on what has a value");
        checkExpression(scope, n.right);
        return;
      }
      require(n.operator === "=", n, `operator ${n.operator}`);
      if (isMember(n.left, "c", "next")) {
        require(isLiteral(n.right, 0) || isLiteral(n.right, 1), n, "c.next is 0 or 1");
        return;
      }
      checkVariable(scope, n.left);
      checkExpression(scope, n.right);
      return;
    case "TemplateLiteral": {
      const joins = n.quasis.slice(1, -1).every((part) => part.value.raw === "\\0");
      const ends = n.quasis[0]?.value.raw === "" && n.quasis.at(-1)?.value.raw === "";
      require(joins && ends && n.expressions.length > 1, n, "a template that is no key");
      for (const part of n.expressions) checkExpression(scope, part);
      return;
    }
    case "MemberExpression": {
      require(isOfCursor(scope, n, "value"), n, "a member that is not in the contract");
      return;
    }
    case "CallExpression":
      checkCall(scope, n);
      return;
    default:
      throw new Offence(n, `${n.type} is not in the contract`);
  }
}

/** `g_s.walkBuckets(0, { … })`, `g_a.at(l_k).walkBuckets(0)`; `g_a.walk()`, `g_a.walk({ by: 0, direction: -1, reading: "sum", slice: [l_k, null], limit: 3 })` */
export function checkWalk(scope: BodyScope, n: AnyNode): void {
  require(n.type === "CallExpression" && !n.optional, n, "a loop walks an array");
  const { callee, arguments: values } = n;
  require(callee.type === "MemberExpression" && !callee.computed && !callee.optional, n, "a loop walks an array");
  const isBuckets = isName(callee.property, "walkBuckets");
  const isWalk = isName(callee.property, "walk") || isName(callee.property, "walkKeys");
  require(isBuckets || isWalk, n, "a loop walks an array");
  if (isBuckets && isMemberCall(callee.object, "at")) checkCall(scope, callee.object);
  else require(isObject(scope, callee.object), callee, "a loop walks an array");
  if (isBuckets) require(isInteger(values[0], 0), n, "walkBuckets takes a number");
  const [options, ...more] = isBuckets ? values.slice(1) : values;
  if (options === undefined) return;
  require(more.length === 0 && options.type === "ObjectExpression", n, "walk takes its options");
  for (const property of options.properties) {
    require(property.type === "Property" && property.kind === "init", property, "expected an option");
    require(!property.method && !property.computed && !property.shorthand, property, "expected an option");
    const { key, value } = property;
    require(key.type === "Identifier", key, "expected an option");
    if (key.name === "slice") checkSlice(scope, value);
    else {
      require(["by", "direction", "reading", "limit"].includes(key.name), key, `option ${key.name}`);
      checkExpression(scope, value);
    }
  }
}

/** `caught(e_0)`, `l_m = caught(e_0)`: the only place in which the error of a catch clause is seen. */
export function checkCaught(scope: BodyScope, n: Expression, error: string): void {
  const message = n.type === "AssignmentExpression" && n.operator === "=" ? n.right : n;
  if (n.type === "AssignmentExpression") checkVariable(scope, n.left);
  const isCaught =
    message.type === "CallExpression" &&
    !message.optional &&
    isName(message.callee, "caught") &&
    scope.module.get("caught") === "runtime" &&
    message.arguments.length === 1 &&
    isName(message.arguments[0], error);
  require(isCaught, n, "a catch clause begins with caught");
}

function checkVariable(scope: BodyScope, n: AnyNode): void {
  const known =
    n.type === "Identifier" && (scope.names.get(n.name) === "variable" || scope.module.get(n.name) === "scalar");
  require(known, n, "an assignment to what is no variable");
}

function checkCall(scope: BodyScope, n: CallExpression): void {
  require(!n.optional, n, "an optional call");
  const { callee, arguments: values } = n;
  if (isOfCursor(scope, callee, "key")) {
    require(values.length === 1 && isInteger(values[0], 0), n, "a key has a number");
    return;
  }
  if (callee.type === "Identifier") {
    const kind = scope.module.get(callee.name);
    if (kind === "function") {
      scope.calls.add(callee.name);
      checkWithContext(scope, n);
      return;
    }
    if (kind === "regex") {
      require(values.length === 2, n, "a regular expression takes the context and a text");
      checkWithContext(scope, n);
      return;
    }
    const known = kind === "format" || (kind === "runtime" && !runtimeElsewhere.has(callee.name));
    require(known, callee, `${callee.name} is no function of the module`);
    checkValues(scope, values);
    return;
  }
  require(callee.type === "MemberExpression" &&
    !callee.computed &&
    !callee.optional, callee, "a call that is not in the contract");
  const { object, property } = callee;
  require(property.type === "Identifier", property, "a private name");
  const { name } = property;
  if (isMember(object, "rt", "fn")) {
    require(Object.hasOwn(builtins, name), property, `${name} is no builtin`);
    checkWithContext(scope, n);
    return;
  }
  if (scope.module.get(`js.${name}`) === "embedded" && isName(object, "js")) {
    checkWithContext(scope, n);
    return;
  }
  if (isName(object, "rt")) {
    require(runtimeMembers.has(name) && !runtimeElsewhere.has(name), property, `rt.${name} is not in the contract`);
    checkValues(scope, values);
    return;
  }
  if (isName(object, "c")) {
    require(contextMembers.has(name) && !contextElsewhere.has(name), property, `c.${name} is not in the contract`);
    if (takesPlan.has(name)) require(isInteger(values[0], 0), n, `c.${name} takes a number`);
    checkValues(scope, values);
    return;
  }
  require(objectMembers.has(name) && !objectElsewhere.has(name), property, `member ${name}`);
  if (isMemberCall(object, "at")) checkCall(scope, object);
  else require(isObject(scope, object), object, `${name} of what is no array or aggregate`);
  if (!takesSlice.has(name)) {
    checkValues(scope, values);
    return;
  }
  require(values.length === 1 && values[0], n, `${name} takes a slice`);
  checkSlice(scope, values[0]);
}

function checkWithContext(scope: BodyScope, { arguments: [c, ...values], callee }: CallExpression): void {
  require(c && isName(c, "c"), c ?? callee, "the context goes first");
  checkValues(scope, values);
}

function checkValues(scope: BodyScope, values: readonly AnyNode[]): void {
  for (const value of values) checkExpression(scope, value);
}

function checkSlice(scope: BodyScope, n: AnyNode): void {
  require(n.type === "ArrayExpression", n, "a slice is a list");
  for (const item of n.elements) {
    require(item, n, "a slice with a hole");
    if (item.type !== "Literal" || item.raw !== "null") checkExpression(scope, item);
  }
}

/** `x >= 0 && x < 1073741823 ? x + 1 : …`, `x > 0 && x <= 1073741823 ? x - 1 : …`: the only plain arithmetic. */
function isStep(scope: BodyScope, { test, consequent }: ConditionalExpression): boolean {
  if (consequent.type !== "BinaryExpression" || !isLiteral(consequent.right, 1)) return false;
  const up = consequent.operator === "+";
  const { left: x } = consequent;
  if ((!up && consequent.operator !== "-") || x.type !== "Identifier") return false;
  checkExpression(scope, x);
  return (
    test.type === "LogicalExpression" &&
    test.operator === "&&" &&
    isComparison(test.left, x.name, up ? ">=" : ">", 0) &&
    isComparison(test.right, x.name, up ? "<" : "<=", 1073741823)
  );
}

function isComparison(n: Expression, name: string, operator: string, value: number): boolean {
  return n.type === "BinaryExpression" && n.operator === operator && isName(n.left, name) && isLiteral(n.right, value);
}

function isLiteral(n: AnyNode, value: number): boolean {
  return n.type === "Literal" && n.value === value;
}

function isObject(scope: BodyScope, n: AnyNode): boolean {
  return n.type === "Identifier" && scope.module.get(n.name) === "object";
}

/** `a_0.member` of a cursor. */
function isOfCursor(scope: BodyScope, n: AnyNode, member: string): boolean {
  if (n.type !== "MemberExpression" || n.computed || n.optional || n.object.type !== "Identifier") return false;
  return scope.names.get(n.object.name) === "cursor" && isName(n.property, member);
}

function isMemberCall(n: AnyNode, member: string): n is CallExpression {
  return n.type === "CallExpression" && n.callee.type === "MemberExpression" && isName(n.callee.property, member);
}
