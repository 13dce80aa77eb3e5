/**
 * The vocabulary of the language as Chevrotain token types, in the order in which the lexer tries them.
 *
 * Used by `lexer.ts` (text → tokens), `preprocess.ts` (which removes the preprocessor's own tokens) and
 * `grammar.ts`. Operators are one table, longest first, because the language takes the longest match.
 * The categories at the top are what the grammar asks for; a row of the table may belong to several.
 */
import { type CustomPatternMatcherFunc, createToken, Lexer, type TokenType } from "chevrotain";

function category(name: string): TokenType {
  return createToken({ name, pattern: Lexer.NA });
}

/** A word that may name a component of a probe point or a member of a structure. */
export const Word = category("Word");
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
/** An `@word` whose arguments are of a fixed kind: see `atArguments` in build-values.ts. */
export const AtOp = category("AtOp");
export const TypeName = category("TypeName");

// ---- what is skipped ----

const Blank = createToken({ name: "Blank", pattern: /[ \t\n\v\f\r]+/, group: Lexer.SKIPPED, line_breaks: true });
const LineComment = createToken({ name: "LineComment", pattern: /(?:#|\/\/)[^\n]*/, group: Lexer.SKIPPED });
const BlockComment = createToken({
  name: "BlockComment",
  pattern: upTo("/*", "*/", true),
  group: Lexer.SKIPPED,
  line_breaks: true,
  start_chars_hint: ["/"],
});

// ---- literals and words ----

export const Identifier = createToken({ name: "Identifier", pattern: /[A-Za-z_$][A-Za-z0-9_$]*/, categories: [Word] });
/** `$` or `$$` that stands alone: a pretty-print mark. */
export const Dollars = createToken({ name: "Dollars", pattern: /\$\$?(?![A-Za-z0-9_$])/, categories: [Word] });
export const NumberToken = createToken({ name: "Number", pattern: /[0-9][0-9A-Za-z]*/ });
export const StringToken = createToken({
  name: "String",
  pattern: matchString,
  line_breaks: true,
  start_chars_hint: ['"'],
});
/** `$1`, `@1`, `$#`, `@#`: arguments of the script; gone after preprocessing. */
export const ArgumentToken = createToken({ name: "Argument", pattern: /[$@](?:#|[0-9]+)/ });
export const AtWord = createToken({ name: "AtWord", pattern: /@[A-Za-z_][A-Za-z0-9_]*/ });
export const Embedded = createToken({
  name: "Embedded",
  pattern: upTo("%{", "%}", false),
  line_breaks: true,
  start_chars_hint: ["%"],
});
/** An opening quote or `%{` that is never closed, or a character of no token. */
export const Junk = createToken({ name: "Junk", pattern: /[^\s]/ });

// ---- keywords ----

function keyword(image: string, ...categories: TokenType[]): TokenType {
  return createToken({ name: image, pattern: image, longer_alt: Identifier, categories: [Word, ...categories] });
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
export const PrintWord = createToken({
  name: "PrintWord",
  pattern: /s?print(?:d|dln|f|ln)?(?![A-Za-z0-9_$])|print_char(?![A-Za-z0-9_$])/,
  categories: [Word],
});

// ---- words that begin with @ ----

function atWord(image: string, ...categories: TokenType[]): TokenType {
  return createToken({ name: image, pattern: image, longer_alt: AtWord, categories });
}

export const Cast = atWord("@cast");
export const Var = atWord("@var");
export const Variance = atWord("@variance", StatOp);
export const HistLog = atWord("@hist_log", HistogramOp);
export const HistLinear = atWord("@hist_linear", HistogramOp);
const statWords = ["@count", "@sum", "@min", "@max", "@avg"].map((image) => atWord(image, StatOp));
// biome-ignore format: table
const atWords = [
  "@defined", "@entry", "@perf", "@probewrite", "@const", "@enumname", "@enum",
  "@kregister", "@uregister", "@kderef", "@uderef",
].map((image) => atWord(image, AtOp));

// ---- operators ----

function operator(image: string, ...categories: TokenType[]): TokenType {
  return createToken({ name: `'${image}'`, pattern: image, categories });
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

/** Everything that the lexer tries, in order. */
export const lexedTokens: readonly TokenType[] = [
  Blank,
  ArgumentToken,
  LineComment,
  BlockComment,
  PrintWord,
  ...[Probe, Global, Private, FunctionWord, Foreach, For, If, Else, In, Limit, Return, Delete, While, Break, Continue],
  ...[Next, StringWord, LongWord, Try, Catch],
  Dollars,
  Identifier,
  NumberToken,
  StringToken,
  ...[Cast, Variance, Var, HistLog, HistLinear, ...statWords, ...atWords],
  AtWord,
  Embedded,
  ...operators,
  Junk,
];

const categories = [Word, AssignmentOp, BinaryOp, MatchOp, UnaryOp, IncrementOp, SortMark, StatOp, HistogramOp, AtOp];

/** Everything that the grammar may name. */
export const vocabulary: TokenType[] = [...categories, TypeName, ...lexedTokens];

// ---- patterns that a regular expression would match with a stack as deep as the token is long ----

/** From `open` to the first `close`; to the end of the text when there is none and `lenient`. */
function upTo(open: string, close: string, lenient: boolean): CustomPatternMatcherFunc {
  return (text, offset) => {
    if (!text.startsWith(open, offset)) return null;
    const end = text.indexOf(close, offset + open.length);
    if (end >= 0) return [text.slice(offset, end + close.length)] as unknown as RegExpExecArray;
    return lenient ? ([text.slice(offset)] as unknown as RegExpExecArray) : null;
  };
}

/** A double-quoted string; a newline inside is legal only after a backslash. */
function matchString(text: string, offset: number): RegExpExecArray | null {
  if (text.charCodeAt(offset) !== 0x22) return null;
  for (let i = offset + 1; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x22) return [text.slice(offset, i + 1)] as unknown as RegExpExecArray;
    if (code === 0x0a) return null;
    if (code === 0x5c) i++;
  }
  return null;
}
