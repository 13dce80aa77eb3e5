/**
 * `process("PATH").function("PATTERN")`, `.call`, `.return`, `.return.maxactive(N)`.
 *
 * The probe sits in the file, so it fires in every process that maps it; what a session traces is the target's
 * affair. Without a path the program of -c is meant.
 */
import type { ModuleSymbols, ProbeSite, SymbolSource } from "../../../abi/symbol-source.ts";
import type { PointComponent } from "../../ast.ts";
import {
  pointFailure,
  quoted,
  type Resolution,
  type ResolvedSite,
  trailing,
  unknownComponent,
  unsupported,
} from "./family.ts";

const followers = ["call", "return"];
const missing = ["inline", "exported", "label", "callee", "callees", "pc", "die"];

export function resolveFunction(
  head: PointComponent,
  follower: PointComponent,
  rest: readonly PointComponent[],
  symbols: SymbolSource,
): Resolution {
  if (head.argument?.kind === "number") return unsupported("functions of a process given by its number", head);
  if (follower.argument?.kind === "number") return unsupported("functions given by an address", follower);
  if (!follower.argument) return pointFailure("'function' needs a pattern", follower);
  const [variant, maxactive, extra] = rest;
  if (variant) {
    if (missing.includes(variant.name)) return unsupported(`probe point function.${variant.name}`, variant);
    if (!followers.includes(variant.name)) return unknownComponent(variant, followers);
    if (variant.argument) return pointFailure(`'${variant.name}' takes no argument`, variant);
  }
  // How many calls may be open at once is without limit here; the count is accepted and not needed.
  if (maxactive) {
    if (variant?.name !== "return") return trailing(maxactive);
    if (maxactive.name !== "maxactive") return unknownComponent(maxactive, ["maxactive"]);
    if (maxactive.argument?.kind !== "number") return pointFailure("'maxactive' needs a number", maxactive);
  }
  if (extra) return trailing(extra);

  const path = head.argument?.value ?? symbols.program;
  if (path === undefined) return pointFailure("'process' without a path needs a program to run (-c)", head);
  if (/[*?[]/.test(path)) return unsupported("wildcards in the path of a process probe", head);
  const module = symbols.open(path);
  if (module.kind === "failure") return pointFailure(withAlternatives(module.message, module.alternatives), head);
  const isReturn = variant?.name === "return";
  const sites = module.functions(follower.argument.value, isReturn);
  if ("kind" in sites) return pointFailure(withAlternatives(sites.message, sites.alternatives), follower);
  return sites.map((site) => resolvedSite(module, site, variant?.name));
}

function resolvedSite(module: ModuleSymbols, site: ProbeSite, variant: string | undefined): ResolvedSite {
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
    },
    point: `process(${quoted(module.path)}).function(${quoted(place)})${suffix}`,
    pc: `${module.relocatable ? ".dynamic" : ".absolute"}+0x${site.fileOffset.toString(16)}`,
    variables: { kind: "function", module, site, return: isReturn },
  };
}

function withAlternatives(message: string, alternatives: readonly string[] | undefined): string {
  return alternatives && alternatives.length > 0 ? `${message} (similar: ${alternatives.join(", ")})` : message;
}
