/**
 * Every example of docs/language.md and docs/output.md, run, and compared with what the page shows.
 *
 * A `stap` block is a script; the `console` block after it starts with `$ utap NAME.stp …` and shows all that was
 * printed: standard output, then messages. A `console` block by itself has its script in the command.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { splitCommand } from "../../cli/command.ts";
import { utap } from "../run/driver.ts";

const root = resolve(import.meta.dirname, "../..");
const programs = join(root, "examples/wordcount");
const folder = mkdtempSync(join(tmpdir(), "utap-docs-"));
afterAll(() => rmSync(folder, { recursive: true }));

interface Example {
  readonly script: string | undefined;
  readonly command: string;
  readonly shown: string;
}

function readExamples(page: string): readonly Example[] {
  const text = readFileSync(join(root, "docs", page), "utf8");
  const blocks = [...text.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(([, kind, body]) => ({
    kind,
    body: body ?? "",
  }));
  return blocks.flatMap((block, i) => {
    if (block.kind !== "console") return [];
    const [command = "", ...shown] = block.body.split("\n");
    const before = blocks[i - 1];
    return [{ script: before?.kind === "stap" ? before.body : undefined, command, shown: shown.join("\n") }];
  });
}

/** The examples name programs and scripts as from their own folders. */
function run({ script, command }: Example): string {
  const absolute = (text: string): string => text.replaceAll(/\.\/wordcount|sea\.txt/g, (name) => join(programs, name));
  const args = splitCommand(command.replace(/^\$ utap /, "")).map((word) => {
    if (script === undefined || !word.endsWith(".stp")) return absolute(word);
    const file = join(folder, word);
    writeFileSync(file, absolute(script));
    return file;
  });
  const { out, err } = utap(args);
  return `${out}${err}`
    .replaceAll(`${folder}/`, "")
    .replaceAll(`${programs}/`, "./")
    .replaceAll(/\.\/(sea\.txt)/g, "$1");
}

describe.each([
  { page: "language.md", atLeast: 40 },
  { page: "output.md", atLeast: 8 },
])("docs/$page", ({ page, atLeast }) => {
  const examples = readExamples(page);

  test("has a command for every script", () => {
    const text = readFileSync(join(root, "docs", page), "utf8");
    const scripts = [...text.matchAll(/^```stap$/gm)].length;
    expect(examples.filter(({ script }) => script !== undefined)).toHaveLength(scripts);
    expect(examples.length).toBeGreaterThanOrEqual(atLeast);
  });

  test.each(examples)("$command", (example) => {
    expect(run(example)).toBe(example.shown);
  });
});
