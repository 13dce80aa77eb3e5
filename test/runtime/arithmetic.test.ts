/** The session's fast paths give what BigInt says, around every edge of numbers, 32 bits and 64 bits. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Long, long } from "../../base/int64.ts";
import { makeArithmetic } from "../../runtime/arithmetic.ts";

const rt = makeArithmetic((b) => {
  if (b === 0) throw new Error("zero");
  return b;
});

const edges = [0n, 1n, 31n, 32n, 63n, 64n, 2n ** 31n, 2n ** 32n, 2n ** 53n, 2n ** 63n - 1n];
const near = fc
  .tuple(fc.constantFrom(...edges), fc.bigInt({ min: -3n, max: 3n }), fc.boolean())
  .map(([edge, step, negative]) => (negative ? -(edge + step) : edge + step));
const longs = fc.oneof(near, fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })).map((value) => long(value));

const count = (b: bigint): bigint => b & 63n;
// biome-ignore format: table
const oracle: { readonly [operator: string]: (a: bigint, b: bigint) => bigint } = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  mod: (a, b) => a % b,
  and: (a, b) => a & b,
  or:  (a, b) => a | b,
  xor: (a, b) => a ^ b,
  shl: (a, b) => a << count(b),
  shr: (a, b) => a >> count(b),
  neg: (a) => -a,
};

test.each(Object.entries(oracle))("%s", (name, exact) => {
  const operation = rt[name as keyof typeof rt] as (a: Long, b: Long) => Long;
  fc.assert(
    fc.property(longs, longs, (a, b) => {
      if (b === 0 && (name === "div" || name === "mod")) {
        expect(() => operation(a, b)).toThrow("zero");
        return;
      }
      // toBe tells 0 from -0.
      expect(operation(a, b)).toBe(long(exact(BigInt(a), BigInt(b))));
    }),
    { numRuns: 3000 },
  );
});
