/** The time in a file's name against `date`, which has the C library's strftime. */
import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { expect, test } from "vitest";
import { strftime } from "../../cli/strftime.ts";
import { testWith } from "../oracles.ts";

const conversions = [..."aAbBcCdDeFgGhHIjklmMpPrRsSTuUVwWxXyYz%"];
const format = conversions.map((letter) => `${letter}=%${letter}`).join("|");
const count = 200;

testWith("date")(`${count} times as date shows them`, () => {
  const edges = [
    0, // 1970 began on a Thursday
    1_104_537_600, // 2005-01-01 is in the last week of 2004
    1_230_681_600, // 2008-12-31 in the first of 2009
    1_262_304_000, // 2010-01-01 in week 53 of 2009
    951_782_400, // 29 February 2000
  ];
  const random = fc.sample(fc.integer({ min: 0, max: 4_000_000_000 }), { numRuns: count - edges.length, seed: 4 });
  const seconds = [...edges, ...random];
  const env = { ...process.env, LC_ALL: "C" };
  const input = seconds.map((second) => `@${second}\n`).join("");
  const wanted = execFileSync("date", ["-f", "-", `+${format}`], { input, env, encoding: "utf8" })
    .trimEnd()
    .split("\n");
  expect(seconds.map((second) => strftime(format, new Date(second * 1000)))).toEqual(wanted);
});

test("E and O say nothing, what is no conversion stays", () => {
  const noon = new Date(2024, 4, 6, 12, 0, 0);
  expect(strftime("a-%EY-%Od-%Q-%", noon)).toBe("a-2024-06-%Q-%");
  expect(strftime("%n%t", noon)).toBe("\n\t");
  // JavaScript does not know the abbreviations of all zones.
  expect(strftime("%Z", noon)).toMatch(/^[A-Z]{2,5}$|^[-+]\d{4}$/);
});
