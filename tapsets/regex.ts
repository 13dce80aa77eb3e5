/** What the last `=~` or `!~` of the handler found. */
import type { BuiltinHost, BuiltinTable } from "../abi/builtins.ts";
import type { Long } from "../base/int64.ts";

export const regex = {
  matched: (c, n: Long) => matched(c, n),
  matched_str: (c) => matched(c, 0),
  ngroups: (c) => lastFound(c, "ngroups()").regex.groups + 1,
} satisfies BuiltinTable;

/** The text of group `n`, "" for one that took no part; 0 is all that matched. */
function matched(c: BuiltinHost, n: Long): string {
  const { regex, text } = lastFound(c, `matched(${n})`);
  if (n < 0 || n > regex.groups) c.fail(`matched(${n}): the regular expression has no such group`);
  const spans = regex.spans(text);
  if (!spans) return c.fail(`matched(${n}): to find the groups is too much work`);
  const [from = -1, to = -1] = spans.subarray(2 * Number(n));
  return from < 0 ? "" : text.slice(from, to);
}

function lastFound(c: BuiltinHost, what: string): NonNullable<BuiltinHost["lastMatch"]> {
  const { lastMatch } = c;
  return lastMatch?.found ? lastMatch : c.fail(`${what} without a match: the last =~ did not match`);
}
