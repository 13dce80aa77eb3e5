/** The places that `.plt("SYMBOL")` names. Called by `symbols.ts`. */
import type { PltSite, SymbolFailure } from "../abi/symbol-source.ts";
import { globTest } from "../base/glob.ts";
import { fail } from "./access.ts";
import { near } from "./near.ts";
import { readPlt } from "./plt.ts";
import type { Tables } from "./tables.ts";

export function findPlt({ binary }: Tables, symbol: string): readonly PltSite[] | SymbolFailure {
  const entries = readPlt(binary.elf);
  const matches = globTest(symbol);
  const sites = entries.flatMap(({ name, address }) => {
    const place = matches(name) ? binary.placeOf(address) : undefined;
    return place ? [{ ...place, function: "", file: "", line: 0, symbol: name }] : [];
  });
  if (sites.length > 0) return sites;
  const known = entries.map(({ name }) => name);
  return fail(`${binary.path} calls no '${symbol}' through its linkage table`, near(symbol, known, 5));
}
