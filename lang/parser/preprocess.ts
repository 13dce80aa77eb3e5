/**
 * The preprocessor: text → the tokens that the grammar reads.
 *
 * Called by `parse.ts`. Four layers, each pulled by the next: the lexer pastes the script's arguments, macros are
 * expanded, conditionals leave branches out, and an argument that is still there is refused. What was wrong in one
 * layer is left out of the next, so that it causes no further errors.
 */
import type { IToken } from "chevrotain";
import type { Source } from "../../base/source.ts";
import { pasteOf, refuseArgument } from "./arguments.ts";
import { dialectOf } from "./compatibility.ts";
import { Conditionals } from "./conditionals.ts";
import type { ConditionContext } from "./conditions.ts";
import type { Report } from "./cst.ts";
import { lex } from "./lexer.ts";
import { type FindMacro, MacroExpander } from "./macros.ts";
import { ArgumentToken } from "./tokens.ts";

export interface Preprocessing extends ConditionContext {
  readonly args: readonly string[];
  /** Takes the positions of the arguments that the text uses. */
  readonly used: Set<number>;
  readonly findMacro: FindMacro;
}

export function preprocess(source: Source, options: Preprocessing, report: Report): IToken[] {
  const { args, used, findMacro, compatible } = options;
  const written = lex(source, dialectOf(compatible), pasteOf(args, used));
  const macros = new MacroExpander(written, findMacro, report);
  const tokens = new Conditionals(macros, options, report);
  const out: IToken[] = [];
  for (let token = tokens.next(); token !== undefined; token = tokens.next()) {
    out.push(token.tokenType === ArgumentToken ? refuseArgument(token, args, report) : token);
  }
  if (macros.overrun) return [];
  if (out.length === 0) report("parse-empty", `the script '${source.name}' is empty`, { source, start: 0, end: 0 });
  return out;
}
