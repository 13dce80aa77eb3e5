/**
 * `process("PATH").function("PATTERN")`, `.call`, `.exported`, `.return`, `.return.maxactive(N)`.
 *
 * The probe sits in the file, so it fires in every process that maps it; what a session traces is the target's
 * affair. How many calls may be open at once is without limit here: `.maxactive` is accepted and not needed.
 */
import type { ModuleSymbols, ProbeSite, SymbolFailure } from "../../../abi/symbol-source.ts";
import {
  componentOf,
  isFailure,
  type PointFailure,
  pointFailure,
  quoted,
  type ResolvedSite,
  type ResolvePoint,
  unsupported,
} from "./family.ts";
import { failureText, openModules } from "./modules.ts";

export const resolveFunction: ResolvePoint = (point, symbols) => {
  const place = componentOf(point, "function");
  const variant = componentOf(point, "call", "exported", "inline", "return");
  if (!place) return pointFailure("a probe point without a function", point);
  if (variant?.name === "inline" || variant?.name === "exported") {
    return unsupported(`probe point function.${variant.name}`, variant);
  }
  const { argument } = place;
  if (argument?.kind !== "string") return unsupported("functions given by an address", place);
  const modules = openModules(point, symbols);
  if (isFailure(modules)) return modules;
  const isReturn = variant?.name === "return";
  let failure: PointFailure | undefined;
  const found = modules.flatMap((module) => {
    const sites = module.functions(argument.value, isReturn);
    if (!isMissing(sites)) return sites.map((site) => functionSite(module, site, variant?.name));
    failure ??= pointFailure(failureText(sites), place);
    return [];
  });
  return found.length === 0 && failure ? failure : found;
};

function isMissing(sites: readonly ProbeSite[] | SymbolFailure): sites is SymbolFailure {
  return "kind" in sites;
}

function functionSite(module: ModuleSymbols, site: ProbeSite, variant: string | undefined): ResolvedSite {
  const isReturn = variant === "return";
  const place = site.file === "" ? site.function : `${site.function}@${site.file}:${site.line}`;
  const suffix = variant === undefined ? "" : `.${variant}`;
  return {
    spec: {
      kind: "uprobe",
      selector: { kind: "any" },
      path: module.path,
      ...(module.buildId !== undefined && { buildId: module.buildId }),
      fileOffset: site.fileOffset,
      address: site.address,
      function: site.function,
      return: isReturn,
      ...(site.body && { entryAt: site.body }),
    },
    point: `process(${quoted(module.path)}).function(${quoted(place)})${suffix}`,
    pc: `${module.relocatable ? ".dynamic" : ".absolute"}+0x${site.fileOffset.toString(16)}`,
    variables: { kind: "function", module, site, return: isReturn },
  };
}
