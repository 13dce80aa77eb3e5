/** Embedded JavaScript: `cases.txt` run, what is refused and where, where errors come from, what the verifier takes. */
import { readFileSync } from "node:fs";
import { SourceMapConsumer } from "source-map";
import { describe, expect, test } from "vitest";
import { formatLoc, makeSource } from "../../base/source.ts";
import { compile } from "../../lang/compiler/compile.ts";
import { libraryOf } from "../../lang/compiler/tapset-library.ts";
import { verify } from "../../lang/compiler/verify.ts";
import { loadModule, MODULE_LINE_OFFSET, MODULE_URL } from "../../runtime/load.ts";
import { runModule } from "../emit/kit.ts";

function translate(script: string, { library = "", guru = true } = {}) {
  return compile({
    main: makeSource("<input>", script),
    guru,
    symbols: { open: () => ({ kind: "failure", message: "no such file" }) },
    tapsets: libraryOf([makeSource("lib.stp", library, "tapset")]),
    now: () => 0,
  });
}

function run(script: string, options = {}) {
  const { module, diagnostics } = translate(script, options);
  if (!module) throw new Error(diagnostics.map((item) => item.message).join("\n"));
  return { module, ...runModule(loadModule(module.code)) };
}

function firstError(script: string, options = {}) {
  const [first] = translate(script, options).diagnostics.filter((item) => item.severity === "error");
  return { code: first?.code, place: first?.loc && formatLoc(first.loc), message: first?.message ?? "" };
}

describe("what it does", () => {
  const cases = readFileSync(new URL("cases.txt", import.meta.url), "utf8")
    .split(/^=== /m)
    .slice(1)
    .map((text) => /^(.*)\n([\s\S]*?)\n==>\n([\s\S]*)$/.exec(text)?.slice(1) as [string, string, string]);
  test.each(cases)("%s", (_, script, expected) => {
    expect(run(script).text.trim()).toBe(expected.trim());
  });
});

