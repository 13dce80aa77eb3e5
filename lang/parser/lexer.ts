/**
 * Text → tokens, by hand: one loop over the characters.
 *
 * Called by `parse.ts` for a script, with its arguments pasted in. Never fails: characters that form no token
 * become `Junk`, and whoever finds one where something else was expected reports it. The `payload` of every token
 * is its `Loc`, so tokens of different sources can stand in one stream.
 */
import type { IToken, TokenType } from "chevrotain";
import { type Loc, makeSource, type Source } from "../../base/source.ts";
import { type Dialect, dialectOf } from "./compatibility.ts";
import {
  ArgumentToken,
  AtWord,
  Dollars,
  Embedded,
  Identifier,
  Junk,
  NumberToken,
  operatorsByFirst,
  StringToken,
  words,
} from "./tokens.ts";

/** The place of a token that came out of a macro or an argument: also where that was invoked. */
export interface ExpandedLoc extends Loc {
  readonly expansion: { readonly of: string; readonly loc: Loc };
}

/** The text that takes the place of `$1`, `@1`, `$#`, `@#`; without one the token stays for others to complain about. */
export type Paste = (image: string) => string | undefined;

/** Pastes that may grow together with what follows; each reads the rest of the text anew, so there is a limit. */
const MAX_JOINS = 64;

export function lex(source: Source, dialect: Dialect = dialectOf(), paste?: Paste): IToken[] {
  const out: IToken[] = [];
  scan(
    { text: source.text, pasted: 0, place: (start, end) => ({ source, start, end }), joins: 0 },
    dialect,
    paste,
    out,
  );
  return out;
}

export function locOf(token: IToken): Loc {
  return token.payload as Loc;
}

/** The second token follows the first without anything between them. */
export function adjoins(first: IToken, second: IToken): boolean {
  return (
    locOf(first)?.source === locOf(second)?.source && first.startOffset + first.image.length === second.startOffset
  );
}

interface Text {
  readonly text: string;
  /** So many characters at the start are a pasted argument, in which no other argument may stand. */
  readonly pasted: number;
  readonly place: (start: number, end: number) => Loc;
  readonly joins: number;
}

function scan(input: Text, dialect: Dialect, paste: Paste | undefined, out: IToken[]): void {
  const { text, pasted, place, joins } = input;
  let at = 0;
  while (at < text.length) {
    const start = at;
    const code = text.charCodeAt(at);
    if (code === 0x20 || (code >= 9 && code <= 13)) {
      at++;
    } else if (isArgument(text, at, code)) {
      at = text[at + 1] === "#" ? at + 2 : endOfWhile(text, at + 1, isDigit);
      const image = text.slice(start, at);
      const value = start < pasted ? undefined : paste?.(image);
      if (value === undefined) {
        out.push(makeToken(ArgumentToken, image, place(start, at), start));
      } else if (joins < MAX_JOINS && image.startsWith("$") && growsTogether(value, text, at)) {
        const [from, to] = [start, at];
        const shift = to - value.length;
        const inner = (a: number, b: number): Loc =>
          place(a < value.length ? from : a + shift, b <= value.length ? to : b + shift);
        scan(
          { text: value + text.slice(at), pasted: value.length, place: inner, joins: joins + 1 },
          dialect,
          paste,
          out,
        );
        return;
      } else {
        const source = makeSource(`argument ${image}`, value);
        const expansion = { of: `argument '${image}'`, loc: place(start, at) };
        const inner = (a: number, b: number): ExpandedLoc => ({ source, start: a, end: b, expansion });
        scan({ text: value, pasted: value.length, place: inner, joins }, dialect, undefined, out);
      }
    } else {
      const end = endOfComment(text, at, code);
      if (end > 0) {
        at = end;
      } else {
        const type = tokenAt(text, at, code, dialect);
        at = tokenEnd;
        out.push(makeToken(type, text.slice(start, at), place(start, at), start));
      }
    }
  }
}

/** `offset` is that in the text with all arguments pasted in. */
function makeToken(type: TokenType, image: string, payload: Loc, offset: number): IToken {
  return {
    image,
    tokenType: type,
    tokenTypeIdx: type.tokenTypeIdx ?? 0,
    startOffset: offset,
    payload,
  } as IToken;
}

