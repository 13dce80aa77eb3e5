/**
 * Pass 1: a script text becomes a tree and diagnostics.
 *
 * Called by the pipeline for scripts and tapset files. Never throws for what a script says: after an error it goes
 * on at the next statement or item, and the file holds the items that were read whole.
 */
import type { IToken } from "chevrotain";
import { type Diagnostic, Diagnostics } from "../../base/diagnostics.ts";
import { limits } from "../../base/limits.ts";
import type { Loc, Source } from "../../base/source.ts";
import type { Item, ScriptFile } from "../ast.ts";
import { depthExceeds } from "../visit.ts";
import { buildItem } from "./build.ts";
import type { Report } from "./cst.ts";
import { Grammar, TooDeep } from "./grammar.ts";
import { type ExpandedLoc, lex, locOf } from "./lexer.ts";
import { preprocess } from "./preprocess.ts";
import {
  Embedded,
  itemKeywords,
  Junk,
  LeftBrace,
  LeftBracket,
  LeftParen,
  RightBrace,
  RightBracket,
  RightParen,
  Semicolon,
  statementKeywords,
} from "./tokens.ts";

export interface ParseOptions {
  /** The script's own arguments: `$1`, `@1`, … */
  readonly args?: readonly string[];
  /** Embedded code is allowed; tapset files may always have it. */
  readonly guru?: boolean;
}

export interface ParseResult {
  readonly file: ScriptFile;
  readonly diagnostics: readonly Diagnostic[];
}

let grammar: Grammar | undefined;

export function parse(source: Source, options: ParseOptions = {}): ParseResult {
  const diagnostics = new Diagnostics();
  const report: Report = (code, message, loc) => {
    if (diagnostics.items.length >= limits.maxParseErrors) return;
    const { macro } = loc as Partial<ExpandedLoc>;
    const related = macro && [{ message: `in the expansion of macro '${macro.name}'`, loc: macro.loc }];
    diagnostics.error(code, message, loc, related ? { related } : {});
  };
  const guru = options.guru === true || source.role === "tapset";
  const items = readItems(source, options.args ?? [], guru, report);
  return { file: { kind: "file", source, items }, diagnostics: diagnostics.items };
}

function readItems(source: Source, args: readonly string[], guru: boolean, report: Report): Item[] {
  const start = { source, start: 0, end: 0 };
  if (source.text.length > limits.maxSourceBytes) {
    report("parse-syntax", `the script is larger than ${limits.maxSourceBytes} bytes`, start);
    return [];
  }
  const tokens = preprocess(lex(source), { args, guru }, report);
  if (tokens.length === 0) {
    report("parse-empty", `the script '${source.name}' is empty`, start);
    return [];
  }
  const deep = findTooDeep(tokens);
  if (deep) {
    report("parse-syntax", TOO_DEEP, locOf(deep));
    return [];
  }
  const items: Item[] = [];
  grammar ??= new Grammar();
  const end: Loc = { source, start: source.text.length, end: source.text.length };
  let from = 0;
  let openBlocks = 0;
  for (let errors = 0; errors <= limits.maxParseErrors; errors++) {
    const failure = readRun(grammar, tokens.slice(from), openBlocks);
    for (const cst of grammar.items) {
      for (const item of buildItem(cst, report, guru)) {
        if (depthExceeds(item, limits.maxSyntaxDepth)) report("parse-syntax", TOO_DEEP, item.loc);
        else items.push(item);
      }
    }
    if (failure === undefined) break;
    const token = tokens[from + failure.index];
    report(codeOf(token), messageFor(token, failure.message), token ? locOf(token) : end);
    if (token === undefined) break;
    const next = resume(tokens, from + failure.index, failure.abandoned ? 0 : grammar.openBlocks);
    // the same place twice: step over what could not be read
    from = next.index === from && failure.index === 0 ? from + 1 : next.index;
    openBlocks = next.openBlocks;
    if (from >= tokens.length) break;
  }
  grammar.start([], 0);
  return items;
}

const TOO_DEEP = `expressions or statements nested deeper than ${limits.maxSyntaxDepth}`;

/** The bracket that nests deeper than the grammar could follow; found before it starts, so that such input is cheap. */
function findTooDeep(tokens: readonly IToken[]): IToken | undefined {
  let depth = 0;
  for (const token of tokens) {
    if (token.tokenType === LeftParen || token.tokenType === LeftBracket || token.tokenType === LeftBrace) depth++;
    if (token.tokenType === RightParen || token.tokenType === RightBracket || token.tokenType === RightBrace) depth--;
    if (depth > limits.maxSyntaxDepth) return token;
    if (depth < 0) depth = 0;
  }
  return undefined;
}

interface Failure {
  readonly index: number;
  readonly message: string;
  /** Reading goes on at the next item, not inside the body. */
  readonly abandoned: boolean;
}

function readRun(parser: Grammar, tokens: IToken[], openBlocks: number): Failure | undefined {
  parser.start(tokens, openBlocks);
  const indexOf = (token: IToken | undefined): number => {
    const index = token === undefined ? -1 : tokens.indexOf(token);
    return index < 0 ? tokens.length : index;
  };
  try {
    if (openBlocks > 0) parser.rest();
    else parser.script();
  } catch (error) {
    if (error instanceof TooDeep) return { index: indexOf(error.token), message: TOO_DEEP, abandoned: true };
    throw error;
  }
  const error = parser.errors[0];
  return error && { index: indexOf(error.token), message: error.message, abandoned: false };
}

function codeOf(token: IToken | undefined): "parse-syntax" | "parse-lex" | "parse-string" {
  if (token?.tokenType !== Junk) return "parse-syntax";
  return token.image === '"' ? "parse-string" : "parse-lex";
}

function messageFor(token: IToken | undefined, message: string): string {
  return token?.tokenType === Junk && token.image === '"' ? "a string literal that is not closed on its line" : message;
}

/** Where to go on after an error at `at`: at a statement of the bodies that are open, else at an item. */
function resume(tokens: readonly IToken[], at: number, openBlocks: number): { index: number; openBlocks: number } {
  for (let i = at; i < tokens.length; i++) {
    const token = tokens[i] as IToken;
    const type = token.tokenType;
    const afterDot = tokens[i - 1]?.image === ".";
    if (i > at || openBlocks === 0) {
      if (itemKeywords.includes(type) && !afterDot) return { index: i, openBlocks: 0 };
    }
    if (openBlocks === 0) {
      if (i > at && type === Embedded) return { index: i, openBlocks };
      continue;
    }
    if (type === Semicolon) return { index: i + 1, openBlocks };
    if (type === RightBrace || type === LeftBrace) return { index: i, openBlocks };
    if (i > at && (statementKeywords.includes(type) || (startsLine(tokens, i) && /^[\w$@]/.test(token.image))))
      return { index: i, openBlocks };
  }
  return { index: tokens.length, openBlocks };
}

function startsLine(tokens: readonly IToken[], index: number): boolean {
  const [before, here] = [tokens[index - 1], tokens[index]];
  if (before === undefined || here === undefined) return true;
  const loc = locOf(here);
  return loc.source === locOf(before).source && loc.source.text.slice(locOf(before).end, loc.start).includes("\n");
}
