/**
 * Walking and rewriting trees without knowing each kind of node.
 *
 * Used by the passes that care for a few kinds and must reach all the others. The table lists the child fields of
 * every kind in the order in which the language looks at them (which is also the order in which locals are born);
 * a new kind of node does not compile until it has a row. Recursion is bounded: the parser refuses trees deeper
 * than `limits.maxSyntaxDepth`.
 */
import type { Expression, Statement, TargetComponent, Wildcard } from "../ast.ts";

export type TreeNode = Statement | Expression | Wildcard | TargetComponent;
type Kind = TreeNode["kind"];

// biome-ignore format: table
const childFields: { readonly [K in Kind]: readonly string[] } = {
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

type Fields = { readonly [field: string]: TreeNode | readonly TreeNode[] | undefined };

/** The nodes directly below one, in order. */
export function childrenOf(n: TreeNode): readonly TreeNode[] {
  const fields = n as unknown as Fields;
  const children: TreeNode[] = [];
  for (const field of childFields[n.kind]) {
    const value = fields[field];
    if (value === undefined) continue;
    if (isList(value)) children.push(...value);
    else children.push(value);
  }
  return children;
}

/** Calls `enter` for a node and all below it, parents first; `false` skips what is below. */
export function walk(n: TreeNode, enter: (n: TreeNode) => unknown): void {
  if (enter(n) === false) return;
  for (const child of childrenOf(n)) walk(child, enter);
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
  const fields = n as unknown as Fields;
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
  const after = list.map((item) => rewrite(item, rewriter));
  return after.some((item, i) => item !== list[i]) ? after : list;
}

function isList(value: TreeNode | readonly TreeNode[]): value is readonly TreeNode[] {
  return Array.isArray(value);
}
