/** Places in the files of programs as resolved sites; shared by the families whose probes are breakpoints. */
import type { ModuleSymbols, ProbeSite, SymbolFailure } from "../../../abi/symbol-source.ts";
import type { PointComponent } from "../../ast.ts";
import type { PointValues } from "../compilation.ts";
import { type PointFailure, pointFailure, quoted, type Resolution, type ResolvedSite } from "./family.ts";
import { failureText, type ProbedFile } from "./modules.ts";

export type SiteFinder<Site extends ProbeSite = ProbeSite> = (module: ModuleSymbols) => readonly Site[] | SymbolFailure;

/** The sites in all files; a failure if there are none in any. */
export function resolveSites<Site extends ProbeSite>(
  files: readonly ProbedFile[],
  find: SiteFinder<Site>,
  place: PointComponent,
  make: (file: ProbedFile, site: Site) => ResolvedSite,
): Resolution {
  let failure: PointFailure | undefined;
  const found = files.flatMap((file) => {
    const sites = find(file.module);
    if (!("kind" in sites)) return sites.map((site) => make(file, site));
    failure ??= pointFailure(failureText(sites), place);
    return [];
  });
  return found.length === 0 && failure ? failure : found;
}

/** What stands behind `process("PATH")` in the texts of a site. */
export interface Tails {
  readonly point: string;
  /** In what the point comes from; the same if absent. */
  readonly origin?: string;
  /** In listings; as `origin` if absent. */
  readonly listed?: string;
}

export function uprobeSite(
  { module, via }: ProbedFile,
  site: ProbeSite,
  tails: Tails,
  isReturn: boolean,
  more: { readonly returnsTo?: readonly number[]; readonly semaphore?: number; readonly values?: PointValues } = {},
): ResolvedSite {
  const { values, ...ofSpec } = more;
  const origin = via + (tails.origin ?? tails.point);
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
      ...ofSpec,
    },
    point: `process(${quoted(module.path)})${tails.point}`,
    origin,
    listed: tails.listed === undefined ? origin : via + tails.listed,
    pc: `${module.relocatable ? ".dynamic" : ".absolute"}+0x${site.fileOffset.toString(16)}`,
    variables: { kind: "function", module, site, return: isReturn, ...(values && { values }) },
  };
}

/** `NAME@FILE:LINE`, in quotes. */
export function functionText({ function: name, file }: ProbeSite, line: number): string {
  return quoted(file === "" ? name : `${name}@${file}:${line}`);
}

export function addressText(site: ProbeSite): string {
  return `0x${site.address.toString(16)}`;
}
