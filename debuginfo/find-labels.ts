/** The places that `.function("F").label("L")` names. Called by `symbols.ts`. */
import type { LabelSite, SymbolFailure } from "../abi/symbol-source.ts";
import { globTest } from "../base/glob.ts";
import { fail } from "./access.ts";
import { noFunction } from "./find-functions.ts";
import { labelsOf } from "./labels.ts";
import { near } from "./near.ts";
import { parsePattern } from "./patterns.ts";
import type { Tables } from "./tables.ts";

export function findLabels(t: Tables, pattern: string, label: string): readonly LabelSite[] | SymbolFailure {
  const functions = t.functions.match(parsePattern(pattern));
  if (functions.length === 0) return noFunction(t, pattern, parsePattern(pattern).name);
  const matches = globTest(label);
  const known: string[] = [];
  const sites = functions.flatMap((f) =>
    labelsOf(f.die).flatMap(({ name, line, address }) => {
      known.push(name);
      const site = matches(name) ? t.sites.at(f, address) : undefined;
      return site ? [{ ...site, line, label: name }] : [];
    }),
  );
  if (sites.length > 0) return sites;
  return fail(`no label '${label}' in '${pattern}' of ${t.binary.path}${t.binary.remarks}`, near(label, known, 5));
}
