/** Pass "recursion": marks the functions that can call themselves, directly or not. */

import { walk } from "../../visit.ts";
import type { Compilation } from "../compilation.ts";
import type { FunctionSymbol } from "../program.ts";

export function recursion(c: Compilation): void {
  const calls = new Map<FunctionSymbol, Set<FunctionSymbol>>();
  for (const symbol of c.functions) {
    const callees = new Set<FunctionSymbol>();
    if (symbol.item.body.kind === "block") {
      walk(symbol.item.body, (n) => {
        const callee = n.kind === "call" ? c.symbols.get(n) : undefined;
        if (callee?.kind === "function") callees.add(callee);
      });
    }
    calls.set(symbol, callees);
  }
  for (const symbol of c.functions) {
    const reached = new Set(calls.get(symbol));
    // A set that grows while it is walked: each function once.
    for (const callee of reached) for (const next of calls.get(callee) ?? []) reached.add(next);
    symbol.recursive = reached.has(symbol);
  }
}
