/**
 * Pass "point-values": what marks and linkage tables know by themselves. `$$name` and `$$provider` become strings,
 * `$$parms` and `$$vars` a text of the arguments.
 *
 * `$argN` itself stays, to be found with the variables. Comes before any pass looks at target nodes.
 */
import type { Block, Expression, TargetVariable } from "../../ast.ts";
import { rewrite, type TreeNode } from "../../visit.ts";
import type { Compilation, PointValues } from "../compilation.ts";

export function pointValues(c: Compilation): void {
  for (const draft of c.drafts) {
    const values = draft.variables.kind === "function" ? draft.variables.values : undefined;
    if (values) draft.body = expand(draft.body, values);
  }
}

/** A shared body is left to the other drafts as it is. */
function expand(body: Block, values: PointValues): Block {
  return rewrite(body, { replace: (n) => (isPlain(n) ? (textOf(n, values) ?? n) : n) });
}

function isPlain(n: TreeNode): n is TargetVariable {
  return n.kind === "target" && n.components.length === 0 && !n.addressOf;
}

function textOf({ name, loc }: TargetVariable, values: PointValues): Expression | undefined {
  const text = Object.hasOwn(values.named, name) ? values.named[name] : undefined;
  if (text !== undefined) return { kind: "string", value: text, loc };
  if (name !== "$$parms" && name !== "$$vars") return undefined;
  const names = values.arguments.map((_, i) => `$arg${i + 1}`);
  if (names.length === 0) return { kind: "string", value: "", loc };
  const format = { kind: "string", value: names.map((argument) => `${argument}=%#x`).join(" "), loc } as const;
  const targets = names.map((argument): Expression => {
    return { kind: "target", name: argument, components: [], addressOf: false, loc };
  });
  return { kind: "print", name: "sprintf", format, arguments: targets, loc };
}
