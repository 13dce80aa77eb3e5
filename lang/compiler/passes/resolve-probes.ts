/**
 * Pass "resolve-probes": finds where each point is, by its family.
 *
 * `?` lets a point come to nothing; `!` does too, and ends the list of points of its probe once it came to something.
 */
import type { ProbeItem, ProbePoint } from "../../ast.ts";
import type { Compilation, ExpandedPoint } from "../compilation.ts";
import { resolvePoint } from "../probes/families.ts";
import { isFailure, type ResolvedSite } from "../probes/family.ts";

export function resolveProbes(c: Compilation): void {
  const aliases = c.aliases.flatMap((alias) => alias.names.map((name) => name.components[0]?.name ?? ""));
  /** For each probe the point, as written, whose `!` was enough. */
  const enough = new Map<ProbeItem, ProbePoint>();
  for (const expanded of c.points) {
    const { point, item, written } = expanded;
    const first = enough.get(item);
    if (first && first !== written) continue;
    if (point.condition) {
      c.diagnostics.unsupported("condition of a probe point", point.condition.loc);
      continue;
    }
    const resolution = resolvePoint(point, c.options.symbols, aliases);
    if (isFailure(resolution)) {
      const { code, message, loc } = resolution;
      if (point.optional || point.sufficient) {
        if (code === "sem-unsupported") c.diagnostics.warn(code, `${message}; the optional probe is left out`, loc);
      } else {
        c.diagnostics.error(code, message, loc);
      }
      continue;
    }
    if (point.sufficient && resolution.length > 0) enough.set(item, written);
    for (const site of resolution) c.drafts.push(draft(expanded, site));
  }
}

function draft(expanded: ExpandedPoint, site: ResolvedSite): Compilation["drafts"][number] {
  const { point } = expanded;
  const own = point === expanded.written;
  const mark = own && point.sufficient ? "!" : own && point.optional ? "?" : "";
  return {
    item: expanded.item,
    written: expanded.written,
    spec: site.spec,
    point: site.point,
    printed: site.pc === undefined ? site.point + mark : `${site.point} /* pc=${site.pc} */`,
    origin: site.pc === undefined ? expanded.origin : site.point,
    variables: site.variables,
    body: expanded.body,
    locals: [],
    plans: [],
    entryPlans: [],
    targets: new Map(),
  };
}