describe("what it may not say", () => {
  const body = (code: string): string => `function f:long(a:long) %{ ${code} %} probe begin { println(f(1)) }`;

  // Columns count from 1; the code of a body begins at column 28.
  // biome-ignore format: table
  test.each([
    ["a syntax error", body("return 1 +;"), "1:38", "no JavaScript"],
    ["a syntax error further down", body("\n  if (1 {\n"), "2:9", "no JavaScript"],
    ["a brace too much", body("} {"), "1:28", "no JavaScript"],
    ["an unknown name", body("return undefind;"), "1:35", "unresolved name 'undefind' (similar: undefined"],
    ["an unknown macro", body("STAP_RETRUN(1);"), "1:28", "no macro STAP_RETRUN (similar: STAP_RETURN"],
    ["an unknown parameter", body("return STAP_ARG_b;"), "1:35", "no parameter 'b'"],
    ["import", body('import("fs");'), "1:28", "import has no place"],
    ["import.meta", body("return import.meta.url;"), "1:35", "import.meta has no place"],
    ["await", body("await 1;"), "1:28", "await has no place"],
    ["async", body("(async () => 1)();"), "1:29", "async function has no place"],
    ["eval", body("eval('1');"), "1:28", "'eval' is withheld"],
    ["the constructor of functions", body("Function('1');"), "1:28", "'Function' is withheld"],
    ["the host", body("process.exit();"), "1:28", "'process' is withheld"],
    ["the clock", body("return Date.now();"), "1:35", "gettimeofday_us"],
    ["chance", body("return Math.random();"), "1:35", "randint"],
    ["names of the module", body("return rt.add(1, 2);"), "1:35", "unresolved name 'rt'"],
    ["the context", body("c.left = 1000000;"), "1:28", "unresolved name 'c'"],
    ["a builtin as a value", body("return [1].map(strlen)[0];"), "1:43", "can only be called"],
    ["an HTML comment", body("let x = 1; x<!--x\n;"), "1:40", "'<!--' has no place"],
    ["a source URL", body("//# sourceURL=x.js\n"), "1:28", "has no place"],
    ["a reserved name", body("let STAP_x = 1;"), "1:32", "reserved"],
    ["STAP_RETURN in an inner function", body("[1].map(() => { STAP_RETURN(1); });"), "1:44", "inner function"],
    ["STAP_RETURN as a value", body("return STAP_RETURN(1);"), "1:35", "is a statement"],
    ["STAP_NEXT as a value", body("return STAP_NEXT + 1;"), "1:35", "is a statement"],
    ["a global without its marker", `global x = 1 ${body("return STAP_GLOBAL_GET_x();")}`, "1:48", "pragma:read:x"],
    ["a global with the other marker", `global x = 1 ${body("/* pragma:read:x */ STAP_GLOBAL_SET_x(1);")}`, "1:61", "pragma:write:x"],
    ["no expression", "probe begin { println(%{ 1; %}) }", "1:27", "no JavaScript"],
    ["nothing as an expression", "probe begin { println(%{ %}) }", "1:26", "no JavaScript"],
    ["two expressions", "probe begin { println(%{ 1) + (2 %}) }", "1:25", "no JavaScript"],
    ["STAP_RETVALUE in an expression", "probe begin { println(%{ STAP_RETVALUE %}) }", "1:26", "is of functions"],
    ["a parameter in an expression", "function f(a) { return %{ STAP_ARG_a %} } probe begin { println(f(1)) }", "1:27", "no parameters here"],
    ["a statement at top level", "%{ let x = 1; x++; %} probe begin { println(1) }", "1:15", "declarations"],
    ["two declarations at top level", "%{ let x = 1; %} %{ let x = 2; %} probe begin { println(1) }", "1:25", "declared twice"],
    ["a global at top level", "%{ const f = () => STAP_GLOBAL_GET_x(); %} global x = 1 probe begin { println(x) }", "1:20", "not at top level"],
    ["a builtin at top level", "%{ const f = () => pid(); %} probe begin { println(1) }", "1:20", "needs a probe hit"],
  ])("%s", (_, script, place, message) => {
    const error = firstError(script);
    expect(error).toMatchObject({ code: "emit-embedded", place: `<input>:${place}` });
    expect(error.message).toContain(message);
  });

  test.each([
    "#include <linux/sched.h>\nint x;",
    "struct task_struct *p = current;",
    "STAP_RETVALUE = (long) STAP_ARG_a;",
    "STAP_RETVALUE = current->pid;",
    'strlcpy(STAP_RETVALUE, "x", MAXSTRINGLEN);',
    "int i = 5; STAP_RETVALUE = i;",
    "STAP_RETVALUE = THIS->a;",
    'printk("x");',
    "STAP_RETVALUE = smp_processor_id();",
  ])("C: %s", (code) => {
    expect(firstError(body(code)).message).toContain("is C, and utap runs JavaScript");
  });

  test("JavaScript with a mistake is not called C", () => {
    for (const code of ["return 1 +;", "const f = (a) => { a->b };".replace("->", "- >"), "let x = {;"])
      expect(firstError(body(code)).message).not.toContain("is C");
  });
});

describe("who may use it", () => {
  const library = `
    function plain:long() %{ return 1 %}
    function dangerous:long() %{ /* guru */ return 2 %}
    function inside:long() { return %{ 3 %} }`;
  const inLibrary = (name: string, guru: boolean) => ({ script: `probe begin { println(${name}()) }`, guru });

  // Place and verdict are the reference's.
  test.each([
    "function f:long() %{ %} probe begin { println(f()) }",
    "probe begin { println(%{ 1 %}) }",
    "%{ %} probe begin { println(1) }",
  ])("not without -g: %s", (script) => {
    const error = firstError(script, { guru: false });
    expect(error.code).toBe("parse-guru");
    expect(error.message).toContain("-g");
  });
  test.each(["plain", "inside"])("the library without -g: %s", (name) => {
    const { script, guru } = inLibrary(name, false);
    expect(run(script, { guru, library }).text.trim()).toMatch(/^[13]$/);
  });
  test("/* guru */ in the library", () => {
    const { script } = inLibrary("dangerous", false);
    expect(firstError(script, { guru: false, library })).toMatchObject({ code: "sem-context", place: "<input>:1:23" });
    expect(run(script, { library }).text.trim()).toBe("2");
  });
});

