/**
 * Regular expressions of the language: `=~`, `!~`, `matched()`.
 *
 * Called by the compiler, which refuses bad patterns, and by the runtime. POSIX extended syntax over byte strings,
 * leftmost-longest; no text makes a search slower than in proportion to its length, for there is no backtracking.
 */
import { Searcher } from "./dfa.ts";
import { GroupFinder, type Spans } from "./groups.ts";
import { buildNfa } from "./nfa.ts";
import { parseRegex, type RegexFailure, type RegexNode } from "./parse.ts";

export type { RegexFailure, Spans };

export class Regex {
  readonly kind = "regex";
  /** Groups with a number, without the whole. */
  readonly groups: number;
  readonly #root: RegexNode;
  readonly #searcher: Searcher;
  #finder: GroupFinder | undefined;

  constructor(root: RegexNode, groups: number, searcher: Searcher) {
    this.groups = groups;
    this.#root = root;
    this.#searcher = searcher;
  }

  /** Whether some part of the text matches. */
  test(text: string): boolean {
    return this.#searcher.test(text);
  }

  /** Where the match and its groups lie; undefined when there is none, or when to tell is too much work. */
  spans(text: string): Spans | undefined {
    this.#finder ??= new GroupFinder(this.#root, this.groups);
    return this.#finder.find(text);
  }
}

export function compileRegex(pattern: string): Regex | RegexFailure {
  const parsed = parseRegex(pattern);
  if (parsed.kind === "failure") return parsed;
  const nfa = buildNfa(parsed.root, false);
  if (!nfa) return { kind: "failure", message: "the pattern is too large when its intervals are written out", at: 0 };
  return new Regex(parsed.root, parsed.groups, new Searcher(nfa));
}
