/**
 * Passes 1 and 2 against SystemTap 4.8: the same verdict, tree, types and warnings for every case of `cases/`.
 *
 * `cases.ts` tells how a case is written, tools/record-reference.mjs records what the reference says. `pending.txt`
 * names the cases that do not agree yet, `SECTION/NAME: WHAT DIFFERS`; one that agrees must leave the list. With
 * UTAP_REQUIRE_ORACLES=1 every hundred-and-fiftieth case is asked again.
 */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { oraclesRequired } from "../oracles.ts";
import { answer, ownTapsets } from "./answer.ts";
import { ask } from "./ask.ts";
import { type Case, readCases, sections } from "./cases.ts";
import { compare, unexpected } from "./compare.ts";

const folder = new URL("cases/", import.meta.url);
const library = ownTapsets(new URL("../../tapsets/", import.meta.url));
const files = sections(folder).map((section) => readCases(folder, section).cases);
const pending = new Set(
  readFileSync(new URL("pending.txt", import.meta.url), "latin1")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => line.slice(0, line.lastIndexOf(": "))),
);

function disagreement(item: Case): readonly string[] {
  if (!item.recorded) return ["not recorded"];
  return unexpected(item, compare(item.recorded, answer(item, library)));
}

describe.each(files.map((cases) => [cases[0]?.section, cases] as const))("%s", (section, cases) => {
  test.each(cases.map((item) => [item.name, item] as const))("%s", (name, item) => {
    const found = disagreement(item);
    if (pending.has(`${section}/${name}`)) expect(found, "it agrees: take it out of pending.txt").not.toEqual([]);
    else expect(found).toEqual([]);
  });
});

describe("the record", () => {
  const all = files.flat();
  test("has every pending case", () => {
    const names = new Set(all.map(({ section, name }) => `${section}/${name}`));
    expect([...pending].filter((name) => !names.has(name))).toEqual([]);
  });
  const sample = all.filter((_, i) => oraclesRequired && i % 150 === 0).map((item) => [item.name, item] as const);
  test.each(sample)("the installed reference still says so of: %s", (_, item) => {
    expect(ask(item)).toEqual(item.recorded);
  });
});
