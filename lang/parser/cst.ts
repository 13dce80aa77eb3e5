/** Readers of concrete syntax trees, and the sink for errors: what `build*.ts` share. */
import type { CstNode, IToken } from "chevrotain";
import { bug } from "../../base/assert.ts";
import type { DiagnosticCode } from "../../base/catalogue.ts";
import type { DiagnosticDetails } from "../../base/diagnostics.ts";
import type { Loc } from "../../base/source.ts";
import type { StringLiteral } from "../ast.ts";
import type { Dialect } from "./compatibility.ts";
import { locOf } from "./lexer.ts";

export interface ReportDetails extends DiagnosticDetails {
  /** An error unless said otherwise. */
  readonly severity?: "warning";
}

export type Report = (code: DiagnosticCode, message: string, loc: Loc, details?: ReportDetails) => void;

/** What the building of one item knows of its surroundings. */
export interface BuildContext {
  readonly report: Report;
  /** Embedded code is allowed. */
  readonly guru: boolean;
  readonly inFunction: boolean;
  readonly dialect: Dialect;
}

export function nodesOf(cst: CstNode, name: string): CstNode[] {
  return (cst.children[name] ?? []) as CstNode[];
}

export function nodeOf(cst: CstNode, name: string): CstNode | undefined {
  return nodesOf(cst, name)[0];
}

export function theNode(cst: CstNode, name: string): CstNode {
  return nodeOf(cst, name) ?? bug("lang/parser", `${cst.name} without ${name}`);
}

export function tokensOf(cst: CstNode, name: string): IToken[] {
  return (cst.children[name] ?? []) as IToken[];
}

export function tokenOf(cst: CstNode, name: string): IToken | undefined {
  return tokensOf(cst, name)[0];
}

export function theToken(cst: CstNode, name: string): IToken {
  return tokenOf(cst, name) ?? bug("lang/parser", `${cst.name} without ${name}`);
}

/** The name in a `name` node. */
export function nameOf(cst: CstNode): { readonly name: string; readonly loc: Loc } {
  const token = theToken(cst, "NameWord");
  return { name: token.image, loc: locOf(token) };
}

/** Adjacent string literals are one. */
export function buildStrings(cst: CstNode, context: BuildContext): StringLiteral {
  const parts = tokensOf(cst, "String");
  const decode = context.dialect.hexEscapes ? decodeEscapes : decodeOldEscapes;
  const value = parts.map((part) => decode(part.image.slice(1, -1))).join("");
  return { kind: "string", value, loc: locOf(parts[0] ?? bug("lang/parser", "no string")) };
}

// biome-ignore format: table
const escapes: { readonly [letter: string]: string } = {
  a: "\x07", b: "\b", t: "\t", n: "\n", v: "\v", f: "\f", r: "\r",
};

/** Escapes as in C; any other character after a backslash stands for itself. */
export function decodeEscapes(text: string): string {
  return text.replace(/\\(?:([0-7]{1,3})|x([0-9a-fA-F]+)|([\s\S]))/g, (_, octal, hex, letter) => {
    if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8) & 255);
    if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex.slice(-2), 16));
    return letter === "\n" ? "\n" : (escapes[letter] ?? letter);
  });
}

/** Before `\x` was an escape, it was an `x`. */
function decodeOldEscapes(text: string): string {
  return decodeEscapes(text.replace(/\\([\s\S])/g, (whole, letter) => (letter === "x" ? letter : whole)));
}
