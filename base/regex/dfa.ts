/**
 * Whether a text contains a match: a deterministic automaton, made state by state as texts need them.
 *
 * Bytes that no set of the pattern tells apart form one class. A state is a set of states of the NFA; since a match may
 * begin anywhere, the NFA's start is added at every byte. When the table is full it is thrown away and begun anew,
 * so a hostile pattern costs time in proportion to the text and a bounded amount of memory.
 */
import { limits } from "../limits.ts";
import { type Edges, type Nfa, StateSet } from "./nfa.ts";

interface DfaState {
  /** States of the NFA that wait for a byte or for the end. */
  readonly kernel: readonly number[];
  /** A match is complete; with `last`, if the text ends here. */
  readonly accepts: boolean;
  readonly acceptsLast: boolean;
  readonly next: (DfaState | undefined)[];
}

const FIRST: Edges = { first: true, last: false };
const MIDDLE: Edges = { first: false, last: false };

export class Searcher {
  readonly #nfa: Nfa;
  readonly #classes = new Uint8Array(256);
  /** One byte of each class. */
  readonly #samples: readonly number[];
  readonly #states = new Map<string, DfaState>();
  #room = 0;
  #start: DfaState | undefined;

  constructor(nfa: Nfa) {
    this.#nfa = nfa;
    this.#samples = classify(nfa, this.#classes);
  }

  test(text: string): boolean {
    let state = this.#start ?? this.#begin();
    for (let i = 0; i < text.length; i++) {
      if (state.accepts) return true;
      const which = this.#classes[text.charCodeAt(i) & 0xff]!;
      state = state.next[which] ?? this.#step(state, which);
    }
    return state.accepts || (text === "" ? this.#matchesEmpty() : state.acceptsLast);
  }

  #begin(): DfaState {
    const set = new StateSet(this.#nfa.states.length);
    set.add(this.#nfa, this.#nfa.start, FIRST);
    this.#start = this.#intern(set);
    return this.#start;
  }

  /** The one position of an empty text is first and last. */
  #matchesEmpty(): boolean {
    const set = new StateSet(this.#nfa.states.length);
    set.add(this.#nfa, this.#nfa.start, { first: true, last: true });
    return set.has(this.#nfa.accept);
  }

  #step(from: DfaState, which: number): DfaState {
    const byte = this.#samples[which]!;
    const set = new StateSet(this.#nfa.states.length);
    for (const number of from.kernel) {
      const state = this.#nfa.states[number]!;
      if (state.kind === "byte" && state.set[byte] === 1) set.add(this.#nfa, state.next, MIDDLE);
    }
    set.add(this.#nfa, this.#nfa.start, MIDDLE);
    const to = this.#intern(set);
    from.next[which] = to;
    return to;
  }

  #intern(set: StateSet): DfaState {
    const kernel = set.list.filter((number) => {
      const { kind } = this.#nfa.states[number]!;
      return kind === "byte" || kind === "end";
    });
    kernel.sort((a, b) => a - b);
    const accepts = set.has(this.#nfa.accept);
    const key = `${accepts ? "!" : ""}${kernel.join()}`;
    const known = this.#states.get(key);
    if (known) return known;
    this.#room += kernel.length + this.#samples.length;
    if (this.#room > limits.maxRegexTable) {
      this.#states.clear();
      this.#start = undefined;
      this.#room = 0;
    }
    const state: DfaState = {
      kernel,
      accepts,
      acceptsLast: accepts || this.#reachesEnd(kernel),
      next: new Array<DfaState | undefined>(this.#samples.length).fill(undefined),
    };
    this.#states.set(key, state);
    return state;
  }

  #reachesEnd(kernel: readonly number[]): boolean {
    const set = new StateSet(this.#nfa.states.length);
    for (const number of kernel) {
      const state = this.#nfa.states[number]!;
      if (state.kind === "end") set.add(this.#nfa, state.next, { first: false, last: true });
    }
    return set.has(this.#nfa.accept);
  }
}

/** Splits the bytes by every set in turn; gives a byte of each class. */
function classify(nfa: Nfa, classes: Uint8Array): number[] {
  const seen = new Set<Uint8Array>();
  let count = 1;
  for (const state of nfa.states) {
    if (state.kind !== "byte" || seen.has(state.set)) continue;
    seen.add(state.set);
    const split = new Map<number, number>();
    count = 0;
    for (let byte = 0; byte < 256; byte++) {
      const key = classes[byte]! * 2 + state.set[byte]!;
      if (!split.has(key)) split.set(key, count++);
      classes[byte] = split.get(key)!;
    }
  }
  const samples: number[] = [];
  for (let byte = 0; byte < 256; byte++) samples[classes[byte]!] ??= byte;
  return samples;
}
