/**
 * docs/conformance/*.md: one row a fact of the language, and the cases that would fail if it stopped holding.
 *
 *     | what holds                        | shown by                                                        |
 *     | --------------------------------- | --------------------------------------------------------------- |
 *     | An empty sum is 0.                | aggregates.txt: an empty aggregate<br>stats.test.ts: a fresh one |
 *
 * A case is `FILE: TITLE`. FILE is a file under test/, with as many of its folders as tell it from others of its name.
 * TITLE is a `=== TITLE` of a text file (in files without those a `--- TITLE`, in tables the end of a line), or a string
 * of a test. A `|` is written `\|`. Here every row must name a case, and every case must be there.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";

const root = resolve(import.meta.dirname, "../..");
const folder = join(root, "docs/conformance");

interface Row {
  readonly line: number;
  readonly fact: string;
  readonly cases: readonly string[];
}

/** Rows of the tables of two columns, without their heads. */
function readRows(page: string): readonly Row[] {
  return page.split("\n").flatMap((text, i) => {
    const cells = text.split(/(?<!\\)\|/).map((cell) => cell.replaceAll("\\|", "|").trim());
    const [, fact = "", shown = "", ...rest] = cells;
    if (!text.startsWith("|") || fact === "what holds" || /^-+$/.test(fact)) return [];
    expect(rest, `line ${i + 1} has two columns`).toEqual([""]);
    return [{ line: i + 1, fact, cases: shown.split("<br>").map((name) => name.trim()) }];
  });
}

const files = readdirSync(join(root, "test"), { recursive: true, encoding: "utf8" })
  .map((path) => `/${path.replaceAll("\\", "/")}`)
  .filter((path) => /\.(txt|test\.ts)$/.test(path) && !path.startsWith("/fixtures/"));

/** Whether a file has the case. */
const holders = new Map<string, (title: string) => boolean>();

function readHolder(path: string): (title: string) => boolean {
  const text = readFileSync(join(root, "test", path), "utf8");
  if (path.endsWith(".ts")) {
    const strings = new Set([...text.matchAll(/"((?:\\.|[^"\\\n])*)"|`((?:\\.|[^`\\])*)`/g)].map((m) => m[1] ?? m[2]));
    return (title) => strings.has(title) || strings.has(title.replaceAll('"', '\\"'));
  }
  for (const mark of ["===", "---"]) {
    const titles = new Set([...text.matchAll(new RegExp(`^${mark} (.*)$`, "gm"))].map((m) => m[1]));
    if (titles.size > 0) return (title) => titles.has(title);
  }
  const lines = text.split("\n");
  return (title) => lines.some((line) => line === title || line.endsWith(` ${title}`));
}

/** What is wrong with the name of a case, or undefined. */
function mistakeIn(name: string): string | undefined {
  const [, file = "", title = ""] = /^(\S+\.(?:txt|test\.ts)): (.+)$/.exec(name) ?? [];
  if (file === "") return `'${name}' is not FILE: TITLE`;
  const candidates = files.filter((path) => path.endsWith(`/${file}`));
  if (candidates.length === 0) return `there is no ${file}`;
  const found = candidates.filter((path) => {
    const holds = holders.get(path) ?? readHolder(path);
    holders.set(path, holds);
    return holds(title);
  });
  if (found.length === 0) return `${file} has no case '${title}'`;
  if (found.length > 1) return `'${name}' is in ${found.join(" and ")}`;
  return undefined;
}

describe.each(readdirSync(folder).filter((name) => name.endsWith(".md")))("docs/conformance/%s", (page) => {
  const rows = readRows(readFileSync(join(folder, page), "utf8"));

  test("has rows", () => expect(rows.length).toBeGreaterThan(0));

  test("every row says something, and names cases that are there", () => {
    const mistakes = rows.flatMap(({ line, fact, cases }) => [
      ...(fact === "" ? [`${page}:${line}: no fact`] : []),
      ...cases.flatMap((name) => {
        const mistake = mistakeIn(name);
        return mistake === undefined ? [] : [`${page}:${line}: ${mistake}`];
      }),
    ]);
    expect(mistakes).toEqual([]);
  });
});

test("a row without a case, and names that are wrong, are mistakes", () => {
  expect(readRows("| a `\\|` b |  |\n")).toEqual([{ line: 1, fact: "a `|` b", cases: [""] }]);
  expect(mistakeIn("")).toContain("is not FILE: TITLE");
  expect(mistakeIn("nowhere.txt: all readings")).toBe("there is no nowhere.txt");
  expect(mistakeIn("aggregates.txt: no such title")).toBe("aggregates.txt has no case 'no such title'");
  expect(mistakeIn("aggregates.txt: all readings")).toBeUndefined();
  expect(mistakeIn("aggregates.txt: all reading")).toContain("has no case");
});
