/**
 * Script arguments: `$1`, `@1`, `$#`, `@#` become the tokens of their text.
 *
 * Called by `parse.ts` between lexer and grammar. Macros (`@define`) and conditionals (`%( %)`) are refused by
 * name. Every token keeps a place; those of an argument lie in a source of their own, named after it.
 */
import type { IToken } from "chevrotain";
import { makeSource } from "../../base/source.ts";
import type { Report } from "./cst.ts";
import { lex, locOf } from "./lexer.ts";
import { ArgumentToken, AtWord, MacroOpen } from "./tokens.ts";

export interface Preprocessing {
  readonly args: readonly string[];
  readonly guru: boolean;
}

export function preprocess(tokens: readonly IToken[], options: Preprocessing, report: Report): IToken[] {
  const out: IToken[] = [];
  for (const token of tokens) {
    if (token.tokenType === ArgumentToken) {
      for (const pasted of argumentTokens(token, options.args, report)) out.push(pasted);
      continue;
    }
    if (token.tokenType === MacroOpen)
      report("parse-unsupported", "preprocessor conditionals '%( %)' are not supported yet", locOf(token));
    if (token.tokenType === AtWord && token.image === "@define")
      report("parse-unsupported", "macros ('@define') are not supported yet", locOf(token));
    out.push(token);
  }
  return out;
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
