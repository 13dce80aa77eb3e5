/** base/int64.ts against BigInt.asIntN, on numbers of every size and around the edges where the form changes. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Long } from "../../base/int64.ts";
import * as int64 from "../../base/int64.ts";

const edges = [0n, 1n, 31n, 32n, 2n ** 31n, 2n ** 32n, 2n ** 53n, 2n ** 62n, 2n ** 63n];
const near = fc
  .tuple(fc.constantFrom(...edges), fc.constantFrom(1n, -1n), fc.bigInt({ min: -2n, max: 2n }))
  .map(([edge, sign, step]) => BigInt.asIntN(64, edge * sign + step));
const any = fc.oneof(near, fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.bigInt({ min: -100n, max: 100n }));

// biome-ignore format: table
const operations: readonly [string, (a: Long, b: Long) => Long, (a: bigint, b: bigint) => bigint][] = [
  ["add",  int64.add,  (a, b) => a + b],
  ["sub",  int64.sub,  (a, b) => a - b],
  ["mul",  int64.mul,  (a, b) => a * b],
  ["div",  int64.div,  (a, b) => a / b],
  ["mod",  int64.mod,  (a, b) => a % b],
  ["and",  int64.and,  (a, b) => a & b],
  ["or",   int64.or,   (a, b) => a | b],
  ["xor",  int64.xor,  (a, b) => a ^ b],
  ["shl",  int64.shl,  (a, b) => a << (b & 63n)],
  ["shr",  int64.shr,  (a, b) => a >> (b & 63n)],
  ["ushr", int64.ushr, (a, b) => BigInt.asUintN(64, a) >> (b & 63n)],
  ["neg",  (a) => int64.neg(a), (a) => -a],
  ["not",  (a) => int64.not(a), (a) => ~a],
];

test.each(operations)("%s", (name, run, model) => {
  fc.assert(
    fc.property(any, any, (a, b) => {
      fc.pre(b !== 0n || (name !== "div" && name !== "mod"));
      const wanted = int64.long(model(a, b));
      const got = run(int64.long(a), int64.long(b));
      // Also the form: a number exactly where it is safe, and never -0.
      expect(Object.is(got, wanted)).toBe(true);
      expect(BigInt(got)).toBe(BigInt.asIntN(64, model(a, b)));
    }),
    { numRuns: 500 },
  );
});

test("quotients beside a whole number are not rounded to it", () => {
  const size = fc.integer({ min: 1, max: 52 }).chain((bits) => fc.bigInt({ min: 1n, max: 2n ** BigInt(bits) }));
  fc.assert(
    fc.property(size, size, fc.constantFrom(-1n, 0n, 1n), fc.boolean(), (q, b, step, negative) => {
      const a = (negative ? -1n : 1n) * (q * b + step);
      fc.pre(a > -(2n ** 53n) && a < 2n ** 53n);
      expect(int64.div(Number(a), Number(b))).toBe(Number(a / b));
    }),
    { numRuns: 5000 },
  );
});
