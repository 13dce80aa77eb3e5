/**
 * The script's own arguments as text that is pasted into it: `$1` as it is, `@1` as a string literal, `$#` and `@#`
 * their number.
 *
 * Made by `parse.ts` for the lexer; also complains about an argument that could not be pasted.
 */
import type { IToken } from "chevrotain";
import type { Report } from "./cst.ts";
import { locOf, type Paste, zeroAt } from "./lexer.ts";

export function pasteOf(args: readonly string[], used: Set<number>): Paste {
  return (image) => {
    const which = image.slice(1);
    if (which === "#") return quoted(image, String(args.length));
    const value = args[Number(which) - 1];
    if (value === undefined) return undefined;
    used.add(Number(which) - 1);
    return quoted(image, value);
  };
}

/**
 * Complains about an argument that is still there after preprocessing: there is none of this number, or it stands in
 * another one. Gives a token in its place.
 */
export function refuseArgument(token: IToken, args: readonly string[], report: Report): IToken {
  const which = token.image.slice(1);
  const exists = which === "#" || args[Number(which) - 1] !== undefined;
  const why = exists ? "stands in the text of an argument" : `is not there: the script has ${args.length}`;
  report("parse-syntax", `argument ${token.image} ${why}`, locOf(token));
  return zeroAt(locOf(token));
}

function quoted(image: string, value: string): string {
  return image.startsWith("@") ? `"${value.replace(/[\\"]/g, "\\$&").replace(/\n/g, "\\n")}"` : value;
}
