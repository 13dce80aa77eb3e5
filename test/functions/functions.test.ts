/** Drives `overloads.txt` (what chains of functions do) and `p2.txt` (how the reference prints functions). */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { formatLoc, makeSource } from "../../base/source.ts";
import { positionsOf } from "../../cli/position.ts";
import { compile } from "../../lang/compiler/compile.ts";
import { printProgram } from "../../lang/compiler/print-program.ts";
import { libraryOf } from "../../lang/compiler/tapset-library.ts";
import { verify } from "../../lang/compiler/verify.ts";
import { formatPlace } from "../../runtime/error-place.ts";
import { loadModule } from "../../runtime/load.ts";
import { runModule } from "../emit/kit.ts";
import { oraclesRequired } from "../oracles.ts";

function analyse(script: string, library = "") {
  return compile({
    main: makeSource("<input>", script),
    symbols: { open: () => ({ kind: "failure", message: "no such file" }) },
    tapsets: libraryOf([makeSource("lib.stp", library, "tapset")]),
    now: () => 0,
  });
}

function run(script: string, library = ""): string {
  const { module, diagnostics } = analyse(script, library);
  if (!module) throw new Error(diagnostics.map((item) => item.message).join("\n"));
  const compiled = loadModule(module.code);
  return runModule(compiled, { limits: compiled.manifest.limits }).text;
}

const read = (name: string): string => readFileSync(new URL(name, import.meta.url), "utf8");

describe("what a call runs", () => {
  const cases = read("overloads.txt")
    .split(/^=== /m)
    .slice(1)
    .map((text) => /^(.*)\n([\s\S]*?)\n==>\n([\s\S]*)$/.exec(text)?.slice(1) as [string, string, string]);
  test.each(cases)("%s", (_, script, expected) => {
    expect(run(script).trim()).toBe(expected.trim());
  });
});

describe("how -p2 prints functions", () => {
  const cases = read("p2.txt")
    .replace(/^(# [^gfp][^\n]*\n)+\n/, "")
    .trim()
    .split("\n\n")
    .map((text) => text.split("\n==>\n") as [string, string]);
  test.each(cases)("%s", (script, expected) => {
    const { program } = analyse(script);
    expect(program && printProgram(program).trim()).toBe(expected);
  });
  const oracle = new URL("../../tools/oracle-stap.sh", import.meta.url).pathname;
  test.runIf(oraclesRequired).each(cases)("the reference: %s", (script, expected) => {
    const text = execFileSync(oracle, ["-p2", "-e", script], {
      encoding: "latin1",
      stdio: ["ignore", "pipe", "ignore"],
    });
    const withoutItsC = text.replace(/# global embedded code\n%\{[\s\S]*?\n%\}\n/g, "");
    expect(withoutItsC.trim()).toBe(expected);
  });
});

describe("library functions", () => {
  const library = `
    function twice:long(n:long) { return n * 2 }
    function fallen:long(n:long) { if (n) next; return 1 }
    private function hidden() { return 1 }
    private secret = 5
    function reveal() { return secret + hidden() }`;

  // biome-ignore format: table
  test.each([
    ["are found", "probe begin { println(twice(4)) }", "8"],
    ["give way to the script's", "function twice(n) { return 0 } probe begin { println(twice(4)) }", "0"],
    ["stand behind the script's", "function twice(n) { if (n) next; return -1 } probe begin { println(twice(4), twice(0)) }", "8-1"],
    ["come before the script's of a later priority", "function twice(n):2 { return 0 } probe begin { println(twice(4)) }", "8"],
    ["come before the script's of the same priority", "function twice(n):1 { return 0 } probe begin { println(twice(4)) }", "8"],
    ["can move on to the script's", "function fallen(n):2 { return 7 } probe begin { println(fallen(1)) }", "7"],
    ["of another arity are there too", "function twice(a, b) { return a } probe begin { println(twice(1, 2), twice(3)) }", "16"],
    ["see what is private in their file", "probe begin { println(reveal()) }", "6"],
    ["do not see the script's private ones", "private function hidden() { return 50 } private secret = 70 probe begin { println(reveal(), hidden(), secret) }", "65070"],
  ])("%s", (_, script, expected) => {
    expect(run(script, library).trim()).toBe(expected);
  });

  test("that are private do not exist outside", () => {
    const [first] = analyse("probe begin { println(hidden()) }", library).diagnostics;
    expect(first?.code).toBe("sem-unresolved");
  });
});

describe("what is refused", () => {
  // The place is where the reference points, too.
  // biome-ignore format: table
  test.each([
    ["1:50", "sem-arity", "takes 1 arguments, not 2", "function f(a) { return a } probe begin { println(f(1,2)) }"],
    ["1:83", "sem-arity", "takes 0 or 2 arguments, not 1", "function f() { return 1 } function f(a, b) { return a + b } probe begin { println(f(1)) }"],
    ["1:44", "sem-unresolved", "similar: foo", "function foo(a) { return 1 } probe begin { fooo(1) }"],
    ["1:92", "sem-type", "type mismatch", 'function f(a) { if (a) next; return "x" } function f(a) { return 1 } probe begin { println(f(1)) }'],
    ["1:91", "sem-type", "type mismatch", "function f(a:long) { return 1 } function f(a:string) { return 2 } probe begin { println(f(1)) }"],
    ["1:46", "sem-type", "returns no value", "function f(a) { next } probe begin { println(f(1)) }"],
    ["1:51", "sem-type", "returns no value", 'function f() { print("x") } probe begin { println(f()) }'],
  ])("%s %s", (place, code, message, script) => {
    const [first] = analyse(script).diagnostics.filter((item) => item.severity === "error");
    expect(first?.loc && formatLoc(first.loc)).toBe(`<input>:${place}`);
    expect(first?.code).toBe(code);
    expect(first?.message).toContain(message);
  });
});

test("an exhausted chain is an error of the call", () => {
  const { module } = analyse("function f(a) { if (a) next; return 1 }\nprobe begin {\n  println(1 + f(1)) }");
  const [error] = module ? runModule(loadModule(module.code)).errors : [];
  expect(formatPlace(error, positionsOf(module?.map ?? ""))).toBe(" near identifier 'f' at <input>:3:15");
});

test("a function that stands alone is called directly", () => {
  const { module } = analyse("function f(a) { return a + 1 } probe begin { println(f(1)) }");
  expect(module?.code).toContain("f_f(c, 1)");
  expect(module?.code).not.toContain("c.next");
});

test("long chains of calls through overloaded functions keep the contract", () => {
  const functions = Array.from(
    { length: 150 },
    (_, i) => `function f${i}(a) { if (a) next; return f${i + 1}(a) } function f${i}(a) { return f${i + 1}(a) }`,
  );
  const { module } = analyse(`${functions.join("\n")} function f150(a) { return a } probe begin { println(f0(1)) }`);
  expect(module && verify(module.code)).toEqual([]);
});
