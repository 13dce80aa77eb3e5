/** Macros of `.stpm` files, and what scripts can ask about their surroundings. */
import { describe, expect, test } from "vitest";
import { makeSource } from "../../base/source.ts";
import { modelEnvironment } from "../../lang/parser/environment.ts";
import { LibraryMacros } from "../../lang/parser/library-macros.ts";
import { parse } from "../../lang/parser/parse.ts";
import { printFile } from "../../lang/print.ts";

function read(script: string, files: { readonly [name: string]: string }, read: string[] = []) {
  const sources = Object.entries(files).map(([name, text]) => makeSource(name, text, "tapset"));
  const library = new LibraryMacros(
    (name) =>
      sources.filter((source) => {
        if (source.text.includes(name)) read.push(source.name);
        return source.text.includes(name);
      }),
    { environment: modelEnvironment, compatible: undefined, guru: false },
  );
  const { file, diagnostics } = parse(makeSource("<input>", script), { macros: library });
  return {
    body: printFile(file)
      .replace(/[\s\S]*\{\n/, "")
      .replace(/;\n\}\s*$/, ""),
    messages: [...library.diagnostics, ...diagnostics].map(({ message }) => message),
    related: diagnostics.flatMap(({ related }) => related?.map(({ message }) => message) ?? []),
  };
}

describe("macros of the library", () => {
  const files = {
    "a.stpm": "@define twice(x) %( (@x + @x) %) @define four %( @twice(2) %)",
    "b.stpm": "@define one %( 1 %)",
  };
  test.each([
    ["probe begin { @twice(a) }", "(a) + (a)"],
    ["probe begin { @four }", "(2) + (2)"],
    ["@define one %( 7 %) probe begin { @one }", "7"],
    ["@define twice(x) %( 3 %) probe begin { @four }", "(2) + (2)"],
    ["@define mine(x) %( @twice(@x) %) probe begin { @mine(b) }", "(b) + (b)"],
  ])("%s", (script, expected) => {
    expect(read(script, files)).toMatchObject({ body: expected, messages: [] });
  });

  test("a file that does not mention the macro is not read", () => {
    const asked: string[] = [];
    expect(read("probe begin { @one }", { ...files, "bad.stpm": "nonsense" }, asked).messages).toEqual([]);
    expect(asked).toEqual(["b.stpm"]);
  });

  test.each([
    [
      "one that is defined twice",
      { "a.stpm": "@define m %( 1 %)", "b.stpm": "@define m %( 2 %)" },
      /defined twice in the library/,
    ],
    ["a file with more than definitions", { "a.stpm": "@define m %( 1 %) probe begin {}" }, /expected '@define'/],
    ["a body that needs the script's macros", { "a.stpm": "@define m %( @own %)" }, /unknown operator '@own'/],
  ])("%s is refused", (_, library, message) => {
    const { messages } = read("@define own %( 1 %) probe begin { @m }", library);
    expect(messages.join("\n")).toMatch(message);
  });

  test("definitions in a conditional count when it holds", () => {
    const library = { "a.stpm": '%( arch == "riscv" %? @define m %( 1 %) %: @define m %( 2 %) %)' };
    expect(read("probe begin { @m }", library).body).toBe("1");
  });

  test("an error names every macro that it came through", () => {
    const { related } = read("probe begin { @outer }", {
      "a.stpm": "@define inner %( 1 + %) @define outer %( @inner ) %)",
    });
    expect(related).toEqual(["in the expansion of macro '@outer'"]);
  });
});

describe("what conditionals ask", () => {
  test.each([
    ['arch == "riscv"', true],
    ['kernel_v >= "6.6"', true],
    ['kernel_v == "6.*"', true],
    ['runtime == "kernel"', true],
    ['runtime == "utap"', true],
    ['runtime == "dyninst"', false],
    ['runtime != "bpf"', true],
    ['systemtap_v >= "5.6"', true],
    ['CONFIG_UPROBES == "y"', true],
    ['CONFIG_NONE == ""', true],
    ["guru_mode == 0", true],
  ])("%s is %s", (condition, holds) => {
    expect(read(`probe begin { %( ${condition} %? yes %: no %) }`, {})).toMatchObject({
      body: holds ? "yes" : "no",
      messages: [],
    });
  });
});
