/**
 * Pass "entry-values": what a return probe wants from the entry of its function and is more than a plain variable.
 *
 * `@entry(E)`, `$p->a[i]` with a computed index and values as text (`$p$`) become a global that the compiler makes up; in
 * the kernel, where nothing else keeps them, members of parameters do too. A probe of kind `entry` assigns E to it when
 * the function is entered; the runtime keeps the value for the call and puts it back before the handler runs. In E a local
 * of the handler is another variable, which nothing has assigned.
 */
import type { ProbeSpec } from "../../../abi/manifest.ts";
import type { Loc } from "../../../base/source.ts";
import type { Assignment, AtOperation, Expression, GlobalItem, Name, Statement, TargetVariable } from "../../ast.ts";
import { rewrite, type TreeNode, walk } from "../../visit.ts";
import type { Compilation, ProbeDraft, VariableScope } from "../compilation.ts";
import { entrySite, hasDynamicIndex, isReturnOfFunction } from "../probes/access.ts";
import { isResult } from "../probes/kernel-values.ts";
import type { FunctionSymbol, GlobalSymbol, LocalSymbol, ProgramSymbol } from "../program.ts";
import { warnOfEntryValues } from "./entry-warnings.ts";

export function entryValues(c: Compilation): void {
  const keepers: ProbeDraft[] = [];
  for (const draft of c.drafts) {
    const { variables } = draft;
    if (!isReturnOfFunction(variables)) continue;
    const atReturn = variables.kind === "kernel" ? (n: TargetVariable) => isResult(variables, n) : isReturnValue;
    for (const [{ item }, owner] of c.clones) {
      if (owner === draft && item.body.kind === "block") warnOfEntryValues(c, item.body, atReturn);
    }
    warnOfEntryValues(c, draft.body, atReturn);
    const keeper = new Keeper(c, draft);
    draft.body = keeper.keep(draft.body);
    for (const [symbol, owner] of c.clones) if (owner === draft) keeper.keepIn(symbol);
    const made = keeper.finish();
    if (made) keepers.push(made);
  }
  c.drafts.push(...keepers);
}

class Keeper {
  readonly #c: Compilation;
  readonly #draft: ProbeDraft;
  readonly #statements: Statement[] = [];
  readonly #globals: GlobalSymbol[] = [];
  readonly #locals = new Map<string, LocalSymbol>();

  constructor(c: Compilation, draft: ProbeDraft) {
    this.#c = c;
    this.#draft = draft;
  }

  keepIn(symbol: FunctionSymbol): void {
    const { body } = symbol.item;
    if (body.kind !== "block") return;
    // The clone is this probe's own.
    (symbol as { item: FunctionSymbol["item"] }).item = { ...symbol.item, body: this.keep(body) };
  }

