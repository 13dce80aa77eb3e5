/**
 * Pass "check-walks": an array must not change while 'foreach' walks it.
 *
 * Assignments, increments, `<<<` and deletes of elements count, in the body of the loop, in its limit and in the functions
 * that these call, directly or not.
 */
import type { Loc } from "../../../base/source.ts";
import type { Block } from "../../ast.ts";
import { childrenOf, type TreeNode, walk } from "../../visit.ts";
import type { Compilation } from "../compilation.ts";
import type { FunctionSymbol, GlobalSymbol } from "../program.ts";

type Changes = ReadonlyMap<FunctionSymbol, ReadonlySet<GlobalSymbol>>;

export function checkWalks(c: Compilation): void {
  const bodies = new Set<Block>(c.drafts.map((draft) => draft.body));
  for (const { item } of c.functions) if (item.body.kind === "block") bodies.add(item.body);
  const changes = changesOfFunctions(c);
  for (const body of bodies) check(c, body, [], changes);
}

function check(c: Compilation, n: TreeNode, walked: readonly GlobalSymbol[], changes: Changes): void {
  const changed = changedBy(c, n);
  if (changed && walked.includes(changed.symbol)) {
    c.diagnostics.error("sem-context", `'${changed.symbol.name}' is changed while 'foreach' walks it`, changed.loc);
  }
  const callee = n.kind === "call" ? c.symbols.get(n) : undefined;
  if (n.kind === "call" && callee?.kind === "function") {
    for (const symbol of walked) {
      if (!changes.get(callee)?.has(symbol)) continue;
      const message = `'${symbol.name}' is changed by function '${n.name}' while 'foreach' walks it`;
      c.diagnostics.error("sem-context", message, n.loc);
    }
  }
  const array = n.kind === "foreach" && n.array.kind === "name" ? c.symbols.get(n.array) : undefined;
  const inside = array?.kind === "global" ? [...walked, array] : walked;
  for (const child of childrenOf(n)) {
    check(c, child, n.kind === "foreach" && (child === n.body || child === n.limit) ? inside : walked, changes);
  }
}

/** The global that a node changes by itself. */
function changedBy(c: Compilation, n: TreeNode): { readonly symbol: GlobalSymbol; readonly loc: Loc } | undefined {
  const target =
    n.kind === "assignment" || n.kind === "delete" ? n.target : n.kind === "increment" ? n.operand : undefined;
  // As in the reference, which lets a loop empty its array.
  if (n.kind === "delete" && n.target.kind === "name") return undefined;
  const name = target?.kind === "index" ? target.array : target;
  const symbol = name?.kind === "name" ? c.symbols.get(name) : undefined;
  return target && symbol?.kind === "global" ? { symbol, loc: target.loc } : undefined;
}

/** The globals that a call of each function changes. */
function changesOfFunctions(c: Compilation): Changes {
  const changes = new Map<FunctionSymbol, Set<GlobalSymbol>>();
  const callees = new Map<FunctionSymbol, Set<FunctionSymbol>>();
  for (const symbol of c.functions) {
    const own = new Set<GlobalSymbol>();
    const called = new Set<FunctionSymbol>();
    changes.set(symbol, own);
    callees.set(symbol, called);
    if (symbol.next?.kind === "function") called.add(symbol.next);
    if (symbol.item.body.kind !== "block") continue;
    walk(symbol.item.body, (n) => {
      const changed = changedBy(c, n);
      if (changed) own.add(changed.symbol);
      const callee = n.kind === "call" ? c.symbols.get(n) : undefined;
      if (callee?.kind === "function") called.add(callee);
    });
  }
  // Each round carries the sets over one more call; there are no more rounds than functions.
  for (let grown = true; grown; ) {
    grown = false;
    for (const [symbol, own] of changes) {
      const before = own.size;
      for (const callee of callees.get(symbol) ?? []) for (const global of changes.get(callee) ?? []) own.add(global);
      grown ||= own.size > before;
    }
  }
  return changes;
}
