/**
 * The vocabulary of the language as Chevrotain token types.
 *
 * Used by `lexer.ts` (text → tokens), by the preprocessor, whose own tokens never reach the grammar, and by
 * `grammar.ts`. Operators are one table, longest first, because the language takes the longest match.
 * The categories at the top are what the grammar asks for; a row of the table may belong to several.
 */
import { createToken, type TokenType } from "chevrotain";
import { printNames } from "../ast.ts";

function category(name: string, ...categories: TokenType[]): TokenType {
  return createToken({ name, categories });
}

/** A word that may name a component of a probe point or a member of a structure. */
export const Word = category("Word");
/** A word that may name a variable or a function where it is declared; those of the print family among them. */
export const NameWord = category("NameWord");
export const AssignmentOp = category("AssignmentOp");
/** An operator that stands between two ordinary operands. */
export const BinaryOp = category("BinaryOp");
export const MatchOp = category("MatchOp");
export const UnaryOp = category("UnaryOp");
export const IncrementOp = category("IncrementOp");
/** `+` or `-` as a sort mark of foreach. */
export const SortMark = category("SortMark");
export const StatOp = category("StatOp");
export const HistogramOp = category("HistogramOp");
/** An `@word` whose arguments are of a fixed kind: see `atArguments` in build-expressions.ts. */
export const AtOp = category("AtOp");
export const TypeName = category("TypeName");

// ---- literals and words ----

export const Identifier = category("Identifier", Word, NameWord);
/** `$` or `$$` that stands alone: a pretty-print mark. */
export const Dollars = category("Dollars", Word);
export const NumberToken = category("Number");
export const StringToken = category("String");
/** `$1`, `@1`, `$#`, `@#`: arguments of the script; gone after preprocessing. */
export const ArgumentToken = category("Argument");
/** An `@word` that is none of the language's own: a macro, or a mistake. */
export const AtWord = category("AtWord");
export const Embedded = category("Embedded");
/** An opening quote or `%{` that is never closed, or a character of no token. */
export const Junk = category("Junk");

// ---- keywords ----

function keyword(image: string, ...categories: TokenType[]): TokenType {
  return category(image, Word, ...categories);
}

export const Probe = keyword("probe");
export const Global = keyword("global");
export const Private = keyword("private");
export const FunctionWord = keyword("function");
export const If = keyword("if");
export const Else = keyword("else");
export const For = keyword("for");
export const Foreach = keyword("foreach");
export const In = keyword("in");
export const Limit = keyword("limit");
export const Return = keyword("return");
export const Delete = keyword("delete");
export const While = keyword("while");
export const Break = keyword("break");
export const Continue = keyword("continue");
export const Next = keyword("next");
export const StringWord = keyword("string", TypeName);
export const LongWord = keyword("long", TypeName);
export const Try = keyword("try");
export const Catch = keyword("catch");

export const itemKeywords: readonly TokenType[] = [Probe, Global, Private, FunctionWord];
export const statementKeywords: readonly TokenType[] = [
  If,
  For,
  Foreach,
  While,
  Try,
  Delete,
  Return,
  Next,
  Break,
  Continue,
];

/** The print family: names of functions that the grammar treats apart. */
export const PrintWord = category("PrintWord", Word, NameWord);

// ---- words that begin with @ ----

export const Cast = category("@cast");
export const Var = category("@var");

// biome-ignore format: table
const atWords: readonly TokenType[] = [
  Cast, Var, category("@variance", StatOp), category("@hist_log", HistogramOp), category("@hist_linear", HistogramOp),
  ...["@count", "@sum", "@min", "@max", "@avg"].map((image) => category(image, StatOp)),
  ...["@defined", "@entry", "@perf", "@probewrite", "@const", "@enumname", "@enum",
    "@kregister", "@uregister", "@kderef", "@uderef"].map((image) => category(image, AtOp)),
];

// ---- operators ----

