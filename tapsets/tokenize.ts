/**
 * tokenize(): a string taken apart, one piece a call.
 *
 * `tokenize(text, delimiters)` begins with a text and gives its first token, `tokenize(delimiters)` and
 * `tokenize("", delimiters)` the next one; "" when there is no more. Any of the delimiters ends a token, and several of
 * them in a row are one. A session has one text at a time, whichever probe began with it.
 */
import type { BuiltinHost, BuiltinTable } from "../abi/builtins.ts";

/** What is left to take apart. */
const rest = new WeakMap<BuiltinHost, string>();

export const tokenize = {
  tokenize: (c, input: string, delimiters?: string) =>
    delimiters === undefined ? next(c, "", input) : next(c, input, delimiters),
} satisfies BuiltinTable;

function next(c: BuiltinHost, input: string, delimiters: string): string {
  const text = input !== "" ? input : (rest.get(c) ?? "");
  let from = 0;
  while (from < text.length && delimiters.includes(text.charAt(from))) from++;
  let to = from;
  while (to < text.length && !delimiters.includes(text.charAt(to))) to++;
  rest.set(c, text.slice(to + 1));
  return text.slice(from, to);
}
