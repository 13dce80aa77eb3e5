/**
 * Where a match and its groups lie, by the rules of POSIX (XBD 9.1): of all matches the leftmost, of those the longest,
 * and within it every part, from left to right, as long as the whole allows; of alternatives that fit alike the first.
 * A group that is repeated tells of its last turn, and of an empty one only when there is no other.
 *
 * Called by `regex.ts` after a search said that there is a match, and only when a script asks for it. Each question
 * ("where can this part end", "where must it begin so that the rest fits") is one run of an automaton, forwards or backwards;
 * nothing is tried and taken back. `limits.maxRegexSteps` bounds the work of hostile patterns.
 */
import { limits } from "../limits.ts";
import { buildNfa, type Edges, type Nfa, StateSet } from "./nfa.ts";
import type { RegexNode } from "./parse.ts";

/** A set of positions in the text, its end included. */
type Positions = Uint8Array;

/** Begin and end of the whole and of each group, -1 where a group took no part; undefined when it is too much work. */
export type Spans = Int32Array;

export class GroupFinder {
  readonly #root: RegexNode;
  readonly #groups: number;
  readonly #forward = new Map<RegexNode, Nfa>();
  readonly #backward = new Map<RegexNode, Nfa>();
  readonly #withGroups = new Set<RegexNode>();

  constructor(root: RegexNode, groups: number) {
    this.#root = root;
    this.#groups = groups;
    this.#noteGroups(root);
  }

  find(text: string): Spans | undefined {
    const run = new Run(text, this.#automaton);
    try {
      return this.#find(text, run);
    } catch (error) {
      if (error instanceof TooMuchWork) return undefined;
      throw error;
    }
  }

  #find(text: string, run: Run): Spans | undefined {
    const spans = new Int32Array(2 * (this.#groups + 1)).fill(-1);
    const begins = run.begins(this.#root, new Uint8Array(text.length + 1).fill(1));
    const from = begins.indexOf(1);
    if (from < 0) return undefined;
    const to = run.ends(this.#root, from, text.length).lastIndexOf(1);
    spans[0] = from;
    spans[1] = to;
    this.#place(this.#root, from, to, run, spans);
    return spans;
  }

  /** `n` matches exactly [from, to): says where its groups are. */
  #place(n: RegexNode, from: number, to: number, run: Run, spans: Spans): void {
    if (!this.#withGroups.has(n)) return;
    switch (n.kind) {
      case "group":
        if (n.number > 0) {
          spans[2 * n.number] = from;
          spans[2 * n.number + 1] = to;
        }
        this.#place(n.item, from, to, run, spans);
        return;
      case "choice": {
        const taken = n.items.find((item) => run.ends(item, from, to)[to] === 1);
        if (taken) this.#place(taken, from, to, run, spans);
        return;
      }
      case "sequence": {
        const rests: Positions[] = [only(run.text, to)];
        for (const item of n.items.toReversed()) rests.push(run.begins(item, rests.at(-1)!));
        let at = from;
        for (const [i, item] of n.items.entries()) {
          const rest = rests[n.items.length - 1 - i]!;
          const end = longest(run.ends(item, at, to), (end) => rest[end] === 1);
          this.#place(item, at, end, run, spans);
          at = end;
        }
        return;
      }
      case "repeat": {
        const turn = lastTurn(n, from, to, run);
        if (turn) this.#place(n.item, turn.from, turn.to, run, spans);
        return;
      }
      default:
    }
  }

  readonly #automaton = (n: RegexNode, reversed: boolean): Nfa => {
    const known = reversed ? this.#backward : this.#forward;
    let nfa = known.get(n);
    if (!nfa) {
      nfa = buildNfa(n, reversed);
      // A part has no more states than the whole, which fitted.
      if (!nfa) throw new TooMuchWork();
      known.set(n, nfa);
    }
    return nfa;
  };

  #noteGroups(n: RegexNode): boolean {
    const items = n.kind === "sequence" || n.kind === "choice" ? n.items : "item" in n ? [n.item] : [];
    let found = n.kind === "group" && n.number > 0;
    for (const item of items) found = this.#noteGroups(item) || found;
    if (found) this.#withGroups.add(n);
    return found;
  }
}

class TooMuchWork extends Error {}

/** Questions about one text. */
class Run {
  readonly text: string;
  readonly #automaton: (n: RegexNode, reversed: boolean) => Nfa;
  #left: number = limits.maxRegexSteps;

  constructor(text: string, automaton: (n: RegexNode, reversed: boolean) => Nfa) {
    this.text = text;
    this.#automaton = automaton;
  }

  /** The positions up to `to` at which `n` can end when it begins at `from`. */
  ends(n: RegexNode, from: number, to: number): Positions {
    const out = new Uint8Array(this.text.length + 1);
    const nfa = this.#automaton(n, false);
    let now = new StateSet(nfa.states.length);
    let then = new StateSet(nfa.states.length);
    this.#work(nfa.states.length);
    now.add(nfa, nfa.start, this.#edges(from));
    for (let at = from; ; at++) {
      if (now.has(nfa.accept)) out[at] = 1;
      if (at === to || now.list.length === 0) return out;
      this.#step(nfa, now, then, at, at + 1);
      [now, then] = [then, now];
    }
  }

  /** The positions at which `n` can begin so that it ends at one of `ends`. */
  begins(n: RegexNode, ends: Positions): Positions {
    return this.#backward(n, ends, false);
  }

  /** The same for `n` any number of times, none included. */
  beginsRepeated(n: RegexNode, ends: Positions): Positions {
    return this.#backward(n, ends, true);
  }

  #backward(n: RegexNode, ends: Positions, repeated: boolean): Positions {
    const out = new Uint8Array(this.text.length + 1);
    const nfa = this.#automaton(n, true);
    let now = new StateSet(nfa.states.length);
    let then = new StateSet(nfa.states.length);
    this.#work(nfa.states.length);
    for (let at = this.text.length; ; at--) {
      const edges = this.#edges(at);
      if (ends[at] === 1) {
        if (repeated) out[at] = 1;
        now.add(nfa, nfa.start, edges);
      }
      if (now.has(nfa.accept)) {
        out[at] = 1;
        if (repeated) now.add(nfa, nfa.start, edges);
      }
      if (at === 0) return out;
      this.#step(nfa, now, then, at - 1, at - 1);
      [now, then] = [then, now];
    }
  }

  #step(nfa: Nfa, now: StateSet, then: StateSet, byteAt: number, to: number): void {
    const byte = this.text.charCodeAt(byteAt) & 0xff;
    const edges = this.#edges(to);
    this.#work(now.list.length + 1);
    then.clear();
    for (const number of now.list) {
      const state = nfa.states[number]!;
      if (state.kind === "byte" && state.set[byte] === 1) then.add(nfa, state.next, edges);
    }
  }

  #edges(at: number): Edges {
    return { first: at === 0, last: at === this.text.length };
  }

