/** Drives pass 2 over the scripts of `points.txt`, whose probes SystemTap told. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { SymbolSource } from "../../abi/symbol-source.ts";
import { makeSource } from "../../base/source.ts";
import { compile } from "../../lang/compiler/compile.ts";
import { printProgram } from "../../lang/compiler/print-program.ts";

const noPrograms: SymbolSource = { open: (path) => ({ kind: "failure", message: `no file ${path}` }) };

function probesOf(script: string): string {
  const { program, diagnostics } = compile({
    main: makeSource("<input>", script),
    symbols: noPrograms,
    stopAfter: 2,
    suppressWarnings: true,
    now: () => 0,
  });
  if (!program) {
    expect(diagnostics).not.toEqual([]);
    return "refused";
  }
  const text = printProgram(program);
  return text
    .slice(text.indexOf("# probes\n") + 9)
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("  "))
    .join("\n");
}

const text = readFileSync(new URL("points.txt", import.meta.url), "latin1").replace(/^(?:# .*\n)+/, "");
const cases = text
  .trim()
  .split("\n\n")
  .map((item) => item.split("\n==>\n") as [string, string]);

describe("probes of SystemTap", () => {
  test.each(cases)("%s", (script, expected) => expect(probesOf(script)).toBe(expected));
});
