/**
 * Versions and patterns of preprocessor conditions against the C library.
 *
 * The values are those of glibc 2.36's strverscmp (its sign) and fnmatch(pattern, text, 0), called through ctypes.
 */
import { describe, expect, test } from "vitest";
import { compareVersions, matchesGlob } from "../../lang/parser/versions.ts";

// biome-ignore format: table
const versions: readonly (readonly [string, string, number])[] = [
  ["01", "a", -1], ["6.1", "09", 1], ["4.08", "a1", -1], ["a", "9", 1], ["a1", "0", 1], ["010", "6.1", -1], ["01", "000", 1],
  ["", "6.1.0", -1], ["6.1", "6.1.0", -1], ["6.1.0-rc1", "4", 1], ["1.0a", "0", 1], ["a10", "1.00", 1], ["9", "00", 1],
  ["1", "4.8", -1], ["1.00", "0", 1], ["a1", "1.0a", 1], ["4", "", 1], ["1a", "4.", -1], ["4", "1.0a", 1], ["5.6", "09", 1],
  ["4.08", "10", -1], ["1", "09", 1], ["010", "a10", -1], ["4.", "1.00", 1], ["a01", "ab", -1], ["4.8", "4.", 1],
  ["4.08", "6.1", -1], ["a", "4.", 1], ["a10", "", 1], ["000", "a01", -1], ["a0", "a", 1], ["10", "9", 1], ["9", "4.08", 1],
  ["000", "00", -1], ["00", "01", -1], ["01", "010", -1], ["010", "09", -1], ["09", "0", -1], ["0", "1", -1], ["9", "10", -1],
];

const texts = ["", "a", "b", "ab", "abc", "cx", "dx", "a*", "]", "[", "a[", "6.1.0", "aXbYc"];
// biome-ignore format: table
const patterns: readonly (readonly [string, readonly string[]])[] = [
  ["*", texts],                          ["a*", ["a", "ab", "abc", "a*", "a[", "aXbYc"]],  ["*a", ["a"]],
  ["?", ["a", "b", "]", "["]],           ["[ab]*", ["a", "b", "ab", "abc", "a*", "a[", "aXbYc"]],
  ["[!a]*", ["b", "cx", "dx", "]", "[", "6.1.0"]],                ["[a-c]x", ["cx"]],      ["a\\*", ["a*"]],
  ["[]]", ["]"]],                        ["[", ["["]],            ["a[", ["a["]],          ["**b", ["b", "ab"]],
  ["a*b*c", ["abc", "aXbYc"]],           ["6.*", ["6.1.0"]],      ["[^a]", ["b", "]", "["]],  ["[a", []],  ["", [""]],
];

describe("strverscmp", () => {
  test.each(versions)("%j and %j", (a, b, sign) => {
    expect(Math.sign(compareVersions(a, b))).toBe(sign);
    expect(Math.sign(compareVersions(b, a))).toBe(-sign);
  });
});

describe("fnmatch", () => {
  test.each(patterns)("%j", (pattern, expected) => {
    expect(texts.filter((text) => matchesGlob(pattern, text))).toEqual(expected);
  });
});
