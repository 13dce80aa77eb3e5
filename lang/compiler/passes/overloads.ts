/**
 * Pass "overloads": cuts every chain of functions behind the first that never says `next`.
 *
 * After infer-types, because what is cut must still agree in its types, as in the reference translator. Functions
 * that nothing can reach any more go, and globals that only they mention. `-u` keeps them in the program; even then
 * a chain is not followed beyond a function that cannot move on.
 */
import { type TreeNode, walk } from "../../visit.ts";
import type { Compilation } from "../compilation.ts";
import { embeddedGlobals, movesOn } from "../embedded/markers.ts";
import { candidates, type FunctionSymbol, type ProgramSymbol } from "../program.ts";

export function overloads(c: Compilation): void {
  let cut = false;
  for (const symbol of c.functions) {
    if (!symbol.next || canMoveOn(symbol)) continue;
    delete symbol.next;
    cut = true;
  }
  if (!cut || c.options.unoptimised) return;
  const functions = new Set<FunctionSymbol>();
  const mentioned = new Set<ProgramSymbol | undefined>();
  const look = (body: TreeNode) =>
    walk(body, (n) => {
      if (n.kind === "embedded") for (const { symbol } of embeddedGlobals(c, n)) mentioned.add(symbol);
      if (n.kind === "name") mentioned.add(c.symbols.get(n));
      const callee = n.kind === "call" ? c.symbols.get(n) : undefined;
      if (callee?.kind !== "function") return;
      for (const candidate of candidates(callee)) if (candidate.kind === "function") functions.add(candidate);
    });
  for (const draft of c.drafts) look(draft.body);
  // A set that grows while it is walked: each function once.
  for (const symbol of functions) look(symbol.item.body);
  c.functions = c.functions.filter((symbol) => functions.has(symbol));
  c.globals = c.globals.filter((symbol) => mentioned.has(symbol));
}

/** Some statement of the function is `next`. */
export function canMoveOn({ item }: FunctionSymbol): boolean {
  if (item.body.kind === "embedded") return movesOn(item.body);
  let found = false;
  walk(item.body, (n) => {
    found ||= n.kind === "next";
    return !found;
  });
  return found;
}
