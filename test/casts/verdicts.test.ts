/**
 * Verdicts of pass 2 on `@cast`, `@var`, autocasts, `@entry`, `@defined` and cloned functions, against those that the
 * reference gave for the same program (verdicts.txt); a few are asked again where the reference is installed.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, realpathSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { makeSource } from "../../base/source.ts";
import { makeRequest } from "../../cli/compile-request.ts";
import { compileFor } from "../../cli/compile-script.ts";
import { parseOptions } from "../../cli/options.ts";
import { chooseUnstarted } from "../../cli/targets.ts";
import { testWith } from "../oracles.ts";

const fixtures = resolve(import.meta.dirname, "../fixtures/casts");

interface Row {
  readonly verdict: "ok" | "no";
  readonly script: string;
  readonly guru: boolean;
  /** Why ours is the other verdict. */
  readonly differs?: string;
}

const rows = readRows(readFileSync(join(import.meta.dirname, "verdicts.txt"), "utf8"));

function readRows(text: string): readonly Row[] {
  const found: Row[] = [];
  let differs: string | undefined;
  for (const line of text.split("\n")) {
    const reason = /^# differs: (.*)/.exec(line)?.[1];
    const [, verdict, guru, script = ""] = /^(ok|no) (-g )?(.*)/.exec(line) ?? [];
    if (verdict === "ok" || verdict === "no") {
      found.push({ verdict, script, guru: guru !== undefined, ...(differs !== undefined && { differs }) });
    }
    differs = reason;
  }
  return found;
}

function aboutProgram(script: string, path: string): string {
  const words: { readonly [word: string]: string } = {
    SUM: `process("${path}").function("sum")`,
    MK: `process("${path}").function("mk")`,
    PROG: `"${path}"`,
    PATH: path,
  };
  return script.replace(/\b(SUM|MK|PROG|PATH)\b/g, (word) => words[word] ?? word);
}

const options = parseOptions(["-w", "-p2", "-e", ""]);
if ("exit" in options) throw new Error("options that only exit");
const request = makeRequest(options);
const target = chooseUnstarted(options);

test.each(rows)("$verdict $script", ({ verdict, script, guru, differs }) => {
  const main = makeSource("<input>", aboutProgram(script, join(fixtures, "verdicts")));
  const { diagnostics } = compileFor(options, { ...request, main, guru }, target);
  const expected = differs === undefined ? verdict : verdict === "ok" ? "no" : "ok";
  const messages = diagnostics.map((item) => item.message);
  expect(messages.length === 0 ? "ok" : "no", messages.join("; ")).toBe(expected);
});

testWith("stap", "gcc")("the reference still says so", () => {
  const path = join(realpathSync(mkdtempSync(join(tmpdir(), "utap-casts-"))), "verdicts");
  execFileSync("gcc", ["-g", "-O0", "-o", path, join(fixtures, "verdicts.c")]);
  for (const { verdict, script, guru } of rows.filter((_, i) => i % 12 === 5)) {
    const args = [...(guru ? ["-g"] : []), "-p2", "-e", aboutProgram(script, path)];
    const { status } = spawnSync("tools/oracle-stap.sh", args, { stdio: "ignore" });
    expect(status === 0 ? "ok" : "no", script).toBe(verdict);
  }
});
