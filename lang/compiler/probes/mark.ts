/**
 * Marks that programs have (SDT probes), `process("PATH").mark("L")` and `.provider("P").mark("L")`, and the entries of
 * their linkage tables, `.plt`, `.plt("G")`, `.plt[("G")].return`.
 *
 * `-` in the name of a mark stands for `__`. A mark knows its arguments, a linkage table only what it links to.
 */
import type { MarkSite, PltSite } from "../../../abi/symbol-source.ts";
import { componentOf, isFailure, pointFailure, quoted, type ResolvePoint } from "./family.ts";
import { openModules } from "./modules.ts";
import { addressText, resolveSites, type SiteFinder, uprobeSite } from "./uprobe-site.ts";

export const resolveMark: ResolvePoint = (point, symbols) => {
  const provider = componentOf(point, "provider");
  const mark = componentOf(point, "mark");
  if (mark?.argument?.kind !== "string") return pointFailure("a probe point without a mark", point);
  const name = mark.argument.value.replaceAll("-", "__");
  const ofProvider = provider?.argument?.kind === "string" ? provider.argument.value : "*";
  const files = openModules(point, symbols);
  if (isFailure(files)) return files;
  const find: SiteFinder<MarkSite> = (module) => module.marks(ofProvider, name);
  return resolveSites(files, find, mark, (file, site) => {
    const tails = {
      point: `.statement(${addressText(site)})`,
      listed: `${provider ? `.provider(${quoted(site.provider)})` : ""}.mark(${quoted(site.mark)})`,
    };
    const values = { arguments: site.arguments, named: { $$name: site.mark, $$provider: site.provider } };
    const semaphore = site.semaphore && { semaphore: site.semaphore.fileOffset };
    return uprobeSite(file, site, tails, false, { values, ...semaphore });
  });
};

export const resolvePlt: ResolvePoint = (point, symbols) => {
  const plt = componentOf(point, "plt");
  if (!plt) return pointFailure("a probe point without a linkage table", point);
  const suffix = componentOf(point, "return") ? ".return" : "";
  const files = openModules(point, symbols);
  if (isFailure(files)) return files;
  const pattern = plt.argument?.kind === "string" ? plt.argument.value : "*";
  const find: SiteFinder<PltSite> = (module) => module.plt(pattern);
  return resolveSites(files, find, plt, (file, site) => {
    const tails = {
      point: `.statement(${addressText(site)})${suffix}`,
      listed: `.plt(${quoted(site.symbol)})${suffix}`,
    };
    const values = { arguments: [], named: { $$name: site.symbol } };
    return uprobeSite(file, site, tails, suffix !== "", { values });
  });
};
