/**
 * Pass 1 against SystemTap 4.8: the same verdict, the same tree, the same place of the first error.
 *
 * `cases/reference.txt` holds what `tools/oracle-stap.sh -g -p1 -e SCRIPT` said of each script; its head tells how
 * a case is written. Every twelfth case is asked again when stap is installed, so that the record stays true.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { formatLoc, makeSource } from "../../base/source.ts";
import { parse } from "../../lang/parser/parse.ts";
import { printFile } from "../../lang/print.ts";
import { normaliseOurs, normaliseReference } from "./normalise.ts";

const oracle = new URL("../../tools/oracle-stap.sh", import.meta.url).pathname;
const cases = readFileSync(new URL("cases/reference.txt", import.meta.url), "latin1")
  .split("\n--- ")
  .slice(1)
  .map((part) => part.trimEnd().split("\n==>\n") as [string, string]);

function withoutHead(text: string): string {
  return text.replace(/^# parse tree dump\n# file .*\n/, "");
}

describe("what SystemTap says of a script", () => {
  test.each(cases)("%s", (script, expected) => {
    const result = parse(makeSource("<input>", script), { guru: true });
    const diagnostics = result.diagnostics.filter(({ severity }) => severity === "error");
    const { file } = result;
    const [first] = diagnostics;
    if (/^error/.test(expected)) {
      expect(first).toBeDefined();
      const place = first?.loc && formatLoc(first.loc).replace("<input>:", "");
      if (expected !== "error") expect(`error ${place}`).toBe(expected);
    } else {
      expect(diagnostics).toEqual([]);
      expect(normaliseOurs(withoutHead(printFile(file)))).toBe(normaliseReference(expected));
    }
  });
});

describe("the record", () => {
  const installed = existsSync("/usr/bin/stap");
  const required = process.env.UTAP_REQUIRE_ORACLES === "1";
  const reason = installed || required ? "" : " (skipped: /usr/bin/stap is not installed)";
  const sample = cases.filter((_, i) => i % 12 === 0);
  test.skipIf(!installed && !required)(`is what the installed stap says${reason}`, { timeout: 60_000 }, () => {
    for (const [script, expected] of sample) expect(ask(script), script).toBe(expected.replace(/^error.*/, "error"));
  });
});

function ask(script: string): string {
  try {
    return withoutHead(
      execFileSync(oracle, ["-g", "-p1", "-e", script], { encoding: "latin1", stdio: "pipe" }),
    ).trimEnd();
  } catch (error) {
    if ((error as { readonly status?: number }).status === 1) return "error";
    throw error;
  }
}
