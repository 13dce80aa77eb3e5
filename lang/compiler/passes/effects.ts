/**
 * What evaluating a piece of a script does besides giving a value.
 *
 * Asked by the optimisations. `Effects` is made anew in each round, because bodies change; it sums up every function
 * once, so that a question costs no more than the size of what is asked about. A loop that never ends and a fault of
 * reading a `$variable` are no effects, as in the reference.
 */
import { impureBuiltins, matchReaders } from "../../../abi/builtins.ts";
import type { Expression } from "../../ast.ts";
import { type TreeNode, walk } from "../../visit.ts";
import type { Compilation } from "../compilation.ts";
import { embeddedGlobals, isPureCode } from "../embedded/markers.ts";
import { type BuiltinSymbol, candidates, type FunctionSymbol, type ProgramSymbol } from "../program.ts";

export type Access = "read" | "write" | "both";

/** Calls `use` for each name below `n` that stands for a variable, with what happens to it there. */
export function variableUses(c: Compilation, n: TreeNode, use: (symbol: ProgramSymbol, access: Access) => void): void {
  const roles = new Map<TreeNode, Access>();
  const role = (target: TreeNode, access: Access) => roles.set(target.kind === "index" ? target.array : target, access);
  walk(n, (inner) => {
    switch (inner.kind) {
      case "assignment":
        role(inner.target, inner.operator === "=" || inner.operator === "<<<" ? "write" : "both");
        break;
      case "increment":
        role(inner.operand, "both");
        break;
      case "delete":
        role(inner.target, "both");
        break;
      case "foreach":
        // Sorting moves the elements of the array.
        if (inner.sort) role(inner.array, "both");
        for (const name of inner.value ? [...inner.keys, inner.value] : inner.keys) role(name, "write");
        break;
      case "try":
        if (inner.variable) role(inner.variable, "write");
        break;
      case "name": {
        const symbol = c.symbols.get(inner);
        if (symbol) use(symbol, roles.get(inner) ?? "read");
        break;
      }
      case "embedded":
        for (const { symbol, access } of embeddedGlobals(c, inner)) use(symbol, access);
        break;
      default:
    }
  });
}

interface Summary {
  /** Output, an error, the end of the session, code that is not ours to judge. */
  acts: boolean;
  writesGlobals: boolean;
  writesLocals: boolean;
}

export class Effects {
  readonly #c: Compilation;
  readonly #summaries = new Map<FunctionSymbol, Summary>();
  /** The script asks for the last match of a regular expression, so that each one matters by itself. */
  readonly keepsMatches: boolean;

  constructor(c: Compilation) {
    this.#c = c;
    this.keepsMatches = [...c.symbols.values()].some(({ kind, name }) => kind === "builtin" && matchReaders.has(name));
    const callers = new Map<FunctionSymbol, FunctionSymbol[]>();
    for (const symbol of c.functions) {
      const own: Summary = { acts: false, writesGlobals: false, writesLocals: false };
      this.#summaries.set(symbol, own);
      const { body } = symbol.item;
      this.#addOwn(own, body);
      for (const callee of calleesOf(c, body)) {
        const list = callers.get(callee);
        if (list) list.push(symbol);
        else callers.set(callee, [symbol]);
      }
    }
    this.#spread(callers);
  }

  /** Nothing is written, not even a local of a function that is called. */
  isFree(n: Expression): boolean {
    const { acts, writesGlobals, writesLocals } = this.#of(n);
    return !(acts || writesGlobals || writesLocals);
  }

  /** Whoever evaluates it cannot tell afterwards; locals of functions that are called do not count. */
  isFreeForCaller(n: TreeNode): boolean {
    const own: Summary = { acts: false, writesGlobals: false, writesLocals: false };
    this.#addOwn(own, n);
    if (own.acts || own.writesGlobals || own.writesLocals) return false;
    const called = this.#of(n);
    return !(called.acts || called.writesGlobals);
  }

  /** A call of it changes nothing that its caller can see; its arguments are another question. */
  isFreeCallee(symbol: FunctionSymbol | BuiltinSymbol): boolean {
    if (symbol.kind === "builtin") return !impureBuiltins.has(symbol.name);
    const summary = this.#summaries.get(symbol);
    return summary !== undefined && !summary.acts && !summary.writesGlobals;
  }

  #of(n: TreeNode): Summary {
    const sum: Summary = { acts: false, writesGlobals: false, writesLocals: false };
    this.#addOwn(sum, n);
    for (const callee of calleesOf(this.#c, n)) merge(sum, this.#summaries.get(callee));
    return sum;
  }

  /** What happens in `n` itself, without the functions it calls. */
  #addOwn(sum: Summary, n: TreeNode): void {
    const c = this.#c;
    variableUses(c, n, (symbol, access) => {
      if (access === "read") return;
      if (symbol.kind === "global") sum.writesGlobals = true;
      else sum.writesLocals = true;
    });
    walk(n, (inner) => {
      switch (inner.kind) {
        case "print":
          sum.acts ||= !inner.name.startsWith("s");
          return;
        case "embedded":
          sum.acts ||= !isPureCode(inner);
          return;
        case "call": {
          const callee = c.symbols.get(inner);
          if (callee?.kind !== "function" && callee?.kind !== "builtin") sum.acts = true;
          else if (candidates(callee).some((one) => one.kind === "builtin" && impureBuiltins.has(one.name)))
            sum.acts = true;
          return;
        }
        case "assignment":
          sum.acts ||= inner.target.kind !== "name" && inner.target.kind !== "index";
          return;
        case "increment":
          sum.acts ||= inner.operand.kind !== "name" && inner.operand.kind !== "index";
          return;
        case "regex":
          sum.acts ||= this.keepsMatches;
          return;
        default:
      }
    });
  }

  /** Carries effects from functions to those that call them. */
  #spread(callers: ReadonlyMap<FunctionSymbol, readonly FunctionSymbol[]>): void {
    const queue = [...this.#summaries.keys()];
    for (let symbol = queue.pop(); symbol !== undefined; symbol = queue.pop()) {
      const from = this.#summaries.get(symbol);
      for (const caller of callers.get(symbol) ?? []) {
        const into = this.#summaries.get(caller);
        if (into && merge(into, from)) queue.push(caller);
      }
    }
  }
}

/** The functions that may run below a node, each once. */
export function calleesOf(c: Compilation, n: TreeNode): ReadonlySet<FunctionSymbol> {
  const found = new Set<FunctionSymbol>();
  walk(n, (inner) => {
    const callee = inner.kind === "call" ? c.symbols.get(inner) : undefined;
    if (callee?.kind !== "function") return;
    for (const one of candidates(callee)) if (one.kind === "function") found.add(one);
  });
  return found;
}

/** Whether `into` learned something; each field changes once, which bounds the spreading. */
function merge(into: Summary, from: Summary | undefined): boolean {
  if (!from) return false;
  const before = Number(into.acts) + Number(into.writesGlobals) + Number(into.writesLocals);
  into.acts ||= from.acts;
  into.writesGlobals ||= from.writesGlobals;
  into.writesLocals ||= from.writesLocals;
  return Number(into.acts) + Number(into.writesGlobals) + Number(into.writesLocals) > before;
}
