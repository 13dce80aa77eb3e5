/**
 * Pass "elide-unused": drops what has no effect, so that it costs nothing and cannot fail.
 *
 * Until nothing changes any more: assignments to locals that nobody reads become their value, statements without
 * effect vanish, functions nobody calls and probes with nothing left are dropped. `-u` keeps everything. Only `=`
 * to a local is dropped; `+=` and `++` read their variable. A global that is only written stays, because it is
 * printed at the end.
 */
import type { Block, Expression, Statement } from "../../ast.ts";
import { printPoint } from "../../print.ts";
import { childrenOf, rewrite, type TreeNode, walk } from "../../visit.ts";
import type { Compilation } from "../compilation.ts";
import {
  type BuiltinSymbol,
  candidates,
  type FunctionSymbol,
  type LocalSymbol,
  type ProgramSymbol,
} from "../program.ts";

/** Builtins whose call matters even when its value does not. */
const effectful: ReadonlySet<string> = new Set(["abort", "assert", "error", "exit", "log", "randint", "warn"]);

/** Each round drops something, and there is only so much; this bounds hostile scripts. */
const MOST_ROUNDS = 50;

export function elideUnused(c: Compilation): void {
  warnNeverAssigned(c);
  if (c.options.unoptimised) {
    countUses(c);
    return;
  }
  for (let round = 0; round < MOST_ROUNDS; round++) {
    c.functions = reachable(c);
    const before = bodies(c);
    elide(c);
    const after = bodies(c);
    if (before.length === after.length && before.every((body, i) => body === after[i])) break;
  }
  for (const draft of c.drafts) {
    if (draft.body.statements.length > 0) continue;
    c.diagnostics.warn(
      "sem-warning",
      `probe '${printPoint(draft.written)}' has no effect and is left out`,
      draft.item.loc,
    );
  }
  c.drafts = c.drafts.filter((draft) => draft.body.statements.length > 0);
  c.functions = reachable(c);
  const kept = new Set<ProgramSymbol | undefined>();
  for (const body of bodies(c)) {
    walk(body, (n) => {
      if (n.kind === "name") kept.add(c.symbols.get(n));
    });
  }
  for (const draft of c.drafts) draft.locals = draft.locals.filter((local) => kept.has(local));
  for (const symbol of c.functions) {
    const locals = symbol.locals.filter((local) => kept.has(local));
    symbol.locals.splice(0, symbol.locals.length, ...locals);
  }
  c.globals = c.globals.filter((global) => kept.has(global));
  countUses(c);
}

function bodies(c: Compilation): Block[] {
  const all = new Set(c.drafts.map((draft) => draft.body));
  for (const symbol of c.functions) if (symbol.item.body.kind === "block") all.add(symbol.item.body);
  return [...all];
}

/** The functions that probes call, directly or not, in order of discovery. */
function reachable(c: Compilation): FunctionSymbol[] {
  const found = new Set<FunctionSymbol>();
  const look = (body: Block) =>
    walk(body, (n) => {
      const symbol = n.kind === "call" ? c.symbols.get(n) : undefined;
      if (symbol?.kind !== "function") return;
      for (const candidate of candidates(symbol)) if (candidate.kind === "function") found.add(candidate);
    });
  for (const draft of c.drafts) look(draft.body);
  // A set that grows while it is walked: each function once.
  for (const symbol of found) if (symbol.item.body.kind === "block") look(symbol.item.body);
  return [...found];
}

function elide(c: Compilation): void {
  const read = localsRead(c);
  const pure = pureFunctions(c);
  const done = new Map<Block, Block>();
  const elided = (body: Block): Block => {
    let after = done.get(body);
    if (!after) {
      after = asBlock(elideBody(c, body, read, pure));
      done.set(body, after);
    }
    return after;
  };
  for (const draft of c.drafts) draft.body = elided(draft.body);
  for (const symbol of c.functions) {
    if (symbol.item.body.kind !== "block") continue;
    const body = elided(symbol.item.body);
    // The symbol is this compilation's own; readers after the passes see it as readonly.
    if (body !== symbol.item.body) (symbol as { item: FunctionSymbol["item"] }).item = { ...symbol.item, body };
  }
}

