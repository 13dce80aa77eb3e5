/**
 * The rules of types for statements: each expression of the script with what its place needs, as a list of steps.
 *
 * A step can be taken again and again; it teaches what it can and, once complaints are open, says what does not fit.
 * The list is in the order in which the reference translator looks: functions by name, then probes. Taken by infer.ts.
 */
import type { Expression, ForeachStatement, Statement } from "../../ast.ts";
import type { Compilation } from "../compilation.ts";
import { embeddedGlobals } from "../embedded/markers.ts";
import { bodiesOf } from "../passes/bodies.ts";
import { mangledName } from "../print-program.ts";
import type { FunctionSymbol } from "../program.ts";
import type { Complaints } from "./complaints.ts";
import type { ExpressionRules } from "./expressions.ts";
import type { Type, TypeKnowledge } from "./knowledge.ts";

export interface Rules {
  readonly c: Compilation;
  readonly known: TypeKnowledge;
  readonly complaints: Complaints;
  readonly expressions: ExpressionRules;
}

export type Step = (rules: Rules) => void;

export function stepsOf(c: Compilation): readonly Step[] {
  const steps: Step[] = [];
  const owners = bodiesOf(c).map((owner) => ({ ...owner, key: owner.function ? mangledName(owner.function) : LAST }));
  for (const { body, locals, function: symbol } of owners.sort((a, b) =>
    a.key < b.key ? -1 : a.key > b.key ? 1 : 0,
  )) {
    addStatement(steps, body, symbol);
    steps.push(({ complaints }) => {
      for (const local of locals) complaints.mustBeKnown(local, local.loc);
    });
  }
  for (const { item } of c.functions) {
    const { body } = item;
    if (body.kind !== "embedded") continue;
    steps.push(({ expressions }) => {
      for (const { symbol } of embeddedGlobals(c, body)) expressions.usedByEmbedded(symbol);
    });
  }
  steps.push(({ complaints }) => {
    for (const symbol of c.globals) complaints.mustBeKnown(symbol, symbol.item.loc);
  });
  return steps;
}

/** Sorts behind every name. */
const LAST = "~";

function addStatement(steps: Step[], n: Statement, within: FunctionSymbol | undefined): void {
  const visit = (e: Expression | undefined, wanted: Type): void => {
    if (e) steps.push(({ expressions }) => expressions.visit(e, wanted));
  };
  switch (n.kind) {
    case "block":
      for (const statement of n.statements) addStatement(steps, statement, within);
      return;
    case "expression-statement":
      visit(n.expression, "unknown");
      return;
    case "if":
      visit(n.condition, "long");
      addStatement(steps, n.then, within);
      if (n.otherwise) addStatement(steps, n.otherwise, within);
      return;
    case "while":
      visit(n.condition, "long");
      addStatement(steps, n.body, within);
      return;
    case "for":
      visit(n.init, "unknown");
      visit(n.condition, "long");
      visit(n.step, "unknown");
      addStatement(steps, n.body, within);
      return;
    case "foreach":
      steps.push((rules) => walkArray(rules, n));
      addStatement(steps, n.body, within);
      return;
    case "return": {
      const { value } = n;
      if (value && within) steps.push(({ expressions, known }) => expressions.pass(value, known.of(within)));
      return;
    }
    case "delete":
      visit(n.target, "unknown");
      return;
    case "try":
      addStatement(steps, n.body, within);
      visit(n.variable, "string");
      addStatement(steps, n.handler, within);
      return;
    case "null-statement":
    case "break":
    case "continue":
    case "next":
      return;
  }
}

function walkArray(rules: Rules, n: ForeachStatement): void {
  const { c, known, complaints, expressions } = rules;
  if (n.array.kind !== "name") walkBuckets(rules, n);
  else {
    const symbol = c.symbols.get(n.array);
    if (symbol?.kind === "global") {
      expressions.matchKeys(n.keys, known.keysOf(symbol, n.keys.length));
      if (n.slice) expressions.matchKeys(n.slice, known.keysOf(symbol, n.slice.length));
      expressions.mention(n.array, known.of(symbol), "unknown");
      const { type } = known.of(symbol);
      if (n.value) takeElement(rules, n.value, type);
      if (n.sort?.operator && type !== "stats")
        complaints.say("sem-type", "an operator can sort an array of statistics alone", n.array.loc);
    }
  }
  if (n.limit) expressions.visit(n.limit, "long");
}

function walkBuckets({ complaints, expressions }: Rules, n: ForeachStatement): void {
  expressions.visit(n.array, "unknown");
  for (const name of n.value ? [...n.keys, n.value] : n.keys) expressions.visit(name, "long");
  const [, extra] = n.keys;
  if (extra) complaints.say("sem-arity", "the buckets of a histogram have one number each", extra.loc);
}

/** The value of `foreach (value = [key] in array)`. */
function takeElement({ c, known, complaints, expressions }: Rules, value: Expression, type: Type): void {
  if (type !== "stats") {
    expressions.visit(value, type);
    return;
  }
  complaints.wholeStatistic(value.loc);
  const symbol = c.symbols.get(value);
  if (symbol && complaints.open) known.of(symbol).blamed = true;
}
