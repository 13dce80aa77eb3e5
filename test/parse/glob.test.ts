/** Globs of names: fnmatch(3) without flags says the same, as do their descriptions in base/glob.ts. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { globTest } from "../../base/glob.ts";

// biome-ignore format: table
const cases: readonly [glob: string, fits: readonly string[], others: readonly string[]][] = [
  ["a",          ["a"],                   ["", "aa", "b"]],
  ["*",          ["", "a", "ab\n"],       []],
  ["a*b",        ["ab", "a_b", "abb"],    ["a", "abc", "cab"]],
  ["*a*b*",      ["ab", "xaxbx"],         ["ba", "a"]],
  ["?",          ["a"],                   ["", "ab"]],
  ["a?c*",       ["abc", "axcd"],         ["ac", "abd"]],
  ["[ab]x",      ["ax", "bx"],            ["cx", "x"]],
  ["[!ab]x",     ["cx"],                  ["ax", "x"]],
  ["[a-c]*",     ["a", "bz", "c"],        ["d", ""]],
  ["[z-a]",      [],                      ["z", "a", "m"]],
  ["a[",         ["a["],                  ["a", "ab"]],
  ["a.b*",       ["a.b", "a.bc"],         ["axb"]],
  ["sys_enter_*at", ["sys_enter_openat"], ["sys_enter_open", "sys_exit_openat"]],
];

test.each(cases)("%s", (glob, fits, others) => {
  const matches = globTest(glob);
  expect(fits.filter((text) => !matches(text))).toEqual([]);
  expect(others.filter(matches)).toEqual([]);
});

test("a text fits what is made of it by putting stars and question marks in", () => {
  const letter = fc.constantFrom("a", "b", "_");
  const text = fc.array(fc.record({ letter, as: fc.constantFrom("letter", "?", "*", "*?") }), { maxLength: 30 });
  fc.assert(
    fc.property(text, (parts) => {
      const glob = parts.map((part) => (part.as === "letter" ? part.letter : part.as)).join("");
      expect(globTest(glob)(parts.map((part) => part.letter).join(""))).toBe(true);
    }),
  );
});

test("many stars end soon", () => {
  expect(globTest(`${"*?".repeat(500)}z`)("a".repeat(2000))).toBe(false);
  expect(globTest(`${"*a".repeat(500)}z`)("a".repeat(2000))).toBe(false);
});
