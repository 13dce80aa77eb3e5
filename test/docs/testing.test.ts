/** Every example of docs/testing.md, run; they assert for themselves. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import * as kit from "../../testing/index.ts";

const page = readFileSync(join(import.meta.dirname, "../../docs/testing.md"), "utf8");
const examples = [...page.matchAll(/^```js\n([\s\S]*?)^```$/gm)].map(([, code = ""]) => code);

/** Imports become parameters. */
function asFunction(code: string): (kit: unknown, assert: unknown) => void {
  const body = code
    .replace(/^import assert from "node:assert\/strict";$/m, "")
    .replace(/^import \{ (.*) \} from "utap\/testing";$/m, "const { $1 } = kit;");
  return new Function("kit", "assert", body) as (kit: unknown, assert: unknown) => void;
}

test("there are examples, and each asserts something", () => {
  expect(examples.length).toBeGreaterThanOrEqual(2);
  for (const code of examples) expect(code).toMatch(/assert\.equal/);
});

test.each(examples.map((code, i) => [i + 1, code] as const))("example %i", (_i, code) => {
  asFunction(code)(kit, assert);
});
