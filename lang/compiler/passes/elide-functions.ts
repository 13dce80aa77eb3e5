/** Optimisation "elide-functions": drops the functions that no probe calls, directly or not. */
import type { Compilation } from "../compilation.ts";
import type { FunctionSymbol } from "../program.ts";
import { calleesOf } from "./effects.ts";

export function elideFunctions(c: Compilation): boolean {
  const found = new Set<FunctionSymbol>();
  for (const body of new Set(c.drafts.map((draft) => draft.body))) {
    for (const callee of calleesOf(c, body)) found.add(callee);
  }
  // A set that grows while it is walked: each function once.
  for (const symbol of found) for (const callee of calleesOf(c, symbol.item.body)) found.add(callee);
  const dropped = c.functions.some((symbol) => !found.has(symbol));
  c.functions = [...found];
  return dropped;
}
