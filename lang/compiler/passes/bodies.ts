/** The bodies of a compilation, each once: those of probes, of which several can share one, and those of functions. */
import type { Block } from "../../ast.ts";
import type { Compilation, ProbeDraft } from "../compilation.ts";
import type { FunctionSymbol, LocalSymbol } from "../program.ts";

/** Whom a body belongs to. `locals` are without parameters. */
export interface BodyOwner {
  readonly body: Block;
  readonly locals: readonly LocalSymbol[];
  readonly function?: FunctionSymbol;
  /** The first of the probes that share the body. */
  readonly draft?: ProbeDraft;
}

/** Probes in their order, then functions. */
export function bodiesOf(c: Compilation): readonly BodyOwner[] {
  const seen = new Set<Block>();
  const all: BodyOwner[] = [];
  for (const draft of c.drafts) {
    if (seen.has(draft.body)) continue;
    seen.add(draft.body);
    all.push({ body: draft.body, locals: draft.locals, draft });
  }
  for (const symbol of c.functions) {
    if (symbol.item.body.kind === "block")
      all.push({ body: symbol.item.body, locals: symbol.locals, function: symbol });
  }
  return all;
}

/** Puts another body in the place of each; a body that several probes share stays shared. */
export function replaceBodies(c: Compilation, change: (owner: BodyOwner) => Block): void {
  const done = new Map<Block, Block>();
  for (const owner of bodiesOf(c)) done.set(owner.body, change(owner));
  for (const draft of c.drafts) draft.body = done.get(draft.body) ?? draft.body;
  for (const symbol of c.functions) {
    const after = symbol.item.body.kind === "block" ? done.get(symbol.item.body) : undefined;
    // The symbol is this compilation's own; readers after the passes see it as readonly.
    if (after && after !== symbol.item.body)
      (symbol as { item: FunctionSymbol["item"] }).item = { ...symbol.item, body: after };
  }
}
