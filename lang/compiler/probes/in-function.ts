/**
 * Places in functions that are not their entries: `.function("F").label("L")`, and what a function calls,
 * `.function("F").callee("G")` with `.call` and `.return`, `.callees`, `.callees(DEPTH)`.
 *
 * A callee that is a function of its own is probed at its entry, and counts only when it returns into the caller.
 */
import type { CalleeSite } from "../../../abi/symbol-source.ts";
import { limits } from "../../../base/limits.ts";
import { componentOf, isFailure, numberOf, pointFailure, quoted, type ResolvePoint } from "./family.ts";
import { openModules } from "./modules.ts";
import { functionText, resolveSites, type SiteFinder, uprobeSite } from "./uprobe-site.ts";

export const resolveLabel: ResolvePoint = (point, symbols) => {
  const place = componentOf(point, "function");
  const label = componentOf(point, "label");
  if (place?.argument?.kind !== "string" || label?.argument?.kind !== "string") {
    return pointFailure("a probe point without a label", point);
  }
  const [pattern, name] = [place.argument.value, label.argument.value];
  const files = openModules(point, symbols);
  if (isFailure(files)) return files;
  const find = (module: (typeof files)[number]["module"]) => module.labels(pattern, name);
  return resolveSites(files, find, label, (file, site) => {
    const text = `.function(${functionText(site, site.line)})`;
    return uprobeSite(file, site, { point: text, origin: `${text}.label(${quoted(site.label)})` }, false);
  });
};

export const resolveCallee: ResolvePoint = (point, symbols) => {
  const place = componentOf(point, "function");
  const callee = componentOf(point, "callee", "callees");
  const variant = componentOf(point, "call", "return");
  if (place?.argument?.kind !== "string" || !callee) return pointFailure("a probe point without a caller", point);
  const pattern = place.argument.value;
  const wanted = callee.argument?.kind === "string" ? callee.argument.value : "*";
  const depth = Number(numberOf(callee) ?? 1n);
  if (depth < 1) return pointFailure("callees are looked for at a depth of 1 or more", callee);
  const files = openModules(point, symbols);
  if (isFailure(files)) return files;
  const isReturn = variant?.name === "return";
  const find: SiteFinder<CalleeSite> = (module) => {
    const sites = module.callees(pattern, wanted, Math.min(depth, limits.maxCalleeDepth));
    if (!isReturn || "kind" in sites) return sites;
    const returning = sites.filter((site) => site.returnsTo);
    const message = `what '${pattern}' calls as '${wanted}' is inlined in it: there is no return`;
    return returning.length > 0 ? returning : { kind: "failure", message };
  };
  return resolveSites(files, find, callee, (file, site) => {
    const suffix = variant === undefined ? "" : `.${variant.name}`;
    const [name, caller] = [functionText(site, site.line), functionText(site.caller, site.caller.line)];
    const tails = {
      point: `.function(${name})${suffix}`,
      origin: `.function(${caller}).callee(${name})${suffix}`,
    };
    return uprobeSite(file, site, tails, isReturn, site.returnsTo && { returnsTo: site.returnsTo });
  });
};
