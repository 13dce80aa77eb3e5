/**
 * What was expected, in the words of the language.
 *
 * Chevrotain asks here when it refuses a token. The rules of `grammar.ts` that choose between alternatives name
 * them in `ERR_MSG`; a single token is named by its own text or by `tokenWords`.
 */
import type { IParserErrorMessageProvider, IToken, TokenType } from "chevrotain";
import { describeToken } from "./describe.ts";
import { locOf } from "./lexer.ts";

// biome-ignore format: table
const tokenWords: { readonly [name: string]: string } = {
  Identifier: "an identifier",  Number: "a number",           String: "a literal string",
  NameWord: "an identifier",  Word: "an identifier or a keyword",                         AssignmentOp: "an assignment operator",
  SortMark: "'+' or '-' to sort by",                          TypeName: "'long' or 'string'",
  HistogramOp: "'@hist_log' or '@hist_linear'",               StatOp: "a statistical operation",
  Embedded: "'%{'",             Dollars: "'$'",               PrintWord: "an identifier",
  BinaryOp: "an operator",      MatchOp: "'=~' or '!~'",      UnaryOp: "an operator",
  IncrementOp: "'++' or '--'",  AtOp: "an '@' operator",
};

export const messages: IParserErrorMessageProvider = {
  buildMismatchTokenMessage: ({ expected, actual }) => `expected ${tokenWord(expected)}, found ${found(actual)}`,
  buildNotAllInputParsedMessage: ({ firstRedundant }) =>
    `expected 'function', 'probe', 'private', 'global' or '%{', found ${found(firstRedundant)}`,
  buildNoViableAltMessage: ({ actual, customUserDescription, expectedPathsPerAlt }) =>
    `expected ${customUserDescription ?? listed(firstTokens(expectedPathsPerAlt))}, found ${found(actual[0])}`,
  buildEarlyExitMessage: ({ actual, customUserDescription, expectedIterationPaths }) =>
    `expected ${customUserDescription ?? listed(firstTokens([expectedIterationPaths]))}, found ${found(actual[0])}`,
};

export function tokenWord(type: TokenType): string {
  return tokenWords[type.name] ?? (type.name.startsWith("'") ? type.name : `'${type.name}'`);
}

/** A token as the user sees it. */
export function found(token: IToken | undefined): string {
  if (token === undefined || locOf(token) === undefined) return "the end of the file";
  return describeToken(locOf(token));
}

function firstTokens(paths: TokenType[][][]): TokenType[] {
  const first = paths.flat().map((path) => path[0]);
  return [...new Set(first.filter((type): type is TokenType => type !== undefined))];
}

function listed(types: readonly TokenType[]): string {
  const words = types.map(tokenWord);
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}

/** What is wrong with a `Junk` token by itself. */
export function lexicalError(token: IToken): { readonly code: "parse-string" | "parse-lex"; readonly message: string } {
  if (token.image === '"') return { code: "parse-string", message: "a string literal that is not closed on its line" };
  const what = token.image.startsWith("%{") ? "embedded code that is not closed by '%}'" : found(token);
  return { code: "parse-lex", message: what };
}
