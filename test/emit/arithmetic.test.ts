/** Random expressions: what the emitted code computes is what BigInt says, wrapped to 64 bits after every step. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { run } from "./kit.ts";

/** An expression as the script writes it, and its value by BigInt; undefined where a division by 0 ends it. */
interface Term {
  readonly text: string;
  readonly value: bigint | undefined;
}

const VARIABLES = { a: 3n, b: -1n, c: 9007199254740991n, d: -9223372036854775808n, e: 4294967297n };
const wrap = (n: bigint): bigint => BigInt.asIntN(64, n);
const truth = (condition: boolean): bigint => (condition ? 1n : 0n);

// biome-ignore format: table
const binary: { readonly [operator: string]: (a: bigint, b: bigint) => bigint | undefined } = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => (b === 0n ? undefined : a / b),
  "%": (a, b) => (b === 0n ? undefined : a % b),
  "&": (a, b) => a & b,
  "|": (a, b) => a | b,
  "^": (a, b) => a ^ b,
  "<<": (a, b) => a << (b & 63n),
  ">>": (a, b) => a >> (b & 63n),
  ">>>": (a, b) => BigInt.asUintN(64, a) >> (b & 63n),
  "<": (a, b) => truth(a < b),
  ">=": (a, b) => truth(a >= b),
  "==": (a, b) => truth(a === b),
};

const number = fc
  .oneof(
    fc.bigInt({ min: 0n, max: 20n }),
    fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    fc.constantFrom(2n ** 53n, 2n ** 63n, 2n ** 63n - 1n),
  )
  .map((n): Term => ({ text: `${n}`, value: wrap(n) }));
const variable = fc.constantFrom(...Object.entries(VARIABLES)).map(([text, value]): Term => ({ text, value }));

const { term } = fc.letrec<{ term: Term }>((tie) => ({
  term: fc.oneof(
    { maxDepth: 5 },
    number,
    variable,
    fc.tuple(fc.constantFrom(...Object.keys(binary)), tie("term"), tie("term")).map(([operator, l, r]): Term => {
      const value = l.value === undefined || r.value === undefined ? undefined : binary[operator]?.(l.value, r.value);
      return { text: `(${l.text} ${operator} ${r.text})`, value: value === undefined ? undefined : wrap(value) };
    }),
    fc.tuple(fc.constantFrom("-", "~", "!"), tie("term")).map(([operator, { text, value: v }]): Term => {
      const value = v === undefined ? undefined : operator === "-" ? -v : operator === "~" ? ~v : truth(v === 0n);
      return { text: `${operator}(${text})`, value: value === undefined ? undefined : wrap(value) };
    }),
  ),
}));

test("expressions agree with BigInt", () => {
  const start = "a = 3; b = -1; c = 9007199254740991; d = -9223372036854775807 - 1; e = 4294967297;";
  fc.assert(
    fc.property(term, ({ text, value }) => {
      const printed = run(
        `probe begin { ${start} printf("%d %d %d %d %d\\n", a, b, c, d, e); printf("%d\\n", ${text}) }`,
      );
      const [, result] = printed.split("\n");
      expect(result).toBe(value === undefined ? "ERROR: division by 0" : `${value}`);
    }),
    { numRuns: 300, seed: 20240501 },
  );
});
