/**
 * Pass "clone-functions": a function that says `$x`, `@var`, `@cast`, … without a module means the probe that calls it,
 * so each such probe gets a copy of its own, as do the functions on the way to it.
 *
 * After resolve-names, so what stands in a branch that `@defined` drops must have names that exist, as in the
 * reference translator. Originals that no other function needs are dropped.
 */
import type { Block, Call, Expression, Name } from "../../ast.ts";
import { rewrite, type TreeNode, walk } from "../../visit.ts";
import type { Compilation, ProbeDraft } from "../compilation.ts";
import { candidates, type FunctionSymbol, type LocalSymbol, type ProgramSymbol } from "../program.ts";
import { makePlace } from "../types/detail.ts";
import { foldBody } from "./fold-defined.ts";

export function cloneFunctions(c: Compilation): void {
  const bound = boundFunctions(c);
  if (bound.size === 0) return;
  for (const draft of c.drafts) {
    if (callees(c, draft.body).some((callee) => bound.has(callee))) new Cloner(c, draft, bound).run();
  }
  c.functions = [...c.functions.filter((symbol) => !bound.has(symbol)), ...c.clones.keys()];
}

/** Functions that mean the probe that calls them, by themselves or through others. */
function boundFunctions(c: Compilation): ReadonlySet<FunctionSymbol> {
  const callers = new Map<FunctionSymbol, FunctionSymbol[]>();
  const bound = new Set<FunctionSymbol>();
  for (const symbol of c.functions) {
    const { body } = symbol.item;
    if (body.kind !== "block") continue;
    if (meansProbe(body)) bound.add(symbol);
    const called = callees(c, body);
    if (symbol.next?.kind === "function") called.push(symbol.next);
    for (const callee of called) {
      const list = callers.get(callee);
      if (list) list.push(symbol);
      else callers.set(callee, [symbol]);
    }
  }
  // A set that grows while it is walked.
  for (const symbol of bound) for (const caller of callers.get(symbol) ?? []) bound.add(caller);
  return bound;
}

function meansProbe(body: Block): boolean {
  let found = false;
  walk(body, (n) => {
    switch (n.kind) {
      case "target":
        found = true;
        break;
      case "atvar":
      case "cast":
        found ||= n.module === undefined;
        break;
      case "at":
        if (n.operator === "@defined" || n.operator === "@entry" || n.operator === "@enum") found = true;
        if (n.operator === "@enumname") found ||= n.arguments.length === 2;
        break;
      default:
    }
    return !found;
  });
  return found;
}

/** All that the calls in a body may run. */
function callees(c: Compilation, body: Block): FunctionSymbol[] {
  const found: FunctionSymbol[] = [];
  walk(body, (n) => {
    const symbol = n.kind === "call" ? c.symbols.get(n) : undefined;
    if (symbol?.kind !== "function") return;
    for (const candidate of candidates(symbol)) if (candidate.kind === "function") found.push(candidate);
  });
  return found;
}

/** The copies for one probe. */
class Cloner {
  readonly #c: Compilation;
  readonly #draft: ProbeDraft;
  readonly #bound: ReadonlySet<FunctionSymbol>;
  readonly #clones = new Map<FunctionSymbol, FunctionSymbol>();

  constructor(c: Compilation, draft: ProbeDraft, bound: ReadonlySet<FunctionSymbol>) {
    this.#c = c;
    this.#draft = draft;
    this.#bound = bound;
  }

  /** The probe's body too: it may be shared with probes at other places. */
  run(): void {
    const locals = new Map<ProgramSymbol, LocalSymbol>();
    this.#draft.body = this.#copy(this.#draft.body, locals);
    this.#draft.locals = this.#draft.locals.map((local) => copyLocal(local, locals));
  }

  #clone(symbol: FunctionSymbol): FunctionSymbol {
    const known = this.#clones.get(symbol);
    if (known) return known;
    const { body } = symbol.item;
    const locals = new Map<ProgramSymbol, LocalSymbol>();
    const clone = {
      ...symbol,
      parameters: symbol.parameters.map((parameter) => copyLocal(parameter, locals)),
      locals: symbol.locals.map((local) => copyLocal(local, locals)),
      targets: this.#draft.targets,
    };
    this.#clones.set(symbol, clone);
    this.#c.clones.set(clone, this.#draft);
    if (body.kind === "block") {
      const copy = this.#copy(body, locals);
      const folded = foldBody(makePlace(this.#c, this.#draft), copy, undefined, false, (from, to) =>
        this.#keepSymbol(from, to),
      );
      clone.item = { ...symbol.item, body: folded };
    }
    if (symbol.next?.kind === "function") clone.next = this.#means(symbol.next);
    return clone;
  }

  #means(symbol: FunctionSymbol): FunctionSymbol {
    return this.#bound.has(symbol) ? this.#clone(symbol) : symbol;
  }

  #copy(body: Block, locals: Map<ProgramSymbol, LocalSymbol>): Block {
    return rewrite(body, {
      fresh: true,
      replace: (n) => n,
      moved: (from, to) => {
        const symbol = this.#c.symbols.get(from as Expression);
        if (!symbol) return;
        const after =
          symbol.kind === "local"
            ? copyLocal(symbol, locals)
            : symbol.kind === "function"
              ? this.#means(symbol)
              : symbol;
        this.#c.symbols.set(to as Name | Call, after);
      },
    });
  }

  #keepSymbol(from: TreeNode, to: TreeNode): void {
    const symbol = this.#c.symbols.get(from as Expression);
    if (symbol) this.#c.symbols.set(to as Expression, symbol);
  }
}

function copyLocal(local: LocalSymbol, copies: Map<ProgramSymbol, LocalSymbol>): LocalSymbol {
  const copy = copies.get(local) ?? { ...local };
  copies.set(local, copy);
  return copy;
}
