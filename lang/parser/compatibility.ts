/**
 * What `--compatible=VERSION` changes in pass 1, and the version of the language when nobody asks for another.
 *
 * Used by the lexer (words that did not exist yet) and by the grammar. A word of the table is, before its version,
 * an ordinary identifier or an unknown `@word`.
 */
import { compareVersions } from "./versions.ts";

/** The version of SystemTap's language that utap follows; `systemtap_v` in conditionals. */
export const LANGUAGE_VERSION = "5.6";

// biome-ignore format: table
export const wordsSince: { readonly [word: string]: string } = {
  private: "3.0",
  "@kregister": "4.0", "@uregister": "4.0", "@kderef": "4.0", "@uderef": "4.0",
  "@enum": "5.5", "@enumname": "5.6",
};

export interface Dialect {
  /** Words that are not in the language yet. */
  readonly missing: ReadonlySet<string>;
  /** `\x41` in strings. */
  readonly hexEscapes: boolean;
  /** String literals with a comment between them are one. */
  readonly stringsAcrossComments: boolean;
  /** What follows the `:` of `? :` may be an assignment without parentheses. */
  readonly assignmentInElse: boolean;
  /** `value->member` and `value[index]` on values that are no target variables. */
  readonly autocast: boolean;
}

let latest: Dialect | undefined;

export function dialectOf(compatible: string = LANGUAGE_VERSION): Dialect {
  if (compatible === LANGUAGE_VERSION && latest) return latest;
  const since = (version: string): boolean => compareVersions(compatible, version) >= 0;
  const dialect = {
    missing: new Set(Object.keys(wordsSince).filter((word) => !since(wordsSince[word] ?? ""))),
    hexEscapes: since("2.3"),
    stringsAcrossComments: since("2.0"),
    assignmentInElse: !since("4.0"),
    autocast: since("2.6"),
  };
  if (compatible === LANGUAGE_VERSION) latest = dialect;
  return dialect;
}
