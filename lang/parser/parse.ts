/**
 * Pass 1: a script text becomes a tree and diagnostics.
 *
 * Called by the pipeline for scripts and tapset files. Never throws for what a script says: after an error it goes
 * on at the next statement or item, and the file holds the items that were read whole.
 */
import type { IToken } from "chevrotain";
import type { DiagnosticCode } from "../../base/catalogue.ts";
import { type Diagnostic, Diagnostics } from "../../base/diagnostics.ts";
import { limits } from "../../base/limits.ts";
import type { Loc, Source } from "../../base/source.ts";
import type { GlobalItem, Item, ScriptFile } from "../ast.ts";
import { similarText } from "../similar.ts";
import { depthExceeds } from "../visit.ts";
import { buildItem } from "./build.ts";
import { type Dialect, dialectOf } from "./compatibility.ts";
import type { Report } from "./cst.ts";
import { type Environment, modelEnvironment } from "./environment.ts";
import { Grammar, TooDeep } from "./grammar.ts";
import { type ExpandedLoc, locOf } from "./lexer.ts";
import type { LibraryMacros } from "./library-macros.ts";
import { lexicalError } from "./messages.ts";
import { preprocess } from "./preprocess.ts";
import {
  AtWord,
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
  words,
} from "./tokens.ts";

export interface ParseOptions {
  /** The script's own arguments: `$1`, `@1`, … */
  readonly args?: readonly string[];
  /** Embedded code is allowed; tapset files may always have it. */
  readonly guru?: boolean;
  /** The macros of `.stpm` files. */
  readonly macros?: LibraryMacros;
  /** What conditionals can ask for; the kernel model's when absent. */
  readonly environment?: Environment;
  /** The version of the language that the script was written for. */
  readonly compatible?: string;
  /** Takes the positions, from 0, of the arguments that the text uses. */
  readonly usedArguments?: Set<number>;
}

export interface ParseResult {
  readonly file: ScriptFile;
  readonly diagnostics: readonly Diagnostic[];
}

let grammar: Grammar | undefined;

export function parse(source: Source, options: ParseOptions = {}): ParseResult {
  const diagnostics = new Diagnostics();
  const report: Report = (code, message, loc, details = {}) => {
    if (diagnostics.items.length >= limits.maxParseErrors) return;
    const related = [...(details.related ?? []), ...expansionsOf(loc)];
    diagnostics.add({ code, severity: "error", message, loc, ...details, ...(related.length > 0 && { related }) });
  };
  const items = readItems(source, options, report);
  return { file: { kind: "file", source, items }, diagnostics: diagnostics.items };
}

/** The macros and arguments that a token came through, innermost first. */
function expansionsOf(loc: Loc): { readonly message: string; readonly loc: Loc }[] {
  const chain = [];
  let { expansion } = loc as Partial<ExpandedLoc>;
  for (; expansion !== undefined && chain.length < 8; { expansion } = expansion.loc as Partial<ExpandedLoc>)
    chain.push({ message: `in the expansion of ${expansion.of}`, loc: expansion.loc });
  return chain;
}

function readItems(source: Source, options: ParseOptions, report: Report): Item[] {
  const start = { source, start: 0, end: 0 };
  if (source.text.length > limits.maxSourceBytes) {
    report("parse-syntax", `the script is larger than ${limits.maxSourceBytes} bytes`, start);
    return [];
  }
  const { args = [], compatible, environment = modelEnvironment, macros, usedArguments = new Set() } = options;
  const guru = options.guru === true;
  const findMacro = (name: string) => macros?.find(name);
  const tokens = preprocess(source, { args, used: usedArguments, findMacro, environment, compatible, guru }, report);
  if (tokens.length === 0) return [];
  const dialect = dialectOf(compatible);
  return readTokens(tokens, source, { report, dialect, guru: guru || source.role === "tapset" });
}

interface Reading {
  readonly report: Report;
  readonly dialect: Dialect;
  /** Embedded code is allowed. */
  readonly guru: boolean;
}

function readTokens(tokens: IToken[], source: Source, reading: Reading): Item[] {
  const { report } = reading;
  const deep = findTooDeep(tokens);
  if (deep) {
    report("parse-syntax", TOO_DEEP, locOf(deep));
    return [];
  }
  const items: Item[] = [];
  const globals = new Map<string, GlobalItem>();
  grammar ??= new Grammar();
  grammar.dialect = reading.dialect;
  const end: Loc = { source, start: source.text.length, end: source.text.length };
  let from = 0;
  let openBlocks = 0;
  for (let errors = 0; errors <= limits.maxParseErrors; errors++) {
    const failure = readRun(grammar, tokens.slice(from), openBlocks);
    for (const cst of grammar.items) {
      for (const item of buildItem(cst, reading)) {
        if (depthExceeds(item, limits.maxSyntaxDepth)) report("parse-syntax", TOO_DEEP, item.loc);
        else if (!isSecondGlobal(item, globals, report)) items.push(item);
      }
    }
    if (failure === undefined) break;
    const token = tokens[from + failure.index];
    const { code, message } = errorAt(token, failure.message);
    report(code, message, token ? locOf(token) : end);
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

/** A name is declared once in a file, also when one declaration is private; the second is reported. */
function isSecondGlobal(item: Item, globals: Map<string, GlobalItem>, report: Report): boolean {
  if (item.kind !== "global") return false;
  const first = globals.get(item.name);
  globals.set(item.name, first ?? item);
  if (first === undefined) return false;
  const which = first.private === item.private ? "declared twice in this file" : "declared both private and not";
  const related = [{ message: `'${item.name}' was first declared here`, loc: first.loc }];
  report("parse-syntax", `global '${item.name}' is ${which}`, item.loc, { related });
  return true;
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

/** An unknown `@word`, and a string or embedded code that is never closed, are that, whatever was expected. */
function errorAt(
  token: IToken | undefined,
  message: string,
): { readonly code: DiagnosticCode; readonly message: string } {
  if (token?.tokenType === AtWord) {
    const known = [...words.keys()].filter((word) => word.startsWith("@"));
    return { code: "parse-syntax", message: `unknown operator '${token.image}'${similarText(token.image, known)}` };
  }
  if (token?.tokenType !== Junk) return { code: "parse-syntax", message };
  const junk = lexicalError(token);
  return token.image.length > 1 || junk.code === "parse-string" ? junk : { code: junk.code, message };
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