  /** The body with a name for each value to keep. Outermost ones first: what stands inside is evaluated at the entry. */
  keep<T extends TreeNode>(body: T): T {
    const wanted = new Set<TreeNode>();
    const written = new Set<TreeNode>();
    walk(body, (n) => {
      if (n.kind === "assignment") written.add(n.target);
      // Writing to what is kept is refused by target-variables.
      if (!this.#isKept(n) || written.has(n)) return true;
      wanted.add(n);
      return false;
    });
    if (wanted.size === 0) return body;
    const origins = new Map<TreeNode, TreeNode>();
    return rewrite(body, {
      moved: (from, to) => {
        origins.set(to, from);
        this.#follow(from, to);
      },
      replace: (n) => {
        const original = origins.get(n) ?? n;
        return wanted.has(original) ? this.#value(original as AtOperation | TargetVariable) : n;
      },
    });
  }

  /** The probe that runs at the entry, if there is anything to keep. */
  finish(): ProbeDraft | undefined {
    const { variables, spec, item } = this.#draft;
    if (this.#statements.length === 0) return undefined;
    const place = entryPlace(spec, variables);
    if (!place) return undefined;
    const draft: ProbeDraft = {
      ...this.#draft,
      ...place,
      body: { kind: "block", statements: this.#statements, loc: item.loc },
      locals: [...this.#locals.values()],
      plans: [],
      entryPlans: [],
      targets: new Map(),
    };
    this.#draft.entry = { draft, globals: this.#globals };
    return draft;
  }

  #value(n: AtOperation | TargetVariable): Name {
    const wanted = n.kind === "target" ? n : (n.arguments[0] as Expression);
    const symbol = this.#makeGlobal(n.loc);
    this.#globals.push(symbol);
    const target = this.#nameOf(symbol, n.loc);
    const value = rewrite<Expression>(wanted, { fresh: true, replace: (x) => x, moved: (a, b) => this.#enter(a, b) });
    const assignment: Assignment = { kind: "assignment", operator: "=", target, value, loc: n.loc };
    this.#statements.push({ kind: "expression-statement", expression: assignment, loc: n.loc });
    return this.#nameOf(symbol, n.loc);
  }

  #isKept(n: TreeNode): boolean {
    const { variables } = this.#draft;
    if (variables.kind !== "kernel" || n.kind !== "target") return isKept(n);
    return n.components.length > 0 && !isResult(variables, n);
  }

  #makeGlobal(loc: Loc): GlobalSymbol {
    const { globals } = this.#c;
    // No name of a script can have an '@'.
    const name = `@entry_${globals.filter((global) => global.synthetic).length}`;
    const item: GlobalItem = { kind: "global", name, private: true, wrap: false, loc };
    const state = { index: -1, type: "unknown", keys: [], read: false, written: false } as const;
    const symbol: GlobalSymbol = { kind: "global", name, item, ...state, keys: [], synthetic: true };
    globals.push(symbol);
    return symbol;
  }

  #nameOf(symbol: GlobalSymbol, loc: Loc): Name {
    const name: Name = { kind: "name", name: symbol.name, loc };
    this.#c.symbols.set(name, symbol);
    return name;
  }

  #follow(from: TreeNode, to: TreeNode): void {
    const symbol = this.#c.symbols.get(from as Expression);
    if (symbol) this.#c.symbols.set(to as Expression, symbol);
  }

  #enter(from: TreeNode, to: TreeNode): void {
    const symbol: ProgramSymbol | undefined = this.#c.symbols.get(from as Expression);
    if (!symbol) return;
    if (symbol.kind !== "local") {
      this.#c.symbols.set(to as Expression, symbol);
      return;
    }
    const local: LocalSymbol = this.#locals.get(symbol.name) ?? { ...symbol, type: "unknown" };
    this.#locals.set(symbol.name, local);
    this.#c.symbols.set(to as Expression, local);
  }
}

/** Where the entry probe of a return probe sits. */
function entryPlace(spec: ProbeSpec, variables: VariableScope): Pick<ProbeDraft, "spec" | "variables"> | undefined {
  if (spec.kind === "uprobe" && variables.kind === "function") {
    const site = entrySite(variables.site);
    return { spec: { kind: "entry", function: spec.function }, variables: { ...variables, site, return: false } };
  }
  if (spec.kind === "kernel" && variables.kind === "kernel") {
    return { spec: { kind: "entry", function: spec.place.name }, variables: { ...variables, return: false } };
  }
  return undefined;
}

function isReturnValue(n: TargetVariable): boolean {
  return n.name === "$return" || n.name === "$$return";
}

function isKept(n: TreeNode): boolean {
  if (n.kind === "target") {
    if (isReturnValue(n)) return false;
    return n.components.some((part) => part.kind === "pretty") || (!n.name.startsWith("$$") && hasDynamicIndex(n));
  }
  if (n.kind !== "at" || n.operator !== "@entry") return false;
  const [operand] = n.arguments;
  return operand !== undefined && !(operand.kind === "target" && isPlain(operand));
}

/** Its value at the entry is what it means in a return probe anyway. */
function isPlain(n: TargetVariable): boolean {
  return n.name !== "$return" && !hasDynamicIndex(n) && !n.components.some((part) => part.kind === "pretty");
}
