/**
 * The places that `.function("PATTERN")` names: functions, their inlined copies, and what only the symbol table knows.
 *
 * Called by `symbols.ts`; `noFunction` is what everybody says who was given a pattern that names none.
 */
import type { Copies, ProbeSite, SymbolFailure } from "../abi/symbol-source.ts";
import { fail } from "./access.ts";
import { near } from "./near.ts";
import { parsePattern } from "./patterns.ts";
import type { Tables } from "./tables.ts";

export function findFunctions(
  t: Tables,
  pattern: string,
  forReturn: boolean,
  copies: Copies = forReturn ? "out-of-line" : "all",
): readonly ProbeSite[] | SymbolFailure {
  const wanted = parsePattern(pattern);
  const inlined = copies === "out-of-line" ? [] : t.functions.matchInlined(wanted);
  const own = copies === "inlined" ? [] : t.functions.match(wanted);
  const sites = [...own, ...inlined].flatMap((f) => t.sites.ofFunction(f, forReturn) ?? []);
  if (copies !== "inlined" && wanted.line === undefined) sites.push(...t.sites.ofSymbols(wanted, own, forReturn));
  if (sites.length > 0) return sites;
  if (copies === "out-of-line" && t.functions.matchInlined(wanted).length > 0) {
    return fail(`'${pattern}' has only inlined copies in ${t.binary.path}: they have no call and no return`);
  }
  if (copies === "inlined" && t.functions.match(wanted).length > 0) {
    return fail(`'${pattern}' has no inlined copy in ${t.binary.path}`);
  }
  return noFunction(t, pattern, wanted.name);
}

export function noFunction(t: Tables, pattern: string, name: string): SymbolFailure {
  const indirect = t.sites.findIndirect(parsePattern(pattern));
  if (indirect !== undefined) {
    const message = `'${indirect}' of ${t.binary.path} is an indirect function: which code it stands for is chosen when the program starts`;
    return fail(message, t.sites.implementations(indirect));
  }
  const names = [...t.functions.names(), ...t.sites.symbolNames];
  return fail(`no function matches '${pattern}' in ${t.binary.path}${t.binary.remarks}`, near(name, names, 5));
}
