/**
 * What an alias makes of a probe: points, body, and the text of -p2 that tells where a probe comes from.
 *
 * The body of the innermost alias runs first, the user's last, epilogues after it in reverse. What of the user's point
 * is left behind the alias' name is appended to each of the alias' points; conditions hold together.
 */
import type { AliasItem, Block, PointComponent, ProbePoint, Statement } from "../../ast.ts";
import { printPoint } from "../../print.ts";

/** The points of an alias, for a user's point that has `rest` behind its name. */
export function aliasPoints(
  alias: AliasItem,
  rest: readonly PointComponent[],
  user: ProbePoint,
): readonly ProbePoint[] {
  if (rest.length === 0 && !user.condition) return alias.points;
  return alias.points.map((base) => {
    const condition = bothConditions(base, user);
    return { ...base, components: [...base.components, ...rest], ...(condition && { condition }) };
  });
}

function bothConditions(base: ProbePoint, user: ProbePoint): ProbePoint["condition"] {
  if (!base.condition || !user.condition) return base.condition ?? user.condition;
  const { condition: right } = user;
  return { kind: "binary", operator: "&&", left: base.condition, right, loc: right.loc };
}

export function aliasBody(alias: AliasItem, body: Block): Block {
  const statements: Statement[] = alias.style === "prologue" ? [alias.body, body] : [body, alias.body];
  if (alias.epilogue) statements.push(alias.epilogue);
  return { kind: "block", statements, loc: body.loc };
}

/** `a = b = begin, end` */
export function aliasText(alias: AliasItem): string {
  const operator = alias.style === "prologue" ? "=" : "+=";
  return `${alias.names.map(printPoint).join(" = ")} ${operator} ${alias.points.map(printPoint).join(", ")}`;
}

/** A chain in which the alias that was expanded last was expanded before has no end. */
export function isEndless(chain: readonly AliasItem[]): boolean {
  const last = chain.at(-1);
  return last !== undefined && chain.indexOf(last) < chain.length - 1;
}