/** A number in the place of what was refused, so that no error follows from its absence. */
export function zeroAt(loc: Loc): IToken {
  return makeToken(NumberToken, "0", loc, loc.start);
}

/** Whether a token can reach from a pasted text into what follows it. */
function growsTogether(value: string, text: string, at: number): boolean {
  if (/["#]|\/[/*]|%\{/.test(value)) return true;
  const [last, next] = [value.charCodeAt(value.length - 1), text.charCodeAt(at)];
  if (Number.isNaN(last) || Number.isNaN(next) || next <= 0x20) return false;
  // `*` joins words to one component of a probe point
  return isWordPart(last) === isWordPart(next) || last === 0x40 || last === 0x2a || next === 0x2a;
}

// ---- one token ----

/** Where the token that `tokenAt` found ends. */
let tokenEnd = 0;

function tokenAt(text: string, at: number, code: number, dialect: Dialect): TokenType {
  if (isDigit(code)) {
    tokenEnd = endOfWhile(text, at, (part) => isWordPart(part) && part !== 0x24 && part !== 0x5f);
    return NumberToken;
  }
  if (isWordPart(code)) {
    tokenEnd = endOfWhile(text, at, isWordPart);
    return wordType(text.slice(at, tokenEnd), dialect);
  }
  if (code === 0x40 && isWordStart(text.charCodeAt(at + 1))) {
    tokenEnd = endOfWhile(text, at + 1, (part) => isWordPart(part) && part !== 0x24);
    const word = text.slice(at, tokenEnd);
    return dialect.missing.has(word) ? AtWord : (words.get(word) ?? AtWord);
  }
  if (code === 0x22) {
    tokenEnd = endOfString(text, at);
    if (tokenEnd > 0) return StringToken;
  }
  if (code === 0x25 && text.charCodeAt(at + 1) === 0x7b) {
    tokenEnd = text.indexOf("%}", at + 2) + 2;
    if (tokenEnd > 1) return Embedded;
    tokenEnd = text.length;
    return Junk;
  }
  for (const type of operatorsByFirst.get(text.charAt(at)) ?? []) {
    // the name of an operator's type is its text between quotes
    if (text.startsWith(type.name.slice(1, -1), at)) {
      tokenEnd = at + type.name.length - 2;
      return type;
    }
  }
  tokenEnd = at + 1;
  return Junk;
}

function wordType(word: string, dialect: Dialect): TokenType {
  if (word === "$" || word === "$$") return Dollars;
  return dialect.missing.has(word) ? Identifier : (words.get(word) ?? Identifier);
}

/** After the comment that starts here; 0 when there is none. One that is never closed takes the rest. */
function endOfComment(text: string, at: number, code: number): number {
  const next = text.charCodeAt(at + 1);
  if (code === 0x23 || (code === 0x2f && next === 0x2f)) return indexOrEnd(text, text.indexOf("\n", at));
  if (code === 0x2f && next === 0x2a) return indexOrEnd(text, text.indexOf("*/", at + 2) + 2, 1);
  return 0;
}

function indexOrEnd(text: string, index: number, none = -1): number {
  return index === none ? text.length : index;
}

/** After the closing quote; 0 when there is none on this line. A newline may follow a backslash. */
function endOfString(text: string, at: number): number {
  for (let i = at + 1; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x22) return i + 1;
    if (code === 0x0a) return 0;
    if (code === 0x5c) i++;
  }
  return 0;
}

// ---- characters ----

function endOfWhile(text: string, at: number, belongs: (code: number) => boolean): number {
  let end = at;
  while (end < text.length && belongs(text.charCodeAt(end))) end++;
  return end;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

function isWordStart(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a) || code === 0x5f;
}

/** Letters, digits, `_` and `$`. */
function isWordPart(code: number): boolean {
  return isWordStart(code) || isDigit(code) || code === 0x24;
}

function isArgument(text: string, at: number, code: number): boolean {
  if (code !== 0x24 && code !== 0x40) return false;
  const next = text.charCodeAt(at + 1);
  return next === 0x23 || isDigit(next);
}
