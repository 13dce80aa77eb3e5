/**
 * Pass "type-details": which type of the debuginfo the variables and functions of the script hold and give back.
 *
 * A type goes where a value goes: through `=` to a scalar or an array, to the value of a foreach, both sides of a
 * ternary, and returns; not through keys, parameters and arithmetic. SystemTap 4.8 does not follow it into arrays. Repeated until nothing new is learnt: each symbol learns at
 * most twice, a type and then a conflict. `@defined` of what needed these types is answered here.
 */
import { limits } from "../../../base/limits.ts";
import type { Block, Expression } from "../../ast.ts";
import { type TreeNode, walk } from "../../visit.ts";
import type { Compilation, ProbeDraft, TypeDetail } from "../compilation.ts";
import type { Place } from "../probes/access.ts";
import type { FunctionSymbol, ProgramSymbol } from "../program.ts";
import { isPointer, makePlace, merge } from "../types/detail.ts";
import { foldBody } from "./fold-defined.ts";

export function typeDetails(c: Compilation): void {
  const bodies = typedBodies(c);
  for (let round = 0; round < limits.maxTypeRounds; round++) {
    let learnt = false;
    for (const { body, place, symbol } of bodies) learnt = learnFrom(place, body, symbol) || learnt;
    if (!learnt) break;
  }
  for (const global of c.globals) if (isPointer(c.details.get(global))) global.pointer = true;
  for (const { body, place, symbol, draft } of bodies) {
    if (!asksDefined(body)) continue;
    const after = foldBody(place, body, undefined, true, (from, to) => {
      const meaning = c.symbols.get(from as Expression);
      if (meaning) c.symbols.set(to as Expression, meaning);
    });
    if (symbol) (symbol as { item: FunctionSymbol["item"] }).item = { ...symbol.item, body: after };
    else if (draft) draft.body = after;
  }
}

interface TypedBody {
  readonly body: Block;
  readonly place: Place;
  readonly symbol?: FunctionSymbol;
  readonly draft?: ProbeDraft;
}

/** Each probe by itself, also where several share a body: `$x` differs. */
function typedBodies(c: Compilation): readonly TypedBody[] {
  const probes = c.drafts.map((draft): TypedBody => ({ body: draft.body, place: makePlace(c, draft), draft }));
  const functions = c.functions.flatMap((symbol): TypedBody[] => {
    const { body } = symbol.item;
    return body.kind === "block" ? [{ body, place: makePlace(c, c.clones.get(symbol)), symbol }] : [];
  });
  return [...probes, ...functions];
}

/** True when something new is known. */
function learnFrom(place: Place, body: Block, owner: FunctionSymbol | undefined): boolean {
  const { c } = place;
  let learnt = false;
  const learn = (symbol: ProgramSymbol, detail: TypeDetail | undefined): void => {
    const known = c.details.get(symbol);
    const after = merge(known, detail);
    if (after === undefined || after === known) return;
    c.details.set(symbol, after);
    learnt = true;
  };
  walk(body, (n: TreeNode) => {
    if (n.kind === "assignment" && n.operator === "=") {
      const name = n.target.kind === "index" ? n.target.array : n.target;
      const symbol = name.kind === "name" ? c.symbols.get(name) : undefined;
      if (symbol) learn(symbol, place.detail(n.value));
    }
    if (n.kind === "foreach" && n.value && n.array.kind === "name") {
      const [value, array] = [c.symbols.get(n.value), c.symbols.get(n.array)];
      if (value && array) learn(value, c.details.get(array));
    }
    if (n.kind === "return" && n.value && owner) learn(owner, place.detail(n.value));
  });
  return learnt;
}

function asksDefined(body: Block): boolean {
  let found = false;
  walk(body, (n) => {
    found ||= n.kind === "at" && n.operator === "@defined";
    return !found;
  });
  return found;
}
