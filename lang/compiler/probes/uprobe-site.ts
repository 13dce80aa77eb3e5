/** Places in the files of programs as resolved sites; shared by the families whose probes are breakpoints. */
import type { ModuleSymbols, ProbeSite, SymbolFailure } from "../../../abi/symbol-source.ts";
import type { PointComponent } from "../../ast.ts";
import { type PointFailure, pointFailure, quoted, type Resolution, type ResolvedSite } from "./family.ts";
import { failureText } from "./modules.ts";

export type SiteFinder = (module: ModuleSymbols) => readonly ProbeSite[] | SymbolFailure;

/** The sites in all modules; a failure if there are none in any. */
export function resolveSites(
  modules: readonly ModuleSymbols[],
  find: SiteFinder,
  place: PointComponent,
  make: (module: ModuleSymbols, site: ProbeSite) => ResolvedSite,
): Resolution {
  let failure: PointFailure | undefined;
  const found = modules.flatMap((module) => {
    const sites = find(module);
    if (!("kind" in sites)) return sites.map((site) => make(module, site));
    failure ??= pointFailure(failureText(sites), place);
    return [];
  });
  return found.length === 0 && failure ? failure : found;
}

/** `tail` is what stands behind `process("PATH")`. */
export function uprobeSite(module: ModuleSymbols, site: ProbeSite, tail: string, isReturn: boolean): ResolvedSite {
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
    point: `process(${quoted(module.path)})${tail}`,
    pc: `${module.relocatable ? ".dynamic" : ".absolute"}+0x${site.fileOffset.toString(16)}`,
    variables: { kind: "function", module, site, return: isReturn },
  };
}

export function addressText(site: ProbeSite): string {
  return `0x${site.address.toString(16)}`;
}