function operator(image: string, ...categories: TokenType[]): TokenType {
  return category(`'${image}'`, ...categories);
}

export const Assign = operator("=", AssignmentOp);
export const AddAssign = operator("+=", AssignmentOp);
export const ModAssign = operator("%=", AssignmentOp);
export const Arrow = operator("->");
export const And = operator("&", BinaryOp);
export const Star = operator("*", BinaryOp);
export const Percent = operator("%", BinaryOp);
export const Dot = operator(".", BinaryOp);
export const Not = operator("!", UnaryOp);
export const Minus = operator("-", BinaryOp, UnaryOp, SortMark);
export const Plus = operator("+", BinaryOp, UnaryOp, SortMark);
export const Question = operator("?");
export const Colon = operator(":");
export const Comma = operator(",");
export const Semicolon = operator(";");
export const LeftParen = operator("(");
export const RightParen = operator(")");
export const LeftBracket = operator("[");
export const RightBracket = operator("]");
export const LeftBrace = operator("{");
export const RightBrace = operator("}");
export const MacroOpen = operator("%(");
export const MacroThen = operator("%?");
export const MacroElse = operator("%:");
export const MacroClose = operator("%)");

// biome-ignore format: table
const operators: readonly TokenType[] = [
  operator("<<<", AssignmentOp), operator(">>>", BinaryOp), operator("<<=", AssignmentOp), operator(">>=", AssignmentOp),
  operator("==", BinaryOp), operator("!=", BinaryOp), operator("<=", BinaryOp), operator(">=", BinaryOp),
  operator("=~", MatchOp), operator("!~", MatchOp),
  AddAssign, operator("-=", AssignmentOp), operator("*=", AssignmentOp), operator("/=", AssignmentOp), ModAssign,
  operator("&=", AssignmentOp), operator("^=", AssignmentOp), operator("|=", AssignmentOp), operator(".=", AssignmentOp),
  operator("&&", BinaryOp), operator("||", BinaryOp), operator("++", IncrementOp), operator("--", IncrementOp),
  Arrow, operator("<<", BinaryOp), operator(">>", BinaryOp), MacroOpen, MacroThen, MacroElse, MacroClose,
  Assign, operator("<", BinaryOp), operator(">", BinaryOp), operator("|", BinaryOp), operator("^", BinaryOp), And,
  Plus, Minus, Star, operator("/", BinaryOp), Percent, Dot, Not, operator("~", UnaryOp),
  Question, Colon, Comma, Semicolon, LeftParen, RightParen, LeftBracket, RightBracket, LeftBrace, RightBrace,
];

// ---- what the lexer looks up ----

const keywords: readonly TokenType[] = [
  ...[Probe, Global, Private, FunctionWord, If, Else, For, Foreach, In, Limit, Return, Delete, While, Break, Continue],
  ...[Next, StringWord, LongWord, Try, Catch],
];

/** Every word that is not a plain identifier, the `@words` among them. */
export const words: ReadonlyMap<string, TokenType> = new Map([
  ...[...keywords, ...atWords].map((type) => [type.name, type] as const),
  ...printNames.map((word) => [word, PrintWord] as const),
]);

/** The operators that begin with a character, longest first. */
export const operatorsByFirst: ReadonlyMap<string, readonly TokenType[]> = new Map(
  operators.map(({ name }) => [name.charAt(1), operators.filter((other) => other.name.charAt(1) === name.charAt(1))]),
);

// biome-ignore format: table
const categories = [
  Word, NameWord, AssignmentOp, BinaryOp, MatchOp, UnaryOp, IncrementOp, SortMark, StatOp, HistogramOp, AtOp, TypeName,
];

/** Everything that the grammar may name. */
export const vocabulary: TokenType[] = [
  ...categories,
  ...keywords,
  ...atWords,
  ...operators,
  ...[PrintWord, Identifier, Dollars, NumberToken, StringToken, ArgumentToken, AtWord, Embedded, Junk],
];
