/**
 * Calls whose value cannot change while a hit is handled, and that a body makes more than once: called once.
 *
 * Asked by the scope of each function. One that is evaluated whatever happens is called at the top of the body,
 * `const s_pid = rt.fn.pid(c);`, and then is a name; another one is called where it is first needed, `s_tid ??= rt.fn.tid(c)`,
 * as is embedded code, which may fail.
 */
import { stableBuiltins } from "../../../abi/builtins.ts";
import type { Call, Expression, Statement } from "../../ast.ts";
import { childrenOf, type TreeNode } from "../../visit.ts";
import { isStable } from "../embedded/markers.ts";
import { canMoveOn } from "../passes/overloads.ts";
import type { BuiltinSymbol, FunctionSymbol, Program } from "../program.ts";

export type StableSymbol = BuiltinSymbol | FunctionSymbol;

export interface StableCall {
  readonly symbol: StableSymbol;
  readonly atTop: boolean;
}

export function stableCalls(program: Program, body: Statement): readonly StableCall[] {
  if (program.unoptimised) return [];
  const counts = new Map<StableSymbol, number>();
  const count = (n: TreeNode, times: number): void => {
    const symbol = n.kind === "call" ? stableCallee(program, n) : undefined;
    if (symbol) counts.set(symbol, (counts.get(symbol) ?? 0) + times);
    const loops = n.kind === "while" || n.kind === "for" || n.kind === "foreach";
    for (const child of childrenOf(n)) count(child, loops ? 2 : times);
  };
  count(body, 1);
  const certain = new Set<StableSymbol>();
  addCertain(program, body, certain);
  return [...counts]
    .filter(([, times]) => times > 1)
    .map(([symbol]) => ({ symbol, atTop: symbol.kind === "builtin" && certain.has(symbol) }));
}

function stableCallee(program: Program, n: Call): StableSymbol | undefined {
  const symbol = n.arguments.length === 0 ? program.symbols.get(n) : undefined;
  if (symbol?.kind === "builtin") return stableBuiltins.has(symbol.name) ? symbol : undefined;
  if (symbol?.kind !== "function" || symbol.next || canMoveOn(symbol)) return undefined;
  return isStable(symbol) ? symbol : undefined;
}

/** What is called in any case, up to the first branch; false when there is one. */
function addCertain(program: Program, n: Statement, certain: Set<StableSymbol>): boolean {
  switch (n.kind) {
    case "block":
      return n.statements.every((inner) => addCertain(program, inner, certain));
    case "expression-statement":
      addEvaluated(program, n.expression, certain);
      return true;
    case "null-statement":
      return true;
    case "if":
    case "while":
      addEvaluated(program, n.condition, certain);
      return false;
    default:
      return false;
  }
}

function addEvaluated(program: Program, e: TreeNode, certain: Set<StableSymbol>): void {
  const symbol = e.kind === "call" ? stableCallee(program, e) : undefined;
  if (symbol) certain.add(symbol);
  for (const child of evaluated(e)) addEvaluated(program, child, certain);
}

/** The parts that are evaluated whenever the whole is. */
function evaluated(e: TreeNode): readonly TreeNode[] {
  if (e.kind === "ternary") return [e.condition];
  if (e.kind === "binary" && (e.operator === "&&" || e.operator === "||")) return [e.left];
  return childrenOf(e as Expression);
}
