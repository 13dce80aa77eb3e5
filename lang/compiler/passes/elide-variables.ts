/**
 * Optimisation "elide-variables": drops globals and locals that nothing mentions any more.
 *
 * In the first round, when bodies are still as they were written, it also warns about variables that are read and
 * never assigned. With -u only globals go that no function and no probe mentions from the start.
 */
import { builtins } from "../../../abi/builtins.ts";
import type { Loc } from "../../../base/source.ts";
import { similarText } from "../../similar.ts";
import type { Compilation } from "../compilation.ts";
import type { LocalSymbol, ProgramSymbol } from "../program.ts";
import { type BodyOwner, bodiesOf } from "./bodies.ts";
import { variableUses } from "./effects.ts";

export function elideVariables(c: Compilation, round: number): boolean {
  const mentioned = new Set<ProgramSymbol>();
  const written = new Set<ProgramSymbol>();
  const owners = bodiesOf(c);
  const visit = (symbol: ProgramSymbol, access: string): void => {
    mentioned.add(symbol);
    if (access !== "read") written.add(symbol);
  };
  for (const owner of owners) variableUses(c, owner.body, visit);
  for (const symbol of c.functions) if (symbol.item.body.kind === "embedded") variableUses(c, symbol.item.body, visit);
  if (c.options.unoptimised) {
    c.globals = c.globals.filter((symbol) => mentioned.has(symbol));
    return false;
  }
  if (round === 0) warnNeverAssigned(c, owners, mentioned, written);
  return drop(c, mentioned);
}

function drop(c: Compilation, mentioned: ReadonlySet<ProgramSymbol>): boolean {
  let dropped = false;
  const keep = <T extends ProgramSymbol>(all: readonly T[]): T[] => {
    const kept = all.filter((symbol) => mentioned.has(symbol));
    dropped ||= kept.length < all.length;
    return kept;
  };
  // Probes that share a body share the list of its locals.
  const lists = new Map<readonly LocalSymbol[], LocalSymbol[]>();
  for (const draft of c.drafts) {
    const kept = lists.get(draft.locals) ?? keep(draft.locals);
    lists.set(draft.locals, kept);
    draft.locals = kept;
  }
  for (const { locals } of c.functions) locals.splice(0, locals.length, ...keep(locals));
  c.globals = keep(c.globals);
  return dropped;
}

function warnNeverAssigned(
  c: Compilation,
  owners: readonly BodyOwner[],
  mentioned: ReadonlySet<ProgramSymbol>,
  written: ReadonlySet<ProgramSymbol>,
): void {
  const globalNames = c.globals.map((symbol) => symbol.name);
  const warn = (kind: string, name: string, loc: Loc, names: readonly string[]): void => {
    const message = `${kind} '${name}' is read and never assigned${similarText(name, names)}`;
    const hints = isFunction(c, name) ? ["A function has this name: a call is written with parentheses."] : [];
    c.diagnostics.warn("sem-never-assigned", message, loc, hints.length > 0 ? { hints } : {});
  };
  for (const owner of owners) {
    const unassigned = owner.locals.filter((local) => mentioned.has(local) && !written.has(local));
    if (unassigned.length === 0) continue;
    const names = [...owner.locals.map((local) => local.name), ...globalNames];
    for (const { name, loc } of unassigned) if (loc.source.role === "user") warn("local", name, loc, names);
  }
  for (const { name, item } of c.globals.filter((symbol) => mentioned.has(symbol) && !written.has(symbol))) {
    if (!item.init && item.loc.source.role === "user") warn("global", name, item.loc, globalNames);
  }
}

function isFunction({ scope, options }: Compilation, name: string): boolean {
  if (Object.hasOwn(builtins, name) || scope.functions.some((symbol) => symbol.name === name)) return true;
  return options.tapsets.filesDefining("function", name).length > 0;
}
