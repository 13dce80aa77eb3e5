/** Pass 1 on input that nobody would write: nothing throws, nothing takes long, and arguments are pasted rightly. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { makeSource } from "../../base/source.ts";
import { parse } from "../../lang/parser/parse.ts";
import { printFile } from "../../lang/print.ts";

function read(text: string, args: readonly string[] = []) {
  return parse(makeSource("<input>", text), { guru: true, args });
}

describe("size and nesting", () => {
  const deep = ["(", "[", "{", "!", "a[", "- ", "if (a) ", "f(", "a ? ", "%("].map((piece) => [piece] as const);
  test.each(deep)("128 KB of '%s' are refused in time", { timeout: 2000 }, (piece) => {
    const { diagnostics } = read(`probe begin { ${piece.repeat((1 << 17) / piece.length)}`);
    expect(diagnostics.length).toBeGreaterThan(0);
  });
});

describe("random input", () => {
  // biome-ignore format: table
  const words = [
    "probe", "begin", "{", "}", "(", ")", "[", "]", "global", "function", "a", "b", "1", '"s"', "=", "+=", ",", ";", "+",
    "if", "else", "for", "foreach", "in", "while", "try", "catch", "return", "delete", "limit", "?", ":", "->", "$x", "$$",
    "@cast", "@count", "@hist_log", "@var", "@x", "printf", "%{ 1 %}", "%(", "%)", "%?", "@define", "$1", "@1", "!", "*", ".",
    "<<<", "=~", "&", "++", "/*", "%", "private", '"', "\n",
  ];
  test("words of the language in any order", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...words), { maxLength: 60 }), (list) => void read(list.join(" "))),
      {
        numRuns: 1500,
      },
    );
  });
  test("bytes in any order", () => {
    const bytes = fc.uint8Array({ maxLength: 200 });
    fc.assert(
      fc.property(bytes, (list) => void read(String.fromCharCode(...list))),
      { numRuns: 1000 },
    );
  });
});

// the trees are those that stap 4.8 -p1 gives
describe("arguments of the script", () => {
  const cases: readonly (readonly [string, readonly string[], string])[] = [
    ["$1 * 2", ["5+5"], "(5) + ((5) * (2))"],
    ["f(@1)", ['a"b\\c\n'], String.raw`f("a\"b\\c\n")`],
    ["$# + strlen(@#)", ["x", "y"], '(2) + (strlen("2"))'],
    ['print("a" @1 "b")', ["x"], 'print("axb")'],
    ["$1abc = 3", ["x"], "(xabc) = (3)"],
    ["$1$2 = 3", ["x", "y"], "(x$2) = (3)"],
    ["a = $1$", ["$b->c"], "(a) = ($b->c->$)"],
    ["print(1) $1 */ print(2)", ["/*"], "print(1);\nprint(2)"],
    ['print($1 b")', ['"a'], 'print("a b")'],
    ["%( $# == 1 %? print(@1) %: $2 %)", ["x"], 'print("x")'],
  ];
  test.each(cases)("%s of %j", (expression, args, expected) => {
    const { file, diagnostics } = read(`probe begin { ${expression} }`, args);
    expect(diagnostics).toEqual([]);
    expect(printFile(file)).toContain(`{\n${expected};\n}`);
  });
  const wrong = [
    ["$2", ["a"]],
    ["$0", ["a"]],
    ["$1", ["$2", "b"]],
  ] as const;
  test.each(wrong)("%s of %j is refused", (expression, args) => {
    expect(read(`probe begin { ${expression} }`, args).diagnostics[0]?.code).toBe("parse-syntax");
  });
  test("what a conditional leaves out causes no errors, and a macro only where it is invoked", () => {
    const { diagnostics } = read("@define m(x) %( @x if ) %) probe begin { a = 1 %( 1 == 1 %? %: else ) ( %) }");
    expect(diagnostics).toEqual([]);
  });
});

describe("macros without end", () => {
  const cases = [
    ["one that invokes itself", "@define a %( @a %) probe begin { @a }"],
    ["two that invoke each other", "@define a(x) %( @b(@x) %) @define b(x) %( @a(@x) %) probe begin { @a(1) }"],
    ["an argument that grows", "@define a(x) %( @a(@x + @x) %) probe begin { @a(1) }"],
    ["one that doubles", doubling(40, "1")],
    ["one that doubles nothing", doubling(40, "")],
    ["one without end that ends a conditional", "@define a %( %( 1 == 1 %? @a %) %) probe begin { @a }"],
  ] as const;
  test.each(cases)("%s is refused in time", { timeout: 2000 }, (_, text) => {
    expect(read(text).diagnostics[0]?.code).toBe("parse-macro");
  });
});

function doubling(levels: number, last: string): string {
  const macros = Array.from({ length: levels }, (_, i) => `@define m${i} %( @m${i + 1} @m${i + 1} %)`).join("\n");
  return `${macros} @define m${levels} %( ${last} %) probe begin { @m0 }`;
}
