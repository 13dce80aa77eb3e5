/**
 * Pass "expand-points": replaces aliases by the points and bodies they stand for.
 *
 * A point names an alias when the alias' components are its first ones; what is left over is appended to the
 * alias' points (`foo.return` of `probe foo = …`). Every definition of an alias applies. The body of the innermost
 * alias runs first, the user's body last, epilogues after it in reverse. A point with an alias gets a copy of the
 * body of its own, because what an alias names its locals is decided per probe.
 */
import { limits } from "../../../base/limits.ts";
import type { AliasItem, Block, PointComponent, ProbePoint, Statement } from "../../ast.ts";
import { printPoint } from "../../print.ts";
import { rewrite } from "../../visit.ts";
import type { Compilation, ExpandedPoint } from "../compilation.ts";

export function expandPoints(c: Compilation): void {
  for (const file of c.files) {
    for (const item of file.items) {
      if (item.kind !== "probe") continue;
      for (const written of item.points) {
        const origin = item.points.map(printPoint).join(",");
        expand(c, { item, point: written, written, origin, body: item.body }, []);
      }
    }
  }
}

function expand(c: Compilation, from: ExpandedPoint, open: readonly AliasItem[]): void {
  const { point } = from;
  const matches = findAliases(c, point);
  if (matches.length === 0) {
    const body = open.length > 0 ? rewrite(from.body, { fresh: true, replace: (n) => n }) : from.body;
    c.points.push({ ...from, body });
    return;
  }
  for (const { alias, name } of matches) {
    if (open.includes(alias)) {
      c.diagnostics.error("sem-probe", `alias '${printPoint(name)}' stands for itself`, alias.loc);
      continue;
    }
    const rest = point.components.slice(name.components.length);
    const operator = alias.style === "prologue" ? "=" : "+=";
    const origin = `${printPoint(name)} ${operator} ${alias.points.map(printPoint).join(", ")} <- ${from.origin}`;
    const body = compose(alias, from.body);
    for (const base of alias.points) {
      if (c.points.length >= limits.maxProbePoints) {
        c.diagnostics.error("sem-probe", `more than ${limits.maxProbePoints} probe points`, from.written.loc);
        return;
      }
      expand(c, { item: from.item, written: from.written, point: extend(base, rest, point), origin, body }, [
        ...open,
        alias,
      ]);
    }
  }
}

function extend(base: ProbePoint, rest: readonly PointComponent[], user: ProbePoint): ProbePoint {
  const condition = user.condition ?? base.condition;
  return {
    kind: "point",
    components: [...base.components, ...rest],
    optional: base.optional || user.optional,
    sufficient: base.sufficient || user.sufficient,
    ...(condition && { condition }),
    loc: user.loc,
  };
}

function compose(alias: AliasItem, body: Block): Block {
  const statements: Statement[] = alias.style === "prologue" ? [alias.body, body] : [body, alias.body];
  if (alias.epilogue) statements.push(alias.epilogue);
  return { kind: "block", statements, loc: body.loc };
}

interface AliasMatch {
  readonly alias: AliasItem;
  readonly name: ProbePoint;
}

/** The aliases a point names: those with all its components if there are any, else those with a prefix of them. */
function findAliases(c: Compilation, point: ProbePoint): readonly AliasMatch[] {
  const matches: AliasMatch[] = [];
  for (const alias of c.aliases) {
    for (const name of alias.names) {
      if (name.components.every((component, i) => sameComponent(component, point.components[i]))) {
        matches.push({ alias, name });
      }
    }
  }
  const longest = Math.max(0, ...matches.map((match) => match.name.components.length));
  return matches.filter((match) => match.name.components.length === longest);
}

function sameComponent(a: PointComponent, b: PointComponent | undefined): boolean {
  return b !== undefined && a.name === b.name && a.argument?.value === b.argument?.value;
}
