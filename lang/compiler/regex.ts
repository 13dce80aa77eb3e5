/** Patterns of `=~` and `!~` at compile time. Called by infer-types, so that code which was dropped may hold bad ones. */
import type { Diagnostics } from "../../base/diagnostics.ts";
import { compileRegex } from "../../base/regex/regex.ts";
import type { RegexMatch } from "../ast.ts";

/** Complains at the literal of a pattern that is no regular expression. */
export function checkPattern({ pattern }: RegexMatch, diagnostics: Diagnostics): void {
  const regex = compileRegex(patternText(pattern.value));
  if (regex.kind !== "failure") return;
  const place = pattern.value === "" ? "" : ` (at byte ${regex.at + 1} of the pattern)`;
  diagnostics.error("sem-regex", `no regular expression: ${regex.message}${place}`, pattern.loc);
}

/** A literal is a string of C. */
export function patternText(literal: string): string {
  const nul = literal.indexOf("\0");
  return nul < 0 ? literal : literal.slice(0, nul);
}
