/**
 * Script arguments: `$1`, `@1`, `$#`, `@#` become the tokens of their text.
 *
 * Called by `parse.ts` between lexer and grammar. Macros (`@define`) and conditionals (`%( %)`) are refused by
 * name and left out whole, so that what stands in them causes no further errors. Every token keeps a place; those
 * of an argument lie in a source of their own, named after it.
 */
import type { IToken } from "chevrotain";
import { makeSource } from "../../base/source.ts";
import type { Report } from "./cst.ts";
import { lex, locOf } from "./lexer.ts";
import { ArgumentToken, AtWord, LeftParen, MacroClose, MacroOpen, RightParen } from "./tokens.ts";

export interface Preprocessing {
  readonly args: readonly string[];
  readonly guru: boolean;
}

export function preprocess(tokens: readonly IToken[], options: Preprocessing, report: Report): IToken[] {
  const out: IToken[] = [];
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i] as IToken;
    if (token.tokenType === ArgumentToken) {
      for (const pasted of argumentTokens(token, options.args, report)) out.push(pasted);
    } else if (token.tokenType === MacroOpen) {
      report("parse-unsupported", "preprocessor conditionals '%( %)' are not supported yet", locOf(token));
      i = closeOf(tokens, i);
    } else if (token.tokenType === AtWord && token.image === "@define") {
      report("parse-unsupported", "macros ('@define') are not supported yet", locOf(token));
      i = endOfDefine(tokens, i);
    } else {
      out.push(token);
    }
  }
  return out;
}

/** The index of the `%)` that belongs to the `%(` at `open`; of the last token when there is none. */
function closeOf(tokens: readonly IToken[], open: number): number {
  let depth = 0;
  for (let i = open; i < tokens.length; i++) {
    if (tokens[i]?.tokenType === MacroOpen) depth++;
    if (tokens[i]?.tokenType === MacroClose && --depth === 0) return i;
  }
  return tokens.length - 1;
}

/** The last token of `@define NAME(a, b) %( … %)`; `start` itself where it does not look like that. */
function endOfDefine(tokens: readonly IToken[], start: number): number {
  let at = start + 2;
  if (tokens[at]?.tokenType === LeftParen) {
    while (at < tokens.length && tokens[at]?.tokenType !== RightParen && tokens[at]?.tokenType !== MacroOpen) at++;
    if (tokens[at]?.tokenType === RightParen) at++;
  }
  return tokens[at]?.tokenType === MacroOpen ? closeOf(tokens, at) : start;
}

function argumentTokens(token: IToken, args: readonly string[], report: Report): IToken[] {
  const asString = token.image.startsWith("@");
  const which = token.image.slice(1);
  const text = which === "#" ? String(args.length) : which === "0" ? undefined : args[Number(which) - 1];
  if (text === undefined) {
    report("parse-syntax", `argument ${token.image} is not there: the script has ${args.length}`, locOf(token));
    return [];
  }
  const pasted = asString ? `"${text.replace(/[\\"]/g, "\\$&").replace(/\n/g, "\\n")}"` : text;
  const inner = lex(makeSource(`argument ${which}`, pasted, locOf(token).source.role));
  if (!inner.some((part) => part.tokenType === ArgumentToken)) return inner;
  report("parse-syntax", `argument ${token.image} itself contains an argument`, locOf(token));
  return [];
}