function asBlock(n: Statement): Block {
  return n.kind === "block" ? n : { kind: "block", statements: n.kind === "null-statement" ? [] : [n], loc: n.loc };
}

/** Locals whose value is used somewhere: every mention but the target of `=`. */
function localsRead(c: Compilation): ReadonlySet<ProgramSymbol> {
  const read = new Set<ProgramSymbol>();
  for (const body of bodies(c)) {
    const written = new Set<TreeNode>();
    walk(body, (n) => {
      if (n.kind === "assignment" && n.operator === "=" && n.target.kind === "name") written.add(n.target);
      if (n.kind === "foreach") for (const key of n.keys) written.add(key);
      if (n.kind !== "name" || written.has(n)) return;
      const symbol = c.symbols.get(n);
      if (symbol) read.add(symbol);
    });
  }
  return read;
}

type Pure = ReadonlySet<FunctionSymbol>;

/** Functions whose call has no effect besides its value: all, less those that do something or call one that does. */
function pureFunctions(c: Compilation): Pure {
  const pure = new Set(c.functions);
  for (let changed = true; changed; ) {
    changed = false;
    for (const symbol of [...pure]) {
      if (symbol.item.body.kind === "block" && !hasEffect(c, symbol.item.body, pure, true)) continue;
      pure.delete(symbol);
      changed = true;
    }
  }
  return pure;
}

/** `own`: assignments to locals do not count, which is so for whoever calls the function. */
function hasEffect(c: Compilation, n: TreeNode, pure: Pure, own: boolean): boolean {
  let effect = false;
  walk(n, (inner) => {
    effect ||= actsItself(c, inner, pure, own);
    return !effect;
  });
  return effect;
}

function actsItself(c: Compilation, n: TreeNode, pure: Pure, own: boolean): boolean {
  switch (n.kind) {
    case "print":
      return !n.name.startsWith("s");
    case "call": {
      const symbol = c.symbols.get(n);
      if (symbol?.kind === "function") return candidates(symbol).some((item) => !isPure(item, pure));
      return symbol === undefined || effectful.has(n.name);
    }
    case "assignment":
    case "increment": {
      const target = n.kind === "assignment" ? n.target : n.operand;
      return !(own && target.kind === "name" && c.symbols.get(target)?.kind === "local");
    }
    case "delete":
    case "embedded":
    case "atvar":
      return true;
    case "break":
    case "continue":
    case "return":
    case "next":
      return !own;
    default:
      return false;
  }
}

function isPure(symbol: FunctionSymbol | BuiltinSymbol, pure: Pure): boolean {
  return symbol.kind === "function" ? pure.has(symbol) : !effectful.has(symbol.name);
}

function elideBody(c: Compilation, body: Block, read: ReadonlySet<ProgramSymbol>, pure: Pure): Statement {
  const harmless = (n: Expression | undefined) => n === undefined || !hasEffect(c, n, pure, false);
  return rewrite<Statement>(body, {
    moved(from, to) {
      const symbol = c.symbols.get(from as Expression);
      if (symbol) c.symbols.set(to as Expression, symbol);
    },
    replace(n): TreeNode {
      switch (n.kind) {
        case "assignment": {
          const symbol = n.target.kind === "name" ? c.symbols.get(n.target) : undefined;
          if (n.operator !== "=" || symbol?.kind !== "local" || read.has(symbol)) return n;
          c.diagnostics.warn("sem-warning", `'${symbol.name}' is assigned and never read`, n.loc);
          return n.value;
        }
        case "expression-statement":
          return harmless(n.expression) ? nothing(n) : n;
        case "block": {
          const statements = n.statements.filter((statement) => !isNothing(statement));
          return statements.length === n.statements.length ? n : { ...n, statements };
        }
        case "if": {
          if (n.condition.kind === "number") {
            const taken = n.condition.value !== 0 ? n.then : n.otherwise;
            return taken ?? nothing(n);
          }
          if (isNothing(n.then) && (!n.otherwise || isNothing(n.otherwise)) && harmless(n.condition)) return nothing(n);
          return n;
        }
        case "while":
          return n.condition.kind === "number" && n.condition.value === 0 ? nothing(n) : n;
        case "foreach":
          return isNothing(n.body) && harmless(n.limit) ? nothing(n) : n;
        case "try":
          return isNothing(n.body) ? nothing(n) : n;
        default:
          return n;
      }
    },
  });
}

