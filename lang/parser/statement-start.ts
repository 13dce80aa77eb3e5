/**
 * The place of a statement that is an expression: its first token, as the reference points at it.
 *
 * Nodes know their operator, so this goes down the left edge and then back over opening parentheses.
 */
import type { Loc } from "../../base/source.ts";
import type { Expression } from "../ast.ts";

export function startOf(e: Expression): Loc {
  let left = e;
  for (let next = leftOf(left); next; next = leftOf(left)) left = next;
  const { source, start } = left.loc;
  let from = start;
  for (let at = start - 1; at >= 0; at--) {
    const char = source.text[at] ?? "";
    if (char === "(" || char === "[") from = at;
    else if (!/\s/.test(char)) break;
  }
  return from === start ? left.loc : { ...left.loc, start: from, end: from + 1 };
}

/** What stands before the token of a node. */
function leftOf(e: Expression): Expression | undefined {
  switch (e.kind) {
    case "binary":
    case "regex":
      return e.left;
    case "ternary":
      return e.condition;
    case "assignment":
      return e.target;
    case "increment":
      return e.prefix ? undefined : e.operand;
    case "index":
      return e.array;
    case "in":
      return e.indexes[0]?.kind === "wildcard" ? undefined : e.indexes[0];
    case "bucket":
      return e.histogram;
    case "autocast":
      return e.addressOf ? undefined : e.operand;
    default:
      return undefined;
  }
}
