/**
 * Pieces of JavaScript text that know where in the script they come from.
 *
 * Every part of the emitter makes `Code`; only `writer.ts` turns it into text, because only there is the line and
 * column of each mark known. A `Piece` adds how tightly an expression binds, so that parentheses appear where
 * JavaScript needs them and nowhere else.
 */
import type { Loc } from "../../../base/source.ts";

/** A mark takes no room: what follows it comes from `mark`. */
export type Code = string | { readonly mark: Loc } | readonly Code[];

/** How tightly an expression binds, loosest first. */
export const Level = {
  sequence: 0,
  assignment: 1,
  ternary: 2,
  or: 3,
  and: 4,
  equality: 5,
  relation: 6,
  unary: 7,
  primary: 8,
} as const;
export type Level = (typeof Level)[keyof typeof Level];

export interface Piece {
  readonly code: Code;
  readonly level: Level;
}

export function piece(code: Code, level: Level): Piece {
  return { code, level };
}

export function primary(...code: Code[]): Piece {
  return { code, level: Level.primary };
}

/** The code of an expression where `level` is wanted: in parentheses if it binds less tightly. */
export function at(level: Level, { code, level: own }: Piece): Code {
  return own < level ? ["(", code, ")"] : code;
}

/** An argument of a call, an element of a list: everything but a bare sequence. */
export function argument(expression: Piece): Code {
  return at(Level.assignment, expression);
}

export function list(expressions: readonly Piece[]): Code {
  return expressions.map((expression, i) => (i === 0 ? argument(expression) : [", ", argument(expression)]));
}

/** A call that can fail at `loc`; `name` is what stands before the parenthesis. */
export function call(loc: Loc, name: Code, expressions: readonly Piece[]): Piece {
  return primary({ mark: loc }, name, "(", list(expressions), ")");
}

/** One line of a body; `indent` is relative to the body. */
export interface Line {
  readonly indent: number;
  readonly code: Code;
}

/** A list of lines that grows downwards, with blocks. */
export class Lines {
  readonly lines: Line[] = [];
  #indent = 0;

  add(...code: Code[]): void {
    this.lines.push({ indent: this.#indent, code });
  }

  /** `head {`, the lines that `body` adds, `}`; `tail` follows the closing brace. */
  block(head: Code, body: () => void, tail: Code = ""): void {
    this.add(head, " {");
    this.indented(body);
    this.add("}", tail);
  }

  indented(body: () => void): void {
    this.#indent++;
    body();
    this.#indent--;
  }

  append(other: Lines): void {
    for (const { indent, code } of other.lines) this.lines.push({ indent: this.#indent + indent, code });
  }
}