describe("what the reference refuses too", () => {
  // biome-ignore format: table
  test.each([
    ["1:61", "sem-type", "function f() %{ STAP_RETVALUE = 1; %} probe begin { println(f()) }"],
    ["1:83", "sem-type", 'function f:long(a) %{ STAP_RETVALUE = 1; %} probe begin { println(f(1)) println(f("x")) }'],
    ["1:19", "sem-context", "function f:long() %{ /* stable */ STAP_RETVALUE = 1; %} probe begin { println(f()) }"],
    ["1:19", "sem-unresolved", "function f:long() %{ /* pragma:read:x */ %} probe begin { println(f()) }"],
    ["1:8", "sem-type", "global x function f:long() %{ /* pragma:read:x */ %} probe begin { println(f()) }"],
    ["1:8", "sem-type", "global s function f:long() %{ /* pragma:read:s */ %} probe begin { s <<< 2 println(f()) }"],
  ])("%s %s %s", (place, code, script) => {
    expect(firstError(script)).toMatchObject({ place: `<input>:${place}`, code });
  });
});

describe("where an error comes from", () => {
  // biome-ignore format: table
  test.each([
    ["a function", "function f:long() %{\n  const o = null;\n  return o.member;\n%}\nprobe begin { println(f()) }", "identifier 'member' 3:12"],
    ["behind a macro on its line", "function f:long(n:long) %{ if (!STAP_ARG_n) STAP_RETURN(null.x); %} probe begin { println(f(0)) }", "identifier 'x' 1:62"],
    ["an expression", "probe begin {\n  println(%{ [].reduce((a) => a) %})\n}", "identifier 'reduce' 2:17"],
    ["top-level code", "%{\nfunction g(n) { return n.a.b }\n%}\nfunction f:long() %{ return g(1) %} probe begin { println(f()) }", "identifier 'b' 2:28"],
  ])("%s", (_, script, place) => {
    const { module, errors } = run(script);
    const frame = new RegExp(`${MODULE_URL}:(\\d+):(\\d+)`).exec(errors[0]?.stack ?? "");
    const map = new SourceMapConsumer(JSON.parse(module.map));
    const at = map.originalPositionFor({ line: Number(frame?.[1]) - MODULE_LINE_OFFSET, column: Number(frame?.[2]) - 1 });
    expect(`${at.name} ${at.line}:${(at.column ?? -2) + 1}`).toBe(place);
  });
});

describe("the verifier", () => {
  const { module } = translate(
    "global x = 1 function f:long() %{ /* pragma:read:x */ return 1 %} probe begin { println(f(), x) }",
  );
  const code = module?.code ?? "";

  test("takes embedded code only of a program that has some", () => {
    expect(verify(code, { embedded: true })).toEqual([]);
    expect(verify(code)[0]?.code).toBe("emit-contract");
  });

  // biome-ignore format: table
  test.each([
    ["another function of embedded code", "js.f_f(c)", "js.f_g(c)"],
    ["a function of embedded code as a value", "js.f_f(c)", "js.f_f"],
    ["a function of embedded code without its context", "js.f_f(c)", "js.f_f(0)"],
    ["a member of all objects", "js.f_f(c)", "js.toString(c)"],
    ["embedded code called from outside", "js.f_f(c)", "embedded(c)"],
    ["the runtime handed on", "rt.embed(embedded, {", "rt.embed(rt, {"],
    ["another maker", "rt.embed(embedded, {", "rt.embed(() => 1, {"],
    ["an accessor with an effect", "get: () => g_x", "get: () => print(g_x)"],
    ["a result that is no function of it", "f_f: STAP_FUNCTION_f_f", "f_f: eval"],
    ["another parameter", "function embedded(STAP_RUNTIME)", "function embedded(rt)"],
    ["a fourth statement", "function embedded(", "let x = 1;\nfunction embedded("],
    ["an export in embedded code", "let STAP_RETVALUE", "`\nexport const manifest = 1`;\nlet STAP_RETVALUE"],
    ["a source URL in embedded code", "let STAP_RETVALUE", "//# sourceURL=x\nlet STAP_RETVALUE"],
    ["a block comment outside", "let g_x", "/* */ let g_x"],
  ])("refuses %s", (_, part, instead) => {
    expect(code).toContain(part);
    expect(verify(code.replace(part, () => instead), { embedded: true })[0]?.code).toBe("emit-contract");
  });
});
