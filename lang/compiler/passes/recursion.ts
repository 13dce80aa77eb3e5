/** Pass "recursion": marks the functions that can call themselves, directly or not. */

import { walk } from "../../visit.ts";
import type { Compilation } from "../compilation.ts";
import { candidates, type FunctionSymbol, type ProgramSymbol } from "../program.ts";

export function recursion(c: Compilation): void {
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
  for (const symbol of c.functions) {
    const reached = new Set(calls.get(symbol));
    // A set that grows while it is walked: each function once.
    for (const callee of reached) for (const next of calls.get(callee) ?? []) reached.add(next);
    symbol.recursive = reached.has(symbol);
  }
}
