/** The places that `.callee("F")` and `.callees(DEPTH)` name: what functions call, level by level. Called by `symbols.ts`. */
import type { CalleeSite, SymbolFailure } from "../abi/symbol-source.ts";
import { fail } from "./access.ts";
import { calleesOf } from "./call-sites.ts";
import { noFunction } from "./find-functions.ts";
import type { FunctionInfo } from "./functions.ts";
import { fitsPattern, parsePattern } from "./patterns.ts";
import type { Tables } from "./tables.ts";

export function findCallees(
  t: Tables,
  pattern: string,
  callee: string,
  depth: number,
): readonly CalleeSite[] | SymbolFailure {
  const wanted = parsePattern(pattern);
  let callers = [...t.functions.match(wanted), ...t.functions.matchInlined(wanted)];
  if (callers.length === 0) return noFunction(t, pattern, wanted.name);
  const sites: CalleeSite[] = [];
  const seen = new Set<number>();
  for (let level = 0; level < depth && callers.length > 0; level++) {
    const next: FunctionInfo[] = [];
    for (const caller of callers) {
      if (seen.has(caller.die.place)) continue;
      seen.add(caller.die.place);
      for (const found of calleesOf(t.functions, caller)) {
        next.push(found.function);
        const site = fitsPattern(found.function, parsePattern(callee)) && t.sites.ofCallee(caller, found);
        if (site) sites.push(site);
      }
    }
    callers = next;
  }
  if (sites.length > 0) return sites;
  return fail(`nothing that '${pattern}' calls matches '${callee}' in ${t.binary.path}${t.binary.remarks}`);
}
