/**
 * Pass "syscall-parameters": what `$$parms` stands for in `process.syscall`, the six arguments as text.
 *
 * Elsewhere it names variables of the program and is found with them. Comes before any pass looks at target nodes.
 */
import type { Block, Expression, TargetVariable } from "../../ast.ts";
import { rewrite, walk } from "../../visit.ts";
import type { Compilation } from "../compilation.ts";

const names = ["$arg1", "$arg2", "$arg3", "$arg4", "$arg5", "$arg6"];

export function syscallParameters(c: Compilation): void {
  const made = new Map<Block, Block>();
  for (const draft of c.drafts) {
    if (draft.variables.kind !== "syscall" || draft.variables.return || !mentions(draft.body)) continue;
    const body = made.get(draft.body) ?? expand(draft.body);
    made.set(draft.body, body);
    draft.body = body;
  }
}

function mentions(body: Block): boolean {
  let found = false;
  walk(body, (n) => {
    found ||= n.kind === "target" && isParameters(n);
  });
  return found;
}

function isParameters(n: TargetVariable): boolean {
  return n.name === "$$parms" && n.components.length === 0 && !n.addressOf;
}

function expand(body: Block): Block {
  return rewrite(body, { replace: (n) => (n.kind === "target" && isParameters(n) ? textOf(n) : n) });
}

function textOf({ loc }: TargetVariable): Expression {
  const value = names.map((name) => `${name}=%#x`).join(" ");
  const values = names.map((name): Expression => ({ kind: "target", name, components: [], addressOf: false, loc }));
  return { kind: "print", name: "sprintf", format: { kind: "string", value, loc }, arguments: values, loc };
}
