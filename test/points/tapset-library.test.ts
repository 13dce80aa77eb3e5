/** What the scan of a library file finds, and what a library answers. */
import { describe, expect, test } from "vitest";
import { makeSource } from "../../base/source.ts";
import { libraryOf, makeLibrary, scanNames, tapsetFile } from "../../lang/compiler/tapset-library.ts";

describe("the scan of a text", () => {
  const none = { function: [], global: [], alias: [], macro: [] };
  // biome-ignore format: table
  const cases: readonly [string, Partial<ReturnType<typeof scanNames>>][] = [
    ["function f() { return g() } function h:string (a) { }",       { function: ["f", "h"] }],
    ["function string () { } function a.b() {}",                    { function: ["string", "a"] }],
    ["private function f() { } function g() {}",                    { function: ["g"] }],
    ["global a, b = 5, c[10], d%[3], e = \"x, y\"; function f() {}", { global: ["a", "b", "c", "d", "e"], function: ["f"] }],
    ["private global a, b private c global d",                      { global: ["d"] }],
    ["probe a.b = begin { x = 1 } probe c += end {} probe end {}",  { alias: ["a.b", "c"] }],
    ["probe a = b.function = process.function(\"x\").return, begin {}, {}", { alias: ["a", "b.function"] }],
    ["probe a.return = begin {} probe a.global = end {}",           { alias: ["a.return", "a.global"] }],
    ["// function no()\n/* global n */ # probe x = y {}\nfunction yes() { \"}\" . \"{\" }", { function: ["yes"] }],
    ["function f() %{ function g() { } %} function h() { println($#) }", { function: ["f", "h"] }],
    ["@define one %( 1 %)\n@define two(a, b) %( @a + @b %)",        { macro: ["one", "two"] }],
    ["%( arch == \"x\" %? function f() {} %: global g %)",          { function: ["f"], global: ["g"] }],
  ];
  test.each(cases)("%s", (text, expected) => expect(scanNames(text)).toEqual({ ...none, ...expected }));
});

test("a library reads nothing before it is asked, and each file once", () => {
  const read: string[] = [];
  const file = (name: string, text: string) =>
    tapsetFile(name, () => {
      read.push(name);
      return text;
    });
  const library = makeLibrary(() => [file("a.stp", "function f() {}"), file("b.stp", "function f() {} global g")]);
  expect(read).toEqual([]);
  expect(library.filesDefining("function", "f").map((source) => source.name)).toEqual(["a.stp", "b.stp"]);
  expect(library.filesDefining("global", "g").map((source) => source.name)).toEqual(["b.stp"]);
  expect([...library.names("function")]).toEqual(["f"]);
  expect(library.filesDefining("alias", "f")).toEqual([]);
  expect(read).toEqual(["a.stp", "b.stp"]);
});

test("a file whose names are known is not read to answer", () => {
  const names = { function: ["f"], global: [], alias: [], macro: [] };
  const library = makeLibrary(() => [
    tapsetFile("a.stp", () => "function f() {}", names),
    tapsetFile("b.stp", () => expect.unreachable(), { ...names, function: ["g"] }),
  ]);
  expect(library.filesDefining("function", "f").map((source) => source.role)).toEqual(["tapset"]);
});

test("texts at hand", () => {
  const library = libraryOf([makeSource("x", "probe a.b = begin {}", "tapset")]);
  expect([...library.names("alias")]).toEqual(["a.b"]);
});

test("macros are for others in .stpm files only", () => {
  const text = "@define m %( 1 %)";
  const library = libraryOf([makeSource("a.stp", text, "tapset"), makeSource("b.stpm", text, "tapset")]);
  expect(library.filesDefining("macro", "m").map((source) => source.name)).toEqual(["b.stpm"]);
});
