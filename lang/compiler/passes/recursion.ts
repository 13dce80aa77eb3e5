/** Pass "recursion": marks the functions that can call themselves, directly or not. */

import { walk } from "../../visit.ts";
import type { Compilation } from "../compilation.ts";
import { candidates, type FunctionSymbol, type ProgramSymbol } from "../program.ts";

/** Levels that a script with recursion gets beyond its deepest chain of calls, as in the reference translator. */
const FOR_RECURSION = 11;

/**
 * MAXNESTING of a script that recurses and does not say it with -D: the deepest chain of calls, a call that closes
 * a circle included. Functions that call each other in circles count together.
 */
export function derivedNesting(c: Compilation): number | undefined {
  if (!c.functions.some((symbol) => symbol.recursive)) return undefined;
  const calls = callGraph(c);
  const heights = new Map<FunctionSymbol, number>();
  const circles = new Map([...calls.keys()].map((symbol) => [symbol, circleOf(symbol, calls)]));
  // Leaves first: a circle is done when all that it calls outside is; each round does one at least.
  for (let left = [...calls.keys()]; left.length > 0; ) {
    const ready = left.filter((symbol) => below(symbol, circles, calls).every((callee) => heights.has(callee)));
    if (ready.length === 0) break;
    for (const symbol of ready) {
      const deeper = Math.max(
        symbol.recursive ? 1 : 0,
        ...below(symbol, circles, calls).map((f) => heights.get(f) ?? 0),
      );
      heights.set(symbol, (circles.get(symbol)?.size ?? 1) + deeper);
    }
    left = left.filter((symbol) => !heights.has(symbol));
  }
  return Math.max(1, ...heights.values()) + FOR_RECURSION;
}

export function recursion(c: Compilation): void {
  const calls = callGraph(c);
  for (const symbol of c.functions) symbol.recursive = reachedFrom(symbol, calls).has(symbol);
}

type Calls = ReadonlyMap<FunctionSymbol, ReadonlySet<FunctionSymbol>>;

function callGraph(c: Compilation): Calls {
  const calls = new Map<FunctionSymbol, Set<FunctionSymbol>>();
  for (const symbol of c.functions) {
    const callees = new Set<FunctionSymbol>();
    const add = (callee: ProgramSymbol | undefined): void => {
      if (callee?.kind !== "function") return;
      for (const candidate of candidates(callee)) if (candidate.kind === "function") callees.add(candidate);
    };
    if (symbol.item.body.kind === "block") {
      walk(symbol.item.body, (n) => {
        if (n.kind === "call") add(c.symbols.get(n));
      });
    }
    calls.set(symbol, callees);
  }
  return calls;
}

function reachedFrom(symbol: FunctionSymbol, calls: Calls): ReadonlySet<FunctionSymbol> {
  const reached = new Set(calls.get(symbol));
  // A set that grows while it is walked: each function once.
  for (const callee of reached) for (const next of calls.get(callee) ?? []) reached.add(next);
  return reached;
}

/** The functions that a function calls and is called by, directly or not, and itself. */
function circleOf(symbol: FunctionSymbol, calls: Calls): ReadonlySet<FunctionSymbol> {
  if (!symbol.recursive) return new Set([symbol]);
  return new Set([...reachedFrom(symbol, calls)].filter((other) => reachedFrom(other, calls).has(symbol)));
}

/** What the circle of a function calls outside of it. */
function below(
  symbol: FunctionSymbol,
  circles: ReadonlyMap<FunctionSymbol, ReadonlySet<FunctionSymbol>>,
  calls: Calls,
): readonly FunctionSymbol[] {
  const circle = circles.get(symbol) ?? new Set([symbol]);
  return [...circle].flatMap((member) => [...(calls.get(member) ?? [])]).filter((callee) => !circle.has(callee));
}
