/**
 * `process("PATH").function("PATTERN")` and `.function(ADDRESS)`, with `.call`, `.exported`, `.inline`, `.return`,
 * `.return.maxactive(N)`.
 *
 * The probe sits in the file, so it fires in every process that maps it; what a session traces is the target's
 * affair. Without a variant the copies of an inlined function count as the function. How many calls may be open at once
 * is without limit here: `.maxactive` is accepted and not needed.
 */
import type { Copies, ModuleSymbols } from "../../../abi/symbol-source.ts";
import { componentOf, isFailure, pointFailure, type ResolvePoint } from "./family.ts";
import { openModules } from "./modules.ts";
import { addressText, functionText, resolveSites, type SiteFinder, uprobeSite } from "./uprobe-site.ts";

const copiesOf: { readonly [variant: string]: Copies } = {
  call: "out-of-line",
  exported: "out-of-line",
  inline: "inlined",
  return: "out-of-line",
};

export const resolveFunction: ResolvePoint = (point, symbols) => {
  const place = componentOf(point, "function");
  const variant = componentOf(point, "call", "exported", "inline", "return");
  const { argument } = place ?? {};
  if (!place || !argument) return pointFailure("a probe point without a function", point);
  const files = openModules(point, symbols);
  if (isFailure(files)) return files;
  const isReturn = variant?.name === "return";
  const suffix = variant === undefined ? "" : `.${variant.name}`;
  if (argument.kind === "number") {
    const find: SiteFinder = (module) => {
      const site = module.functionAt(Number(argument.value), isReturn);
      return "kind" in site ? site : [site];
    };
    return resolveSites(files, find, place, (file, site) =>
      uprobeSite(file, site, { point: `.function(${addressText(site)})${suffix}` }, isReturn),
    );
  }
  const find: SiteFinder = (module) => findFunctions(module, argument.value, variant?.name);
  return resolveSites(files, find, place, (file, site) =>
    uprobeSite(file, site, { point: `.function(${functionText(site, site.line)})${suffix}` }, isReturn),
  );
};

function findFunctions(module: ModuleSymbols, pattern: string, variant: string | undefined): ReturnType<SiteFinder> {
  const sites = module.functions(pattern, variant === "return", copiesOf[variant ?? ""] ?? "all");
  if (variant !== "exported" || "kind" in sites) return sites;
  // Without debuginfo nothing says that it is not.
  const exported = sites.filter((site) => site.exported !== false);
  if (exported.length > 0) return exported;
  return {
    kind: "failure",
    message: `no function that matches '${pattern}' is seen outside its file in ${module.path}`,
  };
}