function nothing(n: Statement): Statement {
  return { kind: "null-statement", loc: n.loc };
}

function isNothing(n: Statement): boolean {
  return n.kind === "null-statement" || (n.kind === "block" && n.statements.every(isNothing));
}

/** Which globals are read and which written: what is written and never read is printed at the end. */
function countUses(c: Compilation): void {
  for (const body of bodies(c)) countIn(c, body, false);
  for (const global of c.globals) if (global.item.init) global.written = true;
}

/** `discarded`: the value of the expression is not used. */
function countIn(c: Compilation, n: TreeNode, discarded: boolean): void {
  const mark = (target: Expression, alsoRead: boolean): void => {
    const name = target.kind === "index" ? target.array : target;
    const symbol = name.kind === "name" ? c.symbols.get(name) : undefined;
    if (symbol?.kind === "global") {
      symbol.written = true;
      if (alsoRead) symbol.read = true;
    }
    if (target.kind === "index") for (const index of target.indexes) countIn(c, index, false);
    else if (target.kind !== "name") countIn(c, target, false);
  };
  switch (n.kind) {
    case "assignment":
      mark(n.target, !discarded && n.operator !== "=" && n.operator !== "<<<");
      countIn(c, n.value, false);
      return;
    case "increment":
      mark(n.operand, !discarded);
      return;
    case "delete":
      // As in the reference: what a script deletes from, it manages itself, so it is not printed at the end.
      mark(n.target, true);
      return;
    case "name": {
      const symbol = c.symbols.get(n);
      if (symbol?.kind === "global") symbol.read = true;
      return;
    }
    case "expression-statement":
      countIn(c, n.expression, true);
      return;
    case "for":
      if (n.init) countIn(c, n.init, true);
      if (n.condition) countIn(c, n.condition, false);
      if (n.step) countIn(c, n.step, true);
      countIn(c, n.body, true);
      return;
    default:
      for (const child of childrenOf(n)) countIn(c, child, false);
  }
}

function warnNeverAssigned(c: Compilation): void {
  for (const draft of c.drafts) warnIn(c, draft.body, draft.locals);
  for (const symbol of c.functions) {
    if (symbol.item.body.kind === "block" && symbol.item.loc.source.role === "user") {
      warnIn(c, symbol.item.body, symbol.locals);
    }
  }
}

function warnIn(c: Compilation, body: Block, locals: readonly LocalSymbol[]): void {
  const assigned = new Set<ProgramSymbol | undefined>();
  const first = new Map<ProgramSymbol, Expression>();
  walk(body, (n) => {
    if (n.kind === "assignment" && n.target.kind === "name") assigned.add(c.symbols.get(n.target));
    if (n.kind === "increment" && n.operand.kind === "name") assigned.add(c.symbols.get(n.operand));
    if (n.kind === "foreach")
      for (const name of n.value ? [...n.keys, n.value] : n.keys) assigned.add(c.symbols.get(name));
    if (n.kind === "try" && n.variable) assigned.add(c.symbols.get(n.variable));
    const symbol = n.kind === "name" ? c.symbols.get(n) : undefined;
    if (n.kind === "name" && symbol && !first.has(symbol)) first.set(symbol, n);
  });
  for (const local of locals) {
    const place = first.get(local);
    if (assigned.has(local) || !place) continue;
    c.diagnostics.warn("sem-warning", `'${local.name}' is read and never assigned`, place.loc);
  }
}
