/**
 * Walking trees: the children of every kind of node, in the order of the text.
 *
 * Used by whoever must reach all nodes and cares for a few kinds. `childFields` does not compile until a new kind
 * of node has a row. The walkers keep their own stack, so they take trees of any depth.
 */
import type * as Ast from "./ast.ts";

export type Node = Ast.Item | Ast.ProbePoint | Ast.Statement | Ast.Expression | Ast.Wildcard | Ast.TargetComponent;

// biome-ignore format: table
const childFields: { readonly [kind in Node["kind"]]: readonly string[] } = {
  probe: ["points", "body"],            alias: ["names", "points", "body", "epilogue"],
  global: ["init"],                     function: ["body"],
  "embedded-item": ["code"],            point: ["condition"],
  block: ["statements"],                "expression-statement": ["expression"],
  "null-statement": [],                 if: ["condition", "then", "otherwise"],
  while: ["condition", "body"],         for: ["init", "condition", "step", "body"],
  foreach: ["value", "keys", "array", "slice", "limit", "body"],
  break: [],                            continue: [],
  return: ["value"],                    next: [],
  delete: ["target"],                   try: ["body", "variable", "handler"],
  number: [],                           string: [],
  name: [],                             wildcard: [],
  index: ["array", "indexes"],          call: ["arguments"],
  print: ["format", "delimiter", "arguments"],
  unary: ["operand"],                   increment: ["operand"],
  binary: ["left", "right"],            regex: ["left", "pattern"],
  in: ["indexes", "array"],             ternary: ["condition", "then", "otherwise"],
  assignment: ["target", "value"],      stat: ["operand", "parameters"],
  histogram: ["operand", "parameters"], bucket: ["histogram", "index"],
  target: ["components"],               atvar: ["name", "module", "components"],
  cast: ["operand", "type", "module", "components"],
  autocast: ["operand", "components"],  at: ["arguments"],
  embedded: [],                         member: [],
  element: ["index"],                   pretty: [],
};

export function children(node: Node): Node[] {
  const fields = node as unknown as { readonly [field: string]: Node | readonly Node[] | undefined };
  return childFields[node.kind].flatMap((name) => fields[name] ?? []);
}

/** Calls `enter` for a node and all below it, parents first; `false` leaves out what is below. */
// biome-ignore lint/suspicious/noConfusingVoidType: a visitor that gives nothing back goes on
export function walk(root: Node, enter: (node: Node) => boolean | void): void {
  const stack: Node[] = [root];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (enter(node) === false) continue;
    stack.push(...children(node).reverse());
  }
}

/** Some path from `root` down has more than `limit` statements and expressions. */
export function depthExceeds(root: Node, limit: number): boolean {
  const stack: { readonly node: Node; readonly depth: number }[] = [{ node: root, depth: 0 }];
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    if (top.depth > limit) return true;
    for (const node of children(top.node)) stack.push({ node, depth: top.depth + 1 });
  }
  return false;
}
