/** Drives pass 2 over the cases of `p2.txt` (accepted scripts) and `errors.txt` (refused ones). */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { SymbolSource } from "../../abi/symbol-source.ts";
import { formatLoc, makeSource } from "../../base/source.ts";
import { compile } from "../../lang/compiler/compile.ts";
import { printProgram } from "../../lang/compiler/print-program.ts";
import { libraryOf } from "../../lang/compiler/tapset-library.ts";
import { oraclesRequired } from "../oracles.ts";
import { normaliseProgram } from "../reference/normalise.ts";

const noPrograms: SymbolSource = { open: () => ({ kind: "failure", message: "no such file" }) };
const library = makeSource("oneshot.stp", "probe oneshot += begin { exit() }\n", "tapset");

function analyse(script: string) {
  return compile({
    main: makeSource("<input>", script),
    symbols: noPrograms,
    tapsets: libraryOf([library]),
    stopAfter: 2,
    suppressWarnings: true,
    now: () => 0,
  });
}

function read(name: string): string {
  const text = readFileSync(new URL(name, import.meta.url), "latin1");
  return text.replace(/^#[^\n]*\n/gm, (line) => (/^# (globals|functions|probes)\n$/.test(line) ? line : ""));
}

const cases = read("p2.txt")
  .trim()
  .split("\n\n")
  .map((text) => text.split("\n==>\n") as [string, string]);

describe("what -p2 prints", () => {
  test.each(cases)("%s", (script, expected) => {
    const { diagnostics, program } = analyse(script);
    expect(diagnostics).toEqual([]);
    expect(program && normaliseProgram(printProgram(program))).toBe(expected);
  });
});

describe("what pass 2 refuses", () => {
  const lines = read("errors.txt").trim().split("\n");
  test.each(lines)("%s", (line) => {
    const [, code, place, , count, script] = /^(\S+) +(\S+) +(\S+) +(\d+) +(.*)$/.exec(line) ?? [];
    const { diagnostics, program } = analyse(script ?? "");
    const [first] = diagnostics;
    expect(program).toBeUndefined();
    expect(first?.code).toBe(code);
    expect(first?.loc ? formatLoc(first.loc).replace("<input>:", "") : "-").toBe(place);
    expect(diagnostics.length).toBe(Number(count));
  });
});

// Some 0.3 s a script, so only on demand: the recorded texts are still what the reference prints.
const oracle = new URL("../../tools/oracle-stap.sh", import.meta.url).pathname;
describe.runIf(oraclesRequired)("the reference", () => {
  test("is there", () => expect(existsSync(oracle)).toBe(true));
  const plain = cases.filter(([script]) => !/process\.syscall|gettimeofday_us/.test(script));
  test.each(plain)("%s", (script, expected) => {
    const text = execFileSync(oracle, ["-p2", "-e", script], {
      encoding: "latin1",
      stdio: ["ignore", "pipe", "ignore"],
    });
    expect(normaliseProgram(text)).toBe(expected);
  });
});
