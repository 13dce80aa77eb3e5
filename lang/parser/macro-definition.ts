/**
 * One definition of a macro: `@define NAME %( BODY %)`, `@define NAME(a, b) %( BODY %)`.
 *
 * Called by `macros.ts` with the tokens behind `@define`. After a mistake, which is reported, reading goes on behind
 * the body, or at the next item when none comes before that.
 */
import type { IToken } from "chevrotain";
import type { Loc } from "../../base/source.ts";
import type { Report } from "./cst.ts";
import { locOf } from "./lexer.ts";
import { found } from "./messages.ts";
import { Comma, Identifier, itemKeywords, LeftParen, MacroClose, MacroOpen, RightParen } from "./tokens.ts";

export interface Macro {
  readonly name: string;
  readonly loc: Loc;
  readonly parameters: readonly string[];
  readonly body: readonly IToken[];
}

export function readDefinition(
  tokens: readonly IToken[],
  start: number,
  report: Report,
): { readonly macro?: Macro; readonly at: number } {
  let at = start;
  const lost = (expected: string): { readonly at: number } => {
    const place = tokens[at] ?? (tokens[start - 1] as IToken);
    report("parse-macro", `expected ${expected}, found ${found(tokens[at])}`, locOf(place));
    return { at: afterMistake(tokens, at) };
  };
  const name = tokens[at];
  if (name === undefined || !isName(name)) return lost("the name of a macro");
  at++;
  const parameters: string[] = [];
  const hasParameters = tokens[at]?.tokenType === LeftParen;
  if (hasParameters) {
    do {
      const parameter = tokens[++at];
      if (parameter === undefined || !isName(parameter)) return lost("the name of a parameter");
      parameters.push(parameter.image);
      at++;
    } while (tokens[at]?.tokenType === Comma);
    if (tokens[at]?.tokenType !== RightParen) return lost("',' or ')'");
    at++;
  }
  if (tokens[at]?.tokenType !== MacroOpen) return lost(hasParameters ? "'%('" : "'%(' or '('");
  const end = endOfBody(tokens, at + 1);
  if (end === undefined) {
    report("parse-macro", `the body of macro '@${name.image}' has no '%)'`, locOf(name));
    return { at: tokens.length };
  }
  return { macro: { name: name.image, loc: locOf(name), parameters, body: tokens.slice(at + 1, end) }, at: end + 1 };
}

function isName(token: IToken): boolean {
  return token.tokenType === Identifier;
}

/** The `%)` of a body; conditionals in it have their own. */
function endOfBody(tokens: readonly IToken[], from: number): number | undefined {
  let depth = 1;
  for (let at = from; at < tokens.length; at++) {
    if (tokens[at]?.tokenType === MacroOpen) depth++;
    if (tokens[at]?.tokenType === MacroClose && --depth === 0) return at;
  }
  return undefined;
}

function afterMistake(tokens: readonly IToken[], from: number): number {
  for (let at = from; at < tokens.length; at++) {
    const token = tokens[at] as IToken;
    if (token.tokenType === MacroOpen) return (endOfBody(tokens, at + 1) ?? tokens.length - 1) + 1;
    if (itemKeywords.includes(token.tokenType) || token.image === "@define") return at;
  }
  return tokens.length;
}
