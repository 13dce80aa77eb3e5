/**
 * Pass "check-patterns": the patterns of `=~` and `!~` must be regular expressions.
 *
 * Comes after optimise, as in the reference: code that was dropped may hold bad ones.
 */
import type { Diagnostics } from "../../../base/diagnostics.ts";
import { compileRegex } from "../../../base/regex/regex.ts";
import type { RegexMatch } from "../../ast.ts";
import { walk } from "../../visit.ts";
import type { Compilation } from "../compilation.ts";
import { cString } from "../emit/literals.ts";
import { bodiesOf } from "./bodies.ts";

export function checkPatterns(c: Compilation): void {
  for (const { body } of bodiesOf(c)) {
    walk(body, (n) => {
      if (n.kind === "regex") check(n, c.diagnostics);
    });
  }
}

function check({ pattern }: RegexMatch, diagnostics: Diagnostics): void {
  const regex = compileRegex(cString(pattern.value));
  if (regex.kind !== "failure") return;
  const place = pattern.value === "" ? "" : ` (at byte ${regex.at + 1} of the pattern)`;
  diagnostics.error("sem-regex", `no regular expression: ${regex.message}${place}`, pattern.loc);
}
