/**
 * `process("PATH").function("PATTERN")` and `.function(ADDRESS)`, with `.call`, `.exported`, `.return`,
 * `.return.maxactive(N)`.
 *
 * The probe sits in the file, so it fires in every process that maps it; what a session traces is the target's
 * affair. How many calls may be open at once is without limit here: `.maxactive` is accepted and not needed.
 */
import type { ModuleSymbols } from "../../../abi/symbol-source.ts";
import { componentOf, isFailure, pointFailure, quoted, type ResolvePoint } from "./family.ts";
import { openModules } from "./modules.ts";
import { addressText, resolveSites, type SiteFinder, uprobeSite } from "./uprobe-site.ts";

export const resolveFunction: ResolvePoint = (point, symbols) => {
  const place = componentOf(point, "function");
  const variant = componentOf(point, "call", "exported", "return");
  const { argument } = place ?? {};
  if (!place || !argument) return pointFailure("a probe point without a function", point);
  const modules = openModules(point, symbols);
  if (isFailure(modules)) return modules;
  const isReturn = variant?.name === "return";
  const suffix = variant === undefined ? "" : `.${variant.name}`;
  if (argument.kind === "number") {
    const find: SiteFinder = (module) => {
      const site = module.functionAt(Number(argument.value), isReturn);
      return "kind" in site ? site : [site];
    };
    return resolveSites(modules, find, place, (module, site) =>
      uprobeSite(module, site, `.function(${addressText(site)})${suffix}`, isReturn),
    );
  }
  const find: SiteFinder = (module) => findFunctions(module, argument.value, variant?.name);
  return resolveSites(modules, find, place, (module, site) => {
    const name = site.file === "" ? site.function : `${site.function}@${site.file}:${site.line}`;
    return uprobeSite(module, site, `.function(${quoted(name)})${suffix}`, isReturn);
  });
};

function findFunctions(module: ModuleSymbols, pattern: string, variant: string | undefined): ReturnType<SiteFinder> {
  const sites = module.functions(pattern, variant === "return");
  if (variant !== "exported" || "kind" in sites) return sites;
  const exported = sites.filter((site) => site.exported);
  if (exported.length > 0) return exported;
  return {
    kind: "failure",
    message: `no function that matches '${pattern}' is seen outside its file in ${module.path}`,
  };
}
