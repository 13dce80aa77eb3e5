/**
 * Pass "procfs-values": `$value` of procfs probes becomes calls of the builtins that read and write it.
 *
 * In a `.write` probe `$value` can only be read, in a `.read` probe only be written, with `=` or `.=`. What is
 * something else stays as it is, for check-structure and target-variables to refuse if it is still there by then.
 * Also refuses a second reader of one file.
 */
import type { Assignment, Block, Expression, TargetVariable } from "../../ast.ts";
import { rewrite, type TreeNode, walk } from "../../visit.ts";
import type { Compilation, ProbeDraft } from "../compilation.ts";

export function procfsValues(c: Compilation): void {
  const made = { read: new Map<Block, Block>(), write: new Map<Block, Block>() };
  const readers = new Set<string>();
  for (const draft of c.drafts) {
    const { spec, variables } = draft;
    if (spec.kind !== "procfs" || variables.kind !== "procfs") continue;
    if (spec.access === "read") checkSoleReader(c, draft, spec.path, readers);
    const known = made[variables.access];
    const body = known.get(draft.body) ?? expand(draft.body, variables.access);
    known.set(draft.body, body);
    draft.body = body;
  }
}

function checkSoleReader(c: Compilation, draft: ProbeDraft, path: string, readers: Set<string>): void {
  if (readers.has(path)) {
    c.diagnostics.error("sem-probe", `procfs("${path}") has a read probe already, and one only`, draft.written.loc);
  }
  readers.add(path);
}

/** A shared body is left to the other drafts as it is. */
function expand(body: Block, access: "read" | "write"): Block {
  const asked = new Set<TreeNode>();
  walk(body, (n) => {
    if (n.kind === "at") for (const argument of n.arguments) asked.add(argument);
    if (n.kind === "assignment") asked.add(n.target);
    if (n.kind === "increment") asked.add(n.operand);
  });
  const replace = (n: TreeNode): TreeNode => {
    if (access === "write") return isValue(n) && !asked.has(n) ? call("__procfs_value_get", [], n.loc) : n;
    return n.kind === "assignment" && isValue(n.target) ? (write(n) ?? n) : n;
  };
  return rewrite(body, { replace });
}

function isValue(n: TreeNode): n is TargetVariable {
  return n.kind === "target" && n.name === "$value" && n.components.length === 0 && !n.addressOf;
}

const writers: { readonly [operator: string]: string } = { "=": "__procfs_value_set", ".=": "__procfs_value_append" };

function write(n: Assignment): Expression | undefined {
  const writer = Object.hasOwn(writers, n.operator) ? writers[n.operator] : undefined;
  return writer === undefined ? undefined : call(writer, [n.value], n.target.loc);
}

function call(name: string, values: readonly Expression[], loc: Expression["loc"]): Expression {
  return { kind: "call", name, arguments: values, loc };
}
