/**
 * Pass "recursion": marks the functions that can call themselves, directly or not.
 *
 * Works on the circles of the graph of calls (its strongly connected components), which Tarjan's algorithm finds in one
 * walk, those first that others call.
 */
import { walk } from "../../visit.ts";
import type { Compilation } from "../compilation.ts";
import { candidates, type FunctionSymbol, type ProgramSymbol } from "../program.ts";

export function recursion(c: Compilation): void {
  const calls = callGraph(c);
  for (const circle of circles(calls)) {
    for (const symbol of circle) symbol.recursive = circle.length > 1 || (calls.get(symbol)?.has(symbol) ?? false);
  }
}

/** Levels that a script with recursion gets beyond its deepest chain of calls, as in the reference translator. */
const FOR_RECURSION = 11;

/**
 * MAXNESTING of a script that recurses and does not say it with -D: the deepest chain of calls that one of its functions
 * makes, a call that closes a circle included. Functions that call each other in circles count together.
 */
export function derivedNesting(c: Compilation): number | undefined {
  if (!c.functions.some((symbol) => symbol.recursive)) return undefined;
  const calls = callGraph(c);
  const heights = new Map<FunctionSymbol, number>();
  let deepest = 1;
  for (const circle of circles(calls)) {
    const closed = circle.some((symbol) => symbol.recursive);
    let below = closed ? 1 : 0;
    // What a circle calls outside of it has its height already.
    for (const symbol of circle) for (const f of calls.get(symbol) ?? []) below = Math.max(below, heights.get(f) ?? 0);
    for (const symbol of circle) heights.set(symbol, circle.length + below);
    // A function that is in no circle is not in the chain that it begins.
    deepest = Math.max(deepest, closed ? circle.length + below : below);
  }
  return deepest + FOR_RECURSION;
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
    walk(symbol.item.body, (n) => {
      if (n.kind === "call") add(c.symbols.get(n));
    });
    calls.set(symbol, callees);
  }
  return calls;
}

/** Every function in one circle; a circle comes after those that it calls. */
function circles(calls: Calls): readonly (readonly FunctionSymbol[])[] {
  const found: FunctionSymbol[][] = [];
  const order = new Map<FunctionSymbol, number>();
  const lowest = new Map<FunctionSymbol, number>();
  const open: FunctionSymbol[] = [];
  const isOpen = new Set<FunctionSymbol>();
  const path: { readonly symbol: FunctionSymbol; readonly callees: Iterator<FunctionSymbol> }[] = [];
  const enter = (symbol: FunctionSymbol): void => {
    lowest.set(symbol, order.size);
    order.set(symbol, order.size);
    open.push(symbol);
    isOpen.add(symbol);
    path.push({ symbol, callees: (calls.get(symbol) ?? new Set<FunctionSymbol>()).values() });
  };
  const lower = (symbol: FunctionSymbol, to: number): void => {
    lowest.set(symbol, Math.min(lowest.get(symbol) ?? to, to));
  };
  for (const root of calls.keys()) {
    if (order.has(root)) continue;
    enter(root);
    for (let at = path.at(-1); at; at = path.at(-1)) {
      const { value: callee } = at.callees.next();
      if (callee) {
        if (!order.has(callee)) enter(callee);
        else if (isOpen.has(callee)) lower(at.symbol, order.get(callee) ?? 0);
        continue;
      }
      path.pop();
      const { symbol } = at;
      const caller = path.at(-1);
      if (caller) lower(caller.symbol, lowest.get(symbol) ?? 0);
      if (lowest.get(symbol) !== order.get(symbol)) continue;
      const circle = open.splice(open.lastIndexOf(symbol));
      for (const member of circle) isOpen.delete(member);
      found.push(circle);
    }
  }
  return found;
}
