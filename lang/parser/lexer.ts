/**
 * Text → tokens.
 *
 * Called by `parse.ts` for a script and by `preprocess.ts` for a pasted argument. Never fails: characters that
 * form no token become `Junk` tokens, and whoever finds one where something else was expected reports it.
 * The `payload` of every token is its `Loc`, so tokens of different sources can stand in one stream.
 */
import { type IToken, Lexer } from "chevrotain";
import type { Loc, Source } from "../../base/source.ts";
import { lexedTokens } from "./tokens.ts";

/** The place of a token that came out of a macro: also where the macro was invoked. */
export interface ExpandedLoc extends Loc {
  readonly macro: { readonly name: string; readonly loc: Loc };
}

let lexer: Lexer | undefined;

export function lex(source: Source): IToken[] {
  // `:` and `.` of positions are computed from offsets only when a place is printed
  lexer ??= new Lexer([...lexedTokens], { positionTracking: "onlyOffset", skipValidations: true });
  const tokens = lexer.tokenize(source.text).tokens;
  for (const token of tokens) {
    const start = token.startOffset;
    token.payload = { source, start, end: start + token.image.length } satisfies Loc;
  }
  return tokens;
}

export function locOf(token: IToken): Loc {
  return token.payload as Loc;
}

/** The second token follows the first without anything between them. */
export function adjoins(first: IToken, second: IToken): boolean {
  const a = locOf(first);
  const b = locOf(second);
  return a !== undefined && b !== undefined && a.source === b.source && a.end === b.start;
}