  #work(steps: number): void {
    this.#left -= steps;
    if (this.#left < 0) throw new TooMuchWork();
  }
}

/** The last turn of a repetition over [from, to); each turn is as long as the turns after it allow. */
function lastTurn(
  n: RegexNode & { kind: "repeat" },
  from: number,
  to: number,
  run: Run,
): { readonly from: number; readonly to: number } | undefined {
  const fits = restOfTurns(n, from, to, run);
  let turn: { from: number; to: number } | undefined;
  for (let turns = 0, at = from; turns < n.max; turns++) {
    if (at === to && turns >= Math.max(n.min, 1)) break;
    const end = longest(run.ends(n.item, at, to), (position) => fits(turns + 1, position));
    if (end < 0) break;
    turn = { from: at, to: end };
    at = end;
  }
  return turn;
}

/** Whether the turns after the first `done` can go on at a position and end at `to`. */
function restOfTurns(
  { item, min, max }: RegexNode & { kind: "repeat" },
  from: number,
  to: number,
  run: Run,
): (done: number, position: number) => boolean {
  const endless = max === Number.POSITIVE_INFINITY;
  // layers[r]: where exactly r turns lead to the end; with an endless repetition, r turns and any number more.
  const layers = [endless ? run.beginsRepeated(item, only(run.text, to)) : only(run.text, to)];
  // Turns beyond one a byte are empty ones, of which no more are made than must be.
  const most = endless ? min : Math.min(max, Math.max(min, to - from + 1));
  while (layers.length <= most) layers.push(run.begins(item, layers.at(-1)!));
  return (done, position) => {
    const least = Math.max(0, min - done);
    if (endless) return layers[least]?.[position] === 1;
    for (let r = least; r <= max - done && r < layers.length; r++) if (layers[r]![position] === 1) return true;
    return false;
  };
}

function only(text: string, position: number): Positions {
  const positions = new Uint8Array(text.length + 1);
  positions[position] = 1;
  return positions;
}

/** The last of the positions that fits; -1 for none. */
function longest(positions: Positions, fits: (position: number) => boolean): number {
  for (let at = positions.length - 1; at >= 0; at--) if (positions[at] === 1 && fits(at)) return at;
  return -1;
}
