/**
 * The examples do what the README shows, and what they show is true.
 *
 * The README's session is compared with a real run; the numbers in it with a count of the same text made here, in
 * another way than the program and the script make it.
 */
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { utap } from "./run/driver.ts";

const folder = resolve(import.meta.dirname, "../examples/wordcount");
const words =
  readFileSync(join(folder, "sea.txt"), "utf8")
    .toLowerCase()
    .match(/[a-z]+/g) ?? [];

function runExample(): string {
  const script = readFileSync(join(folder, "words.stp"), "latin1").replaceAll("./wordcount", join(folder, "wordcount"));
  const { out, err, status } = utap(["-e", script, "-c", `${join(folder, "wordcount")} ${join(folder, "sea.txt")}`]);
  expect([err, status]).toEqual(["", 0]);
  return out;
}

test("the README shows what the example prints", () => {
  const readme = readFileSync(resolve(folder, "../../README.md"), "utf8");
  const shown = /utap words\.stp -c '\.\/wordcount sea\.txt'\n([\s\S]*?)\n```/.exec(readme)?.[1];
  expect(`${shown}\n`).toBe(runExample());
});

test("the histogram has the lengths of the words", () => {
  const rows = [...runExample().matchAll(/^ +(\d+) \|(@*) +(\d+)$/gm)].map((row) => [Number(row[1]), Number(row[3])]);
  expect(rows.length).toBeGreaterThan(8);
  for (const [length, count] of rows)
    expect([length, words.filter((word) => word.length === length).length]).toEqual([length, count]);
});

test("a word seen a third time is found with the number of distinct words so far", () => {
  const found = [...runExample().matchAll(/^ {2}(\w+) +(\d+)$/gm)].map((row) => [row[1], Number(row[2])]);
  const third = (word: string): number => words.flatMap((other, i) => (other === word ? [i] : []))[2] ?? -1;
  const expected = [...new Set(words)]
    .filter((word) => third(word) >= 0)
    .sort((a, b) => third(a) - third(b)) // equal numbers keep the order in which the words were found
    .map((word): [string, number] => [word, new Set(words.slice(0, third(word) + 1)).size]);
  expect(found).toEqual(expected.slice(0, 5));
});
