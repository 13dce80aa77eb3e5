/** `process("PATH").statement("FUNCTION@FILE:LINES")`, `.statement("…").nearest`, `.statement(ADDRESS)`. */
import { componentOf, isFailure, pointFailure, quoted, type ResolvePoint } from "./family.ts";
import { openModules } from "./modules.ts";
import { addressText, resolveSites, type SiteFinder, uprobeSite } from "./uprobe-site.ts";

export const resolveStatement: ResolvePoint = (point, symbols) => {
  const place = componentOf(point, "statement");
  const nearest = componentOf(point, "nearest") !== undefined;
  const { argument } = place ?? {};
  if (!place || !argument) return pointFailure("a probe point without a statement", point);
  const files = openModules(point, symbols);
  if (isFailure(files)) return files;
  const find: SiteFinder = (module) => {
    if (argument.kind === "string") return module.statements(argument.value, nearest);
    const site = module.statementAt(Number(argument.value));
    return "kind" in site ? site : [site];
  };
  return resolveSites(files, find, place, (file, site) => {
    const name = argument.kind === "number" ? addressText(site) : quoted(`${site.function}@${site.file}:${site.line}`);
    return uprobeSite(file, site, { point: `.statement(${name})${nearest ? ".nearest" : ""}` }, false);
  });
};
