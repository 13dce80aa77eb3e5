/**
 * Walking and rewriting trees without knowing each kind of node.
 *
 * Used by the parser and by the passes that care for a few kinds and must reach all the others. The table lists the
 * child fields of every kind in the order in which the language looks at them (which is also the order in which
 * locals are born); literals that are never evaluated (a format, a type's name) are not children. A new kind of node
 * does not compile until it has a row. `rewrite` recurses: the parser refuses trees deeper than
 * `limits.maxSyntaxDepth`; the walkers keep their own stack and take any depth.
 */
import type { Expression, Item, ProbePoint, Statement, TargetComponent, Wildcard } from "./ast.ts";

/** What bodies are made of. */
export type TreeNode = Statement | Expression | Wildcard | TargetComponent;
export type Node = Item | ProbePoint | TreeNode;
type Kind = Node["kind"];

// biome-ignore format: table
const childFields: { readonly [K in Kind]: readonly string[] } = {
  // items
  probe:                  ["points", "body"],
  alias:                  ["names", "points", "body", "epilogue"],
  global:                 [],
  function:               ["body"],
  "embedded-item":        ["code"],
  point:                  ["condition"],
  // statements
  block:                  ["statements"],
  "expression-statement": ["expression"],
  "null-statement":       [],
  if:                     ["condition", "then", "otherwise"],
  while:                  ["condition", "body"],
  for:                    ["init", "condition", "step", "body"],
  foreach:                ["keys", "array", "slice", "value", "limit", "body"],
  break:                  [],
  continue:               [],
  return:                 ["value"],
  next:                   [],
  delete:                 ["target"],
  try:                    ["body", "variable", "handler"],
  // expressions
  number:                 [],
  string:                 [],
  name:                   [],
  index:                  ["array", "indexes"],
  call:                   ["arguments"],
  print:                  ["arguments"],
  unary:                  ["operand"],
  increment:              ["operand"],
  binary:                 ["left", "right"],
  regex:                  ["left"],
  in:                     ["indexes", "array"],
  ternary:                ["condition", "then", "otherwise"],
  assignment:             ["target", "value"],
  stat:                   ["operand"],
  histogram:              ["operand"],
  bucket:                 ["histogram", "index"],
  target:                 ["components"],
  atvar:                  ["components"],
  cast:                   ["operand", "components"],
  autocast:               ["operand", "components"],
  at:                     ["arguments"],
  embedded:               [],
  wildcard:               [],
  // what follows a target variable
  member:                 [],
  element:                ["index"],
  pretty:                 [],
};

type Fields = { readonly [field: string]: Node | readonly Node[] | undefined };

/** The nodes directly below one, in order. */
export function childrenOf(n: TreeNode): readonly TreeNode[];
export function childrenOf(n: Node): readonly Node[];
export function childrenOf(n: Node): readonly Node[] {
  const fields = n as unknown as Fields;
  const children: Node[] = [];
  for (const field of childFields[n.kind]) {
    const value = fields[field];
    if (value === undefined) continue;
    if (isNode(value)) children.push(value);
    else for (const node of value) children.push(node);
  }
  return children;
}

/** Calls `enter` for a node and all below it, parents first; `false` skips what is below. */
export function walk(n: TreeNode, enter: (n: TreeNode) => unknown): void;
export function walk(n: Node, enter: (n: Node) => unknown): void;
export function walk(n: Node, enter: (n: never) => unknown): void {
  const stack: Node[] = [n];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (enter(node as never) === false) continue;
    const children = childrenOf(node);
    for (let i = children.length - 1; i >= 0; i--) stack.push(children[i] as Node);
  }
}

/** Some path from `root` down has more than `limit` nodes. */
export function depthExceeds(root: Node, limit: number): boolean {
  const stack: { readonly node: Node; readonly depth: number }[] = [{ node: root, depth: 0 }];
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    if (top.depth > limit) return true;
    for (const node of childrenOf(top.node)) stack.push({ node, depth: top.depth + 1 });
  }
  return false;
}

export interface Rewriter {
  /** What stands for a node whose children have been rewritten; the node itself to keep it. */
  replace(n: TreeNode): TreeNode;
  /** Told of each node that was made anew, so that side tables can follow. */
  moved?(from: TreeNode, to: TreeNode): void;
  /** Makes every node anew, so that the result shares none with the original. */
  readonly fresh?: boolean;
}

/** Rewrites a tree from the leaves up; a part in which nothing changes is kept as it is. */
export function rewrite<T extends TreeNode>(n: T, rewriter: Rewriter): T {
  const fields = n as unknown as { readonly [field: string]: TreeNode | readonly TreeNode[] | undefined };
  let changed: { [field: string]: unknown } | undefined = rewriter.fresh ? { ...n } : undefined;
  for (const field of childFields[n.kind]) {
    const value = fields[field];
    if (value === undefined) continue;
    const after = isList(value) ? rewriteList(value, rewriter) : rewrite(value, rewriter);
    if (after === value) continue;
    changed ??= { ...n };
    changed[field] = after;
  }
  let result: TreeNode = n;
  if (changed) {
    result = changed as unknown as TreeNode;
    rewriter.moved?.(n, result);
  }
  return rewriter.replace(result) as T;
}

function rewriteList(list: readonly TreeNode[], rewriter: Rewriter): readonly TreeNode[] {
  let changed: TreeNode[] | undefined;
  for (const [i, item] of list.entries()) {
    const after = rewrite(item, rewriter);
    if (after === item && !changed) continue;
    changed ??= list.slice(0, i);
    changed.push(after);
  }
  return changed ?? list;
}

function isList(value: TreeNode | readonly TreeNode[]): value is readonly TreeNode[] {
  return Array.isArray(value);
}

function isNode(value: Node | readonly Node[]): value is Node {
  return !Array.isArray(value);
}
