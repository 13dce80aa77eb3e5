/** What the optimisations leave of scripts, what they warn of, and where types that do not fit are told. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { SymbolSource } from "../../abi/symbol-source.ts";
import type { Diagnostic } from "../../base/diagnostics.ts";
import { formatLoc, makeSource } from "../../base/source.ts";
import { type CompileOptions, compile } from "../../lang/compiler/compile.ts";
import { dumpNames } from "../../lang/compiler/dump.ts";
import { printProgram } from "../../lang/compiler/print-program.ts";
import { libraryOf } from "../../lang/compiler/tapset-library.ts";
import { bigScript } from "./big.ts";

const noPrograms: SymbolSource = { open: () => ({ kind: "failure", message: "no such file" }) };
const library = libraryOf([makeSource("oneshot.stp", "probe oneshot += begin { exit() }\n", "tapset")]);

function analyse(script: string, more: Partial<CompileOptions> = {}) {
  const main = makeSource("<input>", script);
  return compile({
    main,
    symbols: noPrograms,
    tapsets: library,
    stopAfter: 2,
    allWarnings: true,
    now: () => 0,
    ...more,
  });
}

function place({ loc }: Diagnostic): string {
  return loc ? formatLoc(loc).replace("<input>:", "") : "-";
}

// biome-ignore format: table
const kinds: { readonly [code: string]: string } = {
  "sem-dead-assignment": "EA", "sem-no-effect": "EE", "sem-never-assigned": "NA", "sem-elided-probe": "PE",
};

/** Leaves out what `bodies.txt` says it leaves out. */
function normalise(text: string): string {
  return text
    .replace(/[{};]/g, " ")
    .replace(/\w+:(long|string|unknown)(?=[,)])/g, "$1")
    .replace(/\s+/g, " ")
    .trim();
}

const cases = readFileSync(new URL("bodies.txt", import.meta.url), "latin1")
  .replace(/^# [A-Z].*\n(#.*\n)*/, "")
  .trim()
  .split("\n\n")
  .map((text) => text.split("\n") as [string, string, string, string]);

describe("what is left", () => {
  test.each(cases)("%s %s", (options, script, warnings, expected) => {
    const { diagnostics, program } = analyse(script, { unoptimised: options === "-u" });
    expect(
      diagnostics
        .map((item) => `${place(item)} ${kinds[item.code] ?? item.code}`)
        .sort()
        .join(", ") || "-",
    ).toBe(warnings);
    expect(program && normalise(printProgram(program, { bodies: true }))).toBe(normalise(expected));
  });
});

describe("where a mistake is told", () => {
  const lines = readFileSync(new URL("places.txt", import.meta.url), "latin1")
    .trim()
    .split("\n");
  test.each(lines.filter((line) => !line.startsWith("#")))("%s", (line) => {
    const [, expected, script] = /^(\S+) +(.*)$/.exec(line) ?? [];
    const errors = analyse(script ?? "").diagnostics.filter((item) => item.severity === "error");
    expect(errors[0] && place(errors[0])).toBe(expected);
  });
});

describe("warnings", () => {
  const script = "probe begin { x = 1; println(y + 1) } probe end { x = 2; 3 + 4 }";
  test("of several that say the same the first is shown", () => {
    const { diagnostics } = analyse(script, { allWarnings: false });
    expect(diagnostics.map((item) => `${place(item)} ${kinds[item.code]}`)).toEqual([
      "1:30 NA",
      "1:17 EA",
      "1:15 EE",
      "1:39 PE",
    ]);
    // x = 2 in the other probe
    const dead = diagnostics.find(({ code }) => code === "sem-dead-assignment");
    expect(dead?.hints).toEqual(["1 more place is like this; -v shows it."]);
  });
  test("-w hides them, -W makes errors of them", () => {
    expect(analyse(script, { suppressWarnings: true }).diagnostics).toEqual([]);
    expect(analyse(script, { warningsFatal: true }).diagnostics.every((item) => item.severity === "error")).toBe(true);
    expect(analyse(script, { warningsFatal: true }).program).toBeUndefined();
  });
});

describe("dumps", () => {
  const names = dumpNames().filter(({ name }) => name !== "emit");
  test.each(names)("after $name", ({ name, meaning }) => {
    expect(meaning).not.toBe("");
    const { dumps } = analyse("global a probe begin { a = 1 + 2; println(a) }", { dumpAfter: [name] });
    expect(dumps.map(({ pass }) => pass)).toEqual([name]);
    expect(dumps[0]?.text).toContain("println");
  });
});

test("a long script keeps all of its functions and has no mistakes", () => {
  const { diagnostics, program } = analyse(bigScript(2000));
  expect(diagnostics.filter((item) => item.severity === "error")).toEqual([]);
  expect(program?.functions.length).toBe(500);
});
