/**
 * Inputs for the front end that nobody would write, each made from a number alone: bytes, words of the language in
 * any order, scripts that were cut, doubled and spliced, and programs with little or nothing wrong in them.
 *
 * Used by `fuzz.test.ts` and `tools/fuzz.mjs`. The same corpus and number give the same input on every machine.
 */
import { makeProgram } from "./programs.ts";

export interface FuzzInput {
  readonly kind: (typeof kinds)[number];
  readonly text: string;
  readonly args: readonly string[];
  readonly compatible?: string;
}

const kinds = ["bytes", "words", "spliced", "mutated", "nested", "program", "changed", "changed"] as const;

export function makeInput(corpus: readonly string[], number: number): FuzzInput {
  const random = new Random(number);
  const kind = random.pick(kinds);
  const text = makers[kind](random, corpus);
  const args = random.below(4) === 0 ? [words[random.below(words.length)] ?? "", makers.bytes(random, corpus)] : [];
  const compatible = random.below(8) === 0 ? { compatible: random.pick(["1.0", "2.2", "2.9", "3.9", "5.0"]) } : {};
  return { kind, text, args, ...compatible };
}

// biome-ignore format: table
const words = [
  "probe", "begin", "end", "process.begin", "timer.s(1)", "{", "}", "(", ")", "[", "]", "global", "private", "function",
  "a", "b", "f", "1", "0", "-1", "0x7fffffffffffffff", '"s"', '"%d"', "=", "+=", ",", ";", "+", "-", "if", "else", "for",
  "foreach", "in", "while", "try", "catch", "return", "next", "break", "continue", "delete", "limit", "?", ":", "->", "$x",
  "$$", "$$vars", "@cast", "@count", "@hist_log", "@hist_linear", "@variance", "@var", "@defined", "@entry", "@enum", "@x",
  "printf", "println", "sprintf", "printd", "%{ 1 %}", "%{", "%(", "%)", "%?", "%:", "@define", "@m", "$1", "@1", "$#", "!",
  "*", "**", ".", "<<<", ">>>", "=~", "&", "&&", "||", "++", "--", "/*", "*/", "//", "#", "%", '"', "\n", "exit()", "string",
  "long", ".=", "/", "~", "^", "|", "==", "<", "arch", "kernel_v", "==", '"riscv"', "\\", "\0", "\xff", "tid()", "strlen(",
];

const makers: { readonly [kind in FuzzInput["kind"]]: (random: Random, corpus: readonly string[]) => string } = {
  bytes: (random) => String.fromCharCode(...Array.from({ length: random.below(200) }, () => random.below(256))),
  words: (random) =>
    Array.from({ length: 1 + random.below(80) }, () => random.pick(words)).join(random.below(3) === 0 ? "" : " "),
  spliced: (random, corpus) => {
    const [a, b] = [random.pick(corpus), random.pick(corpus)];
    return a.slice(0, random.below(a.length + 1)) + b.slice(random.below(b.length + 1));
  },
  mutated: (random, corpus) => {
    let text = random.pick(corpus);
    for (let i = random.below(6); i >= 0; i--) text = mutate(text, random);
    return text;
  },
  program: (random) => makeProgram(random),
  changed: (random) => {
    let text = makeProgram(random);
    for (let i = random.below(3); i >= 0; i--) text = mutate(text, random);
    return text;
  },
  nested: (random) => {
    const [open, close] = random.pick(nestings);
    const depth = random.below(random.below(20) === 0 ? 5000 : 60);
    return `probe begin { ${open.repeat(depth)} ${random.pick(words)} ${close.repeat(random.below(depth + 2))} }`;
  },
};

const nestings: readonly (readonly [string, string])[] = [
  ["(", ")"],
  ["a[", "]"],
  ["{", "}"],
  ["f(", ")"],
  ["if (a) {", "}"],
  ["try {", "} catch {}"],
  ["%( 1 == 1 %?", "%)"],
  ["@m(", ")"],
  ["a ? ", " : 1"],
  ["-", ""],
  ["a = ", ""],
  ["a . ", ""],
  ["$x->", ""],
];

function mutate(text: string, random: Random): string {
  const tokens = text.match(/\s+|[\w$@]+|"(?:\\.|[^"\\\n])*"|./gs) ?? [];
  const [at, other] = [random.below(tokens.length + 1), random.below(tokens.length + 1)];
  const count = 1 + random.below(4);
  switch (random.below(12)) {
    case 0:
      tokens.splice(at, count);
      break;
    case 1:
      tokens.splice(at, 0, random.pick(words));
      break;
    case 2:
      tokens.splice(at, 1, random.pick(words));
      break;
    case 3:
      tokens.splice(at, 0, ...tokens.slice(other, other + count * 4));
      break;
    case 4: {
      const word = /^\w+$/;
      const alike = tokens.filter((token) => word.test(token) === word.test(tokens[at] ?? ""));
      tokens[at] = random.pick(alike) ?? "";
      break;
    }
    case 5:
      [tokens[at], tokens[other]] = [tokens[other] ?? "", tokens[at] ?? ""];
      break;
    case 6:
      return text.slice(0, random.below(text.length + 1));
    default: {
      // the mildest: one word becomes another of the text
      const places = [...tokens.keys()].filter((i) => /^[\w$@"]/.test(tokens[i] ?? ""));
      tokens[random.pick(places) ?? 0] = tokens[random.pick(places) ?? 0] ?? "";
    }
  }
  return tokens.join("");
}

/** Mulberry32: small, and the same everywhere. */
class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = Math.imul(seed + 1, 0x9e3779b1) >>> 0;
  }

  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 0x1_0000_0000) * limit);
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }
}
