/**
 * Every operator of longs in compiled scripts against BigInt, on values that the compiler cannot know.
 *
 * The values stand in arrays, so that nothing is folded; one script goes through many pairs of them, so that V8 sees all
 * forms of a long in one place. Each operator is used as a binary one and as an assignment to a scalar and an element.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { run } from "./kit.ts";

const wrap = (n: bigint): bigint => BigInt.asIntN(64, n);
const truth = (condition: boolean): bigint => (condition ? 1n : 0n);

type Exact = (a: bigint, b: bigint) => bigint;

// biome-ignore format: table
const assigning: { readonly [operator: string]: Exact } = {
  "+":  (a, b) => a + b,
  "-":  (a, b) => a - b,
  "*":  (a, b) => a * b,
  "/":  (a, b) => a / b,
  "%":  (a, b) => a % b,
  "&":  (a, b) => a & b,
  "|":  (a, b) => a | b,
  "^":  (a, b) => a ^ b,
  "<<": (a, b) => a << (b & 63n),
  ">>": (a, b) => a >> (b & 63n),
};

// biome-ignore format: table
const others: { readonly [operator: string]: Exact } = {
  ">>>": (a, b) => BigInt.asUintN(64, a) >> (b & 63n),
  "<":   (a, b) => truth(a < b),
  "<=":  (a, b) => truth(a <= b),
  ">":   (a, b) => truth(a > b),
  ">=":  (a, b) => truth(a >= b),
  "==":  (a, b) => truth(a === b),
  "!=":  (a, b) => truth(a !== b),
  "&&":  (a, b) => truth(a !== 0n && b !== 0n),
  "||":  (a, b) => truth(a !== 0n || b !== 0n),
};

// biome-ignore format: table
const unary: { readonly [expression: string]: (a: bigint) => bigint } = {
  "-x":      (a) => -a,
  "+x":      (a) => a,
  "~x":      (a) => ~a,
  "!x":      (a) => truth(a === 0n),
  "++i[0]":  (a) => a + 1n,
  "i[0]--":  (a) => a + 1n,
  "--i[0]":  (a) => a - 1n,
  "i[0]++":  (a) => a - 1n,
  "i[0]":    (a) => a,
};

/** What a script prints for a pair, in the order of `script`. */
function wanted(a: bigint, b: bigint): readonly string[] {
  const one = (operator: string, exact: Exact): string =>
    b === 0n && (operator === "/" || operator === "%") ? "division by 0" : `${wrap(exact(a, b))}`;
  return [
    ...Object.entries(assigning).flatMap(([operator, exact]) => Array(3).fill(one(operator, exact))),
    ...Object.entries(others).map(([operator, exact]) => one(operator, exact)),
    ...Object.values(unary).map((exact) => `${wrap(exact(a))}`),
  ];
}

function script(pairs: readonly (readonly [bigint, bigint])[]): string {
  const show = (expression: string): string => `try { println(${expression}) } catch (m) { println(m) }`;
  const lines = [
    ...Object.keys(assigning).flatMap((operator) => [
      show(`x ${operator} y`),
      `z = x ${show(`z ${operator}= y`)}`,
      `e[n] = x ${show(`e[n] ${operator}= y`)}`,
    ]),
    ...Object.keys(others).map((operator) => show(`x ${operator} y`)),
    "i[0] = x",
    ...Object.keys(unary).map(show),
  ];
  return `global a, b, e, i
probe begin {
${pairs.map(([x, y], n) => `a[${n}] = ${x}; b[${n}] = ${y}`).join("\n")}
for (n = 0; n < ${pairs.length}; n++) {
x = a[n] y = b[n]
${lines.join("\n")}
}
}`;
}

const edges = [0n, 1n, 2n, 10n, 31n, 32n, 62n, 63n, 64n, 65n, 2n ** 31n, 2n ** 32n, 2n ** 53n, 2n ** 62n, 2n ** 63n];
const near = fc
  .tuple(fc.constantFrom(...edges), fc.constantFrom(1n, -1n), fc.bigInt({ min: -2n, max: 2n }))
  .map(([edge, sign, step]) => wrap(edge * sign + step));
const long = fc.oneof(near, near, fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }));

test("pairs of longs", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(long, long), { minLength: 20, maxLength: 40 }), (pairs) => {
      const lines = run(script(pairs), { limits: { MAXACTION_INTERRUPTIBLE: 1_000_000 } })
        .trimEnd()
        .split("\n");
      expect(lines).toEqual(pairs.flatMap(([a, b]) => wanted(a, b)));
    }),
    { numRuns: 12 },
  );
});

test("the pairs that go wrong first", () => {
  const [min, max] = [-(2n ** 63n), 2n ** 63n - 1n];
  const pairs: [bigint, bigint][] = [
    [min, -1n],
    [min, 0n],
    [0n, 0n],
    [min, min],
    [max, max],
    [max, -1n],
    [-1n, min],
    [min, max],
    [-1n, 1n],
    [1n, -1n],
    [1n, 63n],
    [1n, 64n],
    [1n, -64n],
    [-7n, 2n],
    [7n, -2n],
    [2n ** 53n - 1n, 1n],
    [2n ** 53n - 1n, 2n ** 53n - 2n],
    [-(2n ** 53n) + 1n, -1n],
    [94906267n, 94906267n],
    [3037000500n, 3037000500n],
    [0n, -5n],
  ];
  const lines = run(script(pairs), { limits: { MAXACTION_INTERRUPTIBLE: 1_000_000 } })
    .trimEnd()
    .split("\n");
  expect(lines).toEqual(pairs.flatMap(([a, b]) => wanted(a, b)));
});
