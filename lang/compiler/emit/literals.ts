/**
 * Literals in emitted text: byte strings, 64-bit numbers, and constant expressions worked out here.
 *
 * All that ends up between quotes or after a number sign passes through this file, so the text of a script can
 * never become code: everything outside printable ASCII is escaped.
 */
import { add, and, type Long, mul, neg, not, or, shl, shr, sub, ushr, xor } from "../../../base/int64.ts";
import type { Binary, Expression } from "../../ast.ts";
import { Level, type Piece, piece } from "./code.ts";

/** A JavaScript string literal. */
export function quote(text: string): string {
  return JSON.stringify(text).replace(
    /[^\x20-\x7e]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** The value of a string literal: as a string of C it ends at its first NUL, and has at most `longest` bytes. */
export function cString(text: string, longest = text.length): string {
  const nul = text.indexOf("\0");
  return text.slice(0, nul < 0 ? longest : Math.min(nul, longest));
}

/** A number or bigint literal. */
export function numberPiece(value: Long): Piece {
  const text = typeof value === "bigint" ? `${value}n` : `${value}`;
  return piece(text, value < 0 ? Level.unary : Level.primary);
}

/** Text that may stand in a line comment. */
export function commentText(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, "?");
}

/** The value of an expression made of number literals alone; divisions stay, since they may fail. */
export function constant(e: Expression): Long | undefined {
  switch (e.kind) {
    case "number":
      return e.value;
    case "unary": {
      const operand = constant(e.operand);
      if (operand === undefined) return undefined;
      return unaryOperators[e.operator](operand);
    }
    case "binary": {
      const operation = binaryOperators[e.operator];
      const left = operation && constant(e.left);
      if (operation === undefined || left === undefined) return undefined;
      const right = constant(e.right);
      return right === undefined ? undefined : operation(left, right);
    }
    default:
      return undefined;
  }
}

const unaryOperators = { "+": (a: Long) => a, "-": neg, "~": not, "!": (a: Long) => (a === 0 ? 1 : 0) };

const binaryOperators: { readonly [operator in Binary["operator"]]?: (a: Long, b: Long) => Long } = {
  "+": add,
  "-": sub,
  "*": mul,
  "&": and,
  "|": or,
  "^": xor,
  "<<": shl,
  ">>": shr,
  ">>>": ushr,
};
