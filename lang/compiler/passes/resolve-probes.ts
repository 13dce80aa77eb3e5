/**
 * Pass "resolve-probes": finds the places that the points of each probe stand for, and makes a draft of each.
 *
 * A probe that comes from an alias or has a condition gets a copy of the body of its own: what is a local in it is
 * decided per probe, and the handler runs only if the condition holds. So does one in the kernel, where the type of `$x`
 * depends on the point.
 */
import type { Block, Expression, IfStatement } from "../../ast.ts";
import { printExpression } from "../../print.ts";
import { rewrite } from "../../visit.ts";
import type { Compilation, ProbeDraft } from "../compilation.ts";
import { isPureCondition } from "../probes/condition.ts";
import { type Derived, Deriver } from "../probes/derive.ts";

export function resolveProbes(c: Compilation): void {
  const deriver = new Deriver(c);
  for (const file of c.files) {
    for (const item of file.items) {
      if (item.kind !== "probe") continue;
      for (const derived of deriver.derive(item)) c.drafts.push(draft(c, derived));
    }
  }
}

function draft(c: Compilation, derived: Derived): ProbeDraft {
  const { point, site } = derived;
  const condition = point.condition && isPureCondition(c, point.condition) ? point.condition : undefined;
  const mark = point.sufficient ? "!" : point.optional ? "?" : "";
  const written = (text: string): string => `${text}${mark}${condition ? ` if (${printExpression(condition)})` : ""}`;
  const text = written(site.point);
  const shared = derived.aliases.length === 0 && !condition && site.variables.kind !== "kernel";
  const body = shared ? derived.body : rewrite(derived.body, { fresh: true, replace: (n) => n });
  return {
    item: derived.item,
    written: derived.written,
    spec: site.spec,
    point: site.point,
    name: derived.aliasName ?? site.listed ?? site.point,
    printed: site.pc === undefined ? text : `${text} /* pc=${site.pc} */`,
    origin: site.pc === undefined ? derived.origin : written(site.origin ?? site.point),
    ...(derived.aliasName === undefined && site.listed !== undefined && { listed: written(site.listed) }),
    variables: site.variables,
    ...(condition && { condition }),
    body: condition ? guarded(body, condition) : body,
    locals: [],
    plans: [],
    entryPlans: [],
    targets: new Map(),
  };
}

/** The condition stands before all that aliases put around the user's body. */
function guarded(body: Block, condition: Expression): Block {
  const { loc } = condition;
  // biome-ignore lint/suspicious/noThenProperty: the field of an if statement, as the language names it
  const test: IfStatement = { kind: "if", condition, then: body, loc };
  return { kind: "block", statements: [test], loc: body.loc };
}
