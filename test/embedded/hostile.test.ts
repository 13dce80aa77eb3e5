/** Whatever stands between `%{` and `%}`: the compiler answers, and a module that it makes keeps its contract and loads. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { scriptLimits } from "../../base/limits.ts";
import { makeSource } from "../../base/source.ts";
import { compile } from "../../lang/compiler/compile.ts";
import { makeRuntimeApi } from "../../runtime/api.ts";
import { loadModule } from "../../runtime/load.ts";
import type { Output } from "../../runtime/output.ts";

// biome-ignore format: table
const tokens = [
  "STAP_ARG_a", "STAP_RETVALUE", "STAP_RETURN", "STAP_RETURN(1)", "STAP_NEXT", "STAP_NEXT;", "STAP_ERROR", "STAP_PRINTF(", "STAP_GLOBAL_GET_g()",
  "STAP_GLOBAL_SET_g(", "/* pragma:read:g */", "/* pragma:write:g */", "/* pure */", "/* string */", "/* unmangled */", "/*", "*/", "//", "\n",
  "return", "return 1", "let x", "const y = 1", "var z", "x", "y", "a", "function f(b) {", "class C {", "=>", "(a) =>", "...", "[", "]", "{", "}", "(", ")",
  ";", ",", "=", "+", "-", "++", "?", ":", ".", "?.", "`", "${", "\"", "'", "\\", "1", "0x1n", "1n", "/x/g", "strlen(", "pid()", "Math", "if (1)", "else",
  "for (;;)", "while (0)", "do", "switch (x) {", "case 1:", "try {", "catch (e) {", "throw 1", "new", "this", "arguments", "yield", "async", "await",
  "import", "export", "static {", "get", "#p", "label:", "break label", "->", "struct x *", "#include <x>", "<!--", "-->", "\u2028", "\u00ff", "\0",
] as const;

const code = fc.array(fc.constantFrom(...tokens), { maxLength: 14 }).map((parts) => parts.join(" "));

function accepts(script: string): boolean {
  const { module, diagnostics } = compile({
    main: makeSource("<input>", script),
    guru: true,
    symbols: { open: () => ({ kind: "failure", message: "no such file" }) },
    now: () => 0,
  });
  // What is wrong is said of the script; a module that breaks its contract would be our own mistake.
  expect(diagnostics.filter((item) => item.code === "emit-contract")).toEqual([]);
  if (!module) return false;
  const compiled = loadModule(module.code);
  const rt = makeRuntimeApi({
    manifest: compiled.manifest,
    limits: scriptLimits,
    output: { print: () => {} } as unknown as Output,
    builtins: {},
    readMemory: () => undefined,
  });
  // Evaluates the text of embedded code, but for top-level declarations runs none of it.
  return compiled.instantiate(rt).probes.length > 0;
}

describe("random embedded code", () => {
  const places: { readonly [place: string]: (code: string) => string } = {
    "as a body": (text) => `global g = 1 function f:long(a:long) %{ ${text} %} probe begin { println(f(1), g) }`,
    "as an expression": (text) => `global g = 1 probe begin { println(%{ ${text} %}, g) }`,
    "behind what is right": (text) =>
      `global g = 1 function f:long(a:long) %{ return 1; ${text} %} probe begin { println(f(1), g) }`,
  };
  test.each(Object.entries(places))("%s", (_, place) => {
    fc.assert(
      fc.property(code, (text) => {
        fc.pre(!text.includes("%}"));
        expect(typeof accepts(place(text))).toBe("boolean");
      }),
      { numRuns: Number(process.env.FUZZ_RUNS ?? 200), seed: 7 },
    );
  });

  test("some of it is accepted", () => {
    const accepted = fc
      .sample(code, { numRuns: 150, seed: 7 })
      .filter((text) => accepts(places["as a body"]?.(text) ?? ""));
    expect(accepted.length).toBeGreaterThan(5);
  });
});

test("nesting deeper than any stack", () => {
  for (const [open, close] of [
    ["(", ")"],
    ["[", "]"],
    ["{", "}"],
    ["() => {", "}"],
    ["if (1) ", ""],
  ] as const) {
    const text = open.repeat(50_000) + close.repeat(50_000);
    expect(accepts(`function f:long() %{ ${text} %} probe begin { println(f()) }`)).toBe(false);
  }
});
