/**
 * What a function calls: the copies that are inlined in it, and its call sites (DW_TAG_call_site of DWARF 5, and
 * DW_TAG_GNU_call_site before).
 *
 * Called by `find-callees.ts` for `.callee("F")` and `.callees(DEPTH)`. A call site tells the address that the call returns
 * to, which is how a call from this function is told from others. A tail call returns somewhere else, so it is left out,
 * and so is what an inlined copy itself calls: that is one level deeper.
 */
import { limits } from "../base/limits.ts";
import { DW_AT, DW_TAG } from "./dwarf/constants.ts";
import type { Die } from "./dwarf/die.ts";
import type { FunctionInfo, Functions } from "./functions.ts";

export interface Callee {
  readonly function: FunctionInfo;
  /** Where its calls return to; absent for an inlined copy. */
  readonly returns?: readonly bigint[];
}

export function calleesOf(all: Functions, caller: FunctionInfo): readonly Callee[] {
  const inlined: Callee[] = [];
  const called = new Map<number, bigint[]>();
  const visit = (scope: Die, depth: number): void => {
    for (const die of scope.unit.children(scope)) {
      if (die.tag === DW_TAG.lexical_block && depth < limits.maxDwarfDepth) visit(die, depth + 1);
      if (die.tag === DW_TAG.inlined_subroutine) {
        const copy = all.describeCopy(die, caller.outer ?? caller.die);
        if (copy) inlined.push({ function: copy });
      }
      const site = callSite(die);
      if (site) called.set(site.origin, [...(called.get(site.origin) ?? []), site.returns]);
    }
  };
  visit(caller.die, 0);
  const direct = [...called].flatMap(([origin, returns]) => {
    const f = all.findByDie(origin);
    return f ? [{ function: f, returns }] : [];
  });
  return [...inlined, ...direct];
}

function callSite(die: Die): { readonly origin: number; readonly returns: bigint } | undefined {
  const isGnu = die.tag === DW_TAG.GNU_call_site;
  if ((!isGnu && die.tag !== DW_TAG.call_site) || die.flag(isGnu ? DW_AT.GNU_tail_call : DW_AT.call_tail_call)) {
    return undefined;
  }
  const origin = die.reference(isGnu ? DW_AT.abstract_origin : DW_AT.call_origin);
  const returns = die.address(isGnu ? DW_AT.low_pc : DW_AT.call_return_pc);
  return origin === undefined || returns === undefined ? undefined : { origin, returns };
}
