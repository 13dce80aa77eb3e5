/**
 * Pass "merge-functions": of functions with the same parameters, locals, types and body one is kept.
 *
 * After infer-types, because `function f(a) { return a }` may be there once for numbers and once for strings. Only
 * the symbols of calls change, so no tree is made anew. Members of a chain of overloads are left alone.
 */
import type { Expression, Statement } from "../../ast.ts";
import { printStatement } from "../../print.ts";
import { rewrite, type TreeNode, walk } from "../../visit.ts";
import type { Compilation } from "../compilation.ts";
import { mangledName } from "../print-program.ts";
import { candidates, type FunctionSymbol, isTarget, type ProgramSymbol, type TargetUse } from "../program.ts";
import { bodiesOf } from "./bodies.ts";

/** Each round merges at least one pair; callers of merged functions may become equal in the next. */
const MOST_ROUNDS = 50;

export function mergeFunctions(c: Compilation): void {
  if (c.options.unoptimised) return;
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const same = findSame(c);
    if (same.size === 0) return;
    for (const { body } of bodiesOf(c)) {
      walk(body, (n) => {
        const symbol = n.kind === "call" ? c.symbols.get(n) : undefined;
        const kept = symbol?.kind === "function" ? same.get(symbol) : undefined;
        if (kept && n.kind === "call") c.symbols.set(n, kept);
      });
    }
    c.functions = c.functions.filter((symbol) => !same.has(symbol));
  }
}

/** From each function that can go to the one that stays. */
function findSame(c: Compilation): ReadonlyMap<FunctionSymbol, FunctionSymbol> {
  const chained = new Set(c.functions.flatMap((symbol) => (symbol.next ? candidates(symbol) : [])));
  const byText = new Map<string, FunctionSymbol>();
  const same = new Map<FunctionSymbol, FunctionSymbol>();
  const numbers = new Map<ProgramSymbol, number>([...c.globals, ...c.functions].map((symbol, i) => [symbol, i]));
  const inOrder = [...c.functions].sort((a, b) => (mangledName(a) < mangledName(b) ? -1 : 1));
  for (const symbol of inOrder) {
    const { body } = symbol.item;
    if (body.kind !== "block" || chained.has(symbol)) continue;
    const text = describe(c, symbol, numbers);
    const first = byText.get(text);
    if (first) same.set(symbol, first);
    else byText.set(text, symbol);
  }
  return same;
}

/** Plans of a probe mean something there alone. */
function describeUse(c: Compilation, symbol: FunctionSymbol, use: TargetUse): string {
  switch (use.kind) {
    case "access":
      return `plan ${use.plan}`;
    case "enum-name":
      return `enum ${use.table}`;
    case "constant":
      return `constant ${use.value}`;
    default: {
      const draft = c.clones.get(symbol);
      return `probe ${draft ? c.drafts.indexOf(draft) : -1} ${use.kind}`;
    }
  }
}

/** All that makes a function what it is; functions and globals by identity, because their names may be private. */
function describe(c: Compilation, symbol: FunctionSymbol, numbers: ReadonlyMap<ProgramSymbol, number>): string {
  const { body } = symbol.item;
  if (body.kind !== "block") return "";
  const origins = new Map<TreeNode, TreeNode>();
  const named = rewrite<Statement>(body, {
    moved: (from, to) => void origins.set(to, from),
    replace(n) {
      if (n.kind !== "call" && n.kind !== "name") return n;
      const used = c.symbols.get((origins.get(n) ?? n) as Expression);
      const known = used?.kind === "function" || used?.kind === "global";
      return known ? { ...n, name: `${used.kind} ${numbers.get(used)}` } : n;
    },
  });
  const uses: string[] = [];
  walk(body, (n) => {
    const use = isTarget(n) ? (symbol.targets ?? c.targets).get(n) : undefined;
    if (use) uses.push(describeUse(c, symbol, use));
  });
  const variables = [...symbol.parameters, ...symbol.locals].map(({ name, type }) => `${name}:${type}`);
  return [symbol.returns, symbol.parameters.length, ...variables, printStatement(named), ...uses].join("\n");
}
