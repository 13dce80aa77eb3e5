/**
 * Trees of regular expressions as nondeterministic automata, and running them on a set of states.
 *
 * Thompson's construction: states are numbered, each has what it does. `reversed` builds the automaton of the mirrored
 * language, to walk a text from right to left. Running one costs states times bytes, whatever the pattern. The number of states
 * is bounded by `limits.maxRegexStates`; a pattern that needs more is refused.
 */
import { limits } from "../limits.ts";
import type { RegexNode } from "./parse.ts";

export type NfaState =
  | { readonly kind: "byte"; readonly set: Uint8Array; readonly next: number }
  | { readonly kind: "split"; next: readonly number[] }
  /** Goes on only at the first or last position of the text. */
  | { readonly kind: "start" | "end"; readonly next: number }
  | { readonly kind: "accept" };

export interface Nfa {
  readonly states: readonly NfaState[];
  readonly start: number;
  readonly accept: number;
}

/** Undefined when it would have too many states. */
export function buildNfa(root: RegexNode, reversed: boolean): Nfa | undefined {
  const states: NfaState[] = [{ kind: "accept" }];
  const add = (state: NfaState): number => states.push(state) - 1;
  let full = false;

  // Gives the state to begin at so that `next` follows when the node is done.
  const build = (n: RegexNode, next: number): number => {
    if (states.length > limits.maxRegexStates) {
      full = true;
      return next;
    }
    switch (n.kind) {
      case "empty":
        return next;
      case "set":
        return add({ kind: "byte", set: n.bytes, next });
      case "start":
      case "end":
        return add({ kind: n.kind, next });
      case "group":
        return build(n.item, next);
      case "sequence":
        return (reversed ? n.items : n.items.toReversed()).reduce((after, item) => build(item, after), next);
      case "choice":
        return add({ kind: "split", next: n.items.map((item) => build(item, next)) });
      case "repeat":
        return repeat(n, next);
    }
  };
  const repeat = (n: RegexNode & { kind: "repeat" }, next: number): number => {
    let at = next;
    if (n.max === Number.POSITIVE_INFINITY) {
      const loop: NfaState = { kind: "split", next: [] };
      at = add(loop);
      loop.next = [build(n.item, at), next];
    } else {
      for (let times = n.min; times < n.max && !full; times++) {
        at = add({ kind: "split", next: [build(n.item, at), next] });
      }
    }
    for (let times = 0; times < n.min && !full; times++) at = build(n.item, at);
    return at;
  };

  const start = build(root, 0);
  return full ? undefined : { states, start, accept: 0 };
}

/** Where in a text an automaton stands, as far as anchors ask. */
export interface Edges {
  readonly first: boolean;
  readonly last: boolean;
}

/** A set of states that is walked in the order of insertion. */
export class StateSet {
  readonly list: number[] = [];
  readonly #marks: Uint8Array;

  constructor(size: number) {
    this.#marks = new Uint8Array(size);
  }

  has(state: number): boolean {
    return this.#marks[state] === 1;
  }

  /** Adds a state and all that it leads to without a byte. */
  add(nfa: Nfa, state: number, edges: Edges): void {
    const from = this.list.length;
    this.#mark(state);
    for (let i = from; i < this.list.length; i++) {
      const s = nfa.states[this.list[i]!]!;
      if (s.kind === "split") for (const next of s.next) this.#mark(next);
      else if ((s.kind === "start" && edges.first) || (s.kind === "end" && edges.last)) this.#mark(s.next);
    }
  }

  clear(): void {
    for (const state of this.list) this.#marks[state] = 0;
    this.list.length = 0;
  }

  #mark(state: number): void {
    if (this.#marks[state] === 1) return;
    this.#marks[state] = 1;
    this.list.push(state);
  }
}
