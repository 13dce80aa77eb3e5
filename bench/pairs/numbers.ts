// biome-ignore-all lint/suspicious/noTemplateCurlyInString: code as text
/** Counters and arithmetic. */
import type { Pair } from "./pair.ts";

export const numbers: readonly Pair[] = [
  {
    name: "counter: n++",
    script: "global n; probe begin { n++ }",
    byHand: "let n = 0; return (c) => { n++; };",
  },
  {
    name: "sum: s += a * 3 - 1, in a branch",
    script: "global n, s; probe begin { n++; if (n % 2 == 0) s += n * 3 - 1 }",
    byHand: "let n = 0, s = 0; return (c) => { n++; if (n % 2 === 0) s += n * 3 - 1; };",
  },
  {
    name: "loop of 100: s += i",
    script: "global n, s; probe begin { n++; s = 0; for (i = 0; i < 100; i++) s += i; if (n == -1) n = s }",
    byHand:
      "let n = 0, s = 0; return (c) => { n++; s = 0; for (let i = 0; i < 100; i++) s += i; if (n === -1) n = s; };",
  },
];
