/**
 * Keys and slices of arrays.
 *
 * One key is the key itself; several are joined with a NUL byte, which no string of the language holds:
 * `${a}\0${b}`. A slice is a list in which null stands for `*`.
 */
import type { Expression, NumberLiteral, StringLiteral, Wildcard } from "../../ast.ts";
import { at, type Code, Level, list, type Piece, primary } from "./code.ts";
import { value } from "./expressions.ts";
import { cString, quote } from "./literals.ts";
import type { FunctionScope } from "./scope.ts";

type Indexes = readonly (Expression | Wildcard)[];

/** The key of an element; there is no wildcard in it. */
export function keyOf(scope: FunctionScope, indexes: Indexes): Piece {
  const values = indexes.map((index) => oneKey(scope, index));
  if (values.length === 1 && values[0]) return values[0];
  if (indexes.every(isLiteral)) return primary(quote(indexes.map((index) => literalText(scope, index)).join("\0")));
  const code: Code[] = values.map((part, i) => [i === 0 ? "${" : "\\0${", at(Level.sequence, part), "}"]);
  return primary("`", code, "`");
}

/** The slice, when there is a wildcard in it. */
export function sliceOf(scope: FunctionScope, indexes: Indexes): Piece | undefined {
  return indexes.some((index) => index.kind === "wildcard") ? sliceList(scope, indexes) : undefined;
}

export function sliceList(scope: FunctionScope, indexes: Indexes): Piece {
  return primary("[", list(indexes.map((index) => oneKey(scope, index))), "]");
}

/** Whether a key is the same each time: a literal, or several. */
export function isLiteral(index: Expression | Wildcard): index is NumberLiteral | StringLiteral {
  return index.kind === "number" || index.kind === "string";
}

function literalText(scope: FunctionScope, index: NumberLiteral | StringLiteral): string {
  return index.kind === "string" ? cString(index.value, scope.module.maxString) : `${index.value}`;
}

function oneKey(scope: FunctionScope, index: Expression | Wildcard): Piece {
  return index.kind === "wildcard" ? primary("null") : value(scope, index);
}
