/**
 * A token in words: `operator '/'`, `identifier 'x'`, `number '3'`, `string 'abc'`, `keyword 'if'`.
 *
 * Used in the parser's messages and in run-time errors ("near operator '/'"). Works from the text at a place
 * alone, so it needs no tokens and serves every node of a tree.
 */
import type { Loc } from "../../base/source.ts";

// biome-ignore format: table
const keywords = new Set([
  "probe", "global", "private", "function", "if", "else", "for", "foreach", "in", "limit", "return", "delete",
  "while", "break", "continue", "next", "string", "long", "try", "catch",
]);

/** The longest text of a token that is shown. */
const SHOWN = 60;

export function describeToken(loc: Loc): string {
  const text = loc.source.text.slice(loc.start, loc.end);
  if (text === "") return "the end of the file";
  if (text.startsWith("%{") && text.length > 2) return "embedded code";
  if (kindOf(text) === "junk")
    return `junk '${text.charAt(0)}' (0x${text.charCodeAt(0).toString(16).padStart(2, "0")})`;
  const quoted = text.length > 1 && text.startsWith('"');
  const inner = quoted ? text.slice(1, -1) : text;
  const shown = inner.length > SHOWN ? `${inner.slice(0, SHOWN)}...` : inner;
  return `${quoted ? "string" : kindOf(text)} '${shown}'`;
}

function kindOf(text: string): string {
  if (keywords.has(text)) return "keyword";
  if (/^[A-Za-z_$]/.test(text)) return "identifier";
  if (/^[0-9]/.test(text)) return "number";
  return /^[\x21-\x7e]/.test(text) && text !== '"' ? "operator" : "junk";
}
