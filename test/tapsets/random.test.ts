/** randint(): the seed of the session alone decides, and no number is much more frequent than another. */
import { expect, test } from "vitest";
import { utap } from "../run/driver.ts";

function numbers(seed: string, body: string): string {
  const { out, err } = utap(["--target=model", "--seed", seed, "-e", `global n[10] probe oneshot { ${body} }`]);
  expect(err).toBe("");
  return out;
}

const many = 'for (i = 0; i < 20; i++) print(randint(1000000), " ")';

test("the same seed gives the same numbers", () => {
  expect(numbers("5", many)).toBe(numbers("5", many));
});

test("another seed gives others", () => {
  expect(numbers("5", many)).not.toBe(numbers("6", many));
});

test("each number below n comes up as often as others", () => {
  // 2000 numbers below 10: 200 of each, and 14 is the standard deviation.
  const counts = numbers("1", 'for (i = 0; i < 2000; i++) n[randint(10)]++ foreach (k+ in n) print(n[k], " ")');
  const found = counts.trim().split(" ").map(Number);
  expect(found).toHaveLength(10);
  for (const count of found) expect(Math.abs(count - 200)).toBeLessThan(70);
});

test("numbers below 2^53 and more are whole and not negative", () => {
  const body = "for (i = 0; i < 50; i++) { r = randint(9223372036854775807) if (r < 0) println(r) }";
  expect(numbers("1", body)).toBe("");
});
