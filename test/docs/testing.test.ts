/**
 * Every example of docs/testing.md, run: they assert for themselves, or throw the text that stands behind them.
 *
 * The tests in them run in place; that the runners run such files too is for test/testing/package.test.ts.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { transformSync } from "esbuild";
import { expect, test } from "vitest";
import * as kit from "../../testing/index.ts";

const page = readFileSync(join(import.meta.dirname, "../../docs/testing.md"), "utf8");
const examples = [...page.matchAll(/^```(js|ts)\n([\s\S]*?)^```$(?:\n\n```text\n([\s\S]*?)^```$)?/gm)].map(
  ([, language = "", code = "", thrown]) => ({ language, code, thrown: thrown?.trimEnd() }),
);

let ran = 0;
const inPlace = (_title: string, body: () => void): void => {
  body();
  ran++;
};
const modules: { readonly [name: string]: unknown } = {
  "node:assert/strict": { default: assert },
  "node:test": { test: inPlace },
  "utap/testing": kit,
  vitest: { expect, test: inPlace },
};

/** Imports become variables. */
function asFunction(code: string, language: string): () => void {
  const script = language === "ts" ? transformSync(code, { loader: "ts" }).code : code;
  const body = script
    .replace(/^import (\w+) from "(.*)";$/gm, 'const $1 = modules["$2"].default;')
    .replace(/^import (\{ .* \}) from "(.*)";$/gm, 'const $1 = modules["$2"];');
  const run = new Function("modules", body) as (given: typeof modules) => void;
  return () => run(modules);
}

test("there are examples, and each says what comes of it", () => {
  expect(examples.length).toBeGreaterThanOrEqual(6);
  for (const { code, thrown } of examples) {
    if (thrown === undefined) expect(code).toMatch(/assert\.(equal|match)|expect\(/);
  }
});

test.each(examples.map((example, i) => [i + 1, example] as const))("example %i", (_i, { code, language, thrown }) => {
  const tests = code.match(/^test\(/gm)?.length ?? 0;
  ran = 0;
  const run = asFunction(code, language);
  if (thrown === undefined) run();
  else expect(run).toThrow(expect.objectContaining({ message: thrown }));
  expect(ran).toBe(tests);
});

test("the options and the memory of the page are those of the types", () => {
  const names = (file: string): string[] =>
    [...readFileSync(join(import.meta.dirname, "../..", file), "utf8").matchAll(/^ {2}(?:readonly )?(\w+)[?]?[:(<]/gm)]
      .map(([, name = ""]) => name)
      .filter((name) => !["status", "out", "err", "errors"].includes(name));
  for (const file of ["testing/options.ts", "kernel/scripted/memory-of-program.ts"]) {
    for (const name of names(file)) expect(page, name).toMatch(new RegExp(`\`${name}\\b`));
  }
});
