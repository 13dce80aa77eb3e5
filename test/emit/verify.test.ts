/**
 * The verifier against modules that someone means ill with: each breaks the contract in one way.
 *
 * `MODULE` is a small module that keeps the contract; a hostile one is the same with one part replaced, so what
 * is refused is that part. The place in the message is where the part stands.
 */
import { describe, expect, test } from "vitest";
import { lineColumn } from "../../base/source.ts";
import { verify } from "../../lang/compiler/verify.ts";

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: they are code
const MODULE = `export const manifest = { "abi": 1, "script": "x" };
export function instantiate(rt) {
  const { add, caught, outOfActions, print } = rt;
  let g_n = 0;
  const g_a = rt.globals[1];
  const fmt_0 = rt.format("%d");
  function f_x(c, l_p) {
    if ((c.left -= 1) < 0) outOfActions();
    let l_q = 0, t_0;
    c.enter();
    try {
      return f_x(c, l_p);
    } finally {
      c.leave();
    }
  }
  function probe_0(c) {
    let l_x = 0, l_s = "", t_0;
    /*BODY*/;
    g_n = add(g_n, 1);
  }
  return {
    probes: [probe_0],
    scalars: {
      n: { get: () => g_n, set: (v) => { g_n = v; } },
    },
  };
}
`.replace("    /*BODY*/;\n", "    BODY();\n");

/** The module with a statement in its handler. */
function withBody(statement: string): string {
  return MODULE.replace("BODY();", () => statement);
}

const LOOP = "if ((c.left -= 1) < 0) outOfActions();";

// biome-ignore format: table
const accepted: { readonly [name: string]: string } = {
  "a comparison": "l_x = l_x < 3 && l_s === \"a\" ? 1 : 0;",
  "a key join": "g_a.set(t_0 = `${l_x}\\0${l_s}`, add(g_a.get(t_0), 1));",
  "a builtin": "rt.fn.exit(c);",
  "a loop": `while (true) { ${LOOP} break; }`,
  "a walk": `for (const a_0 = g_a.walk({ by: 0, direction: -1, slice: [null, 2], limit: l_x }); a_0.next();) { ${LOOP} l_x = a_0.key(0); t_0 = a_0.value; }`,
  "a walk over keys": `for (const a_0 = g_a.walkKeys(); a_0.next();) { ${LOOP} l_x = a_0.key(8); }`,
  "a catch": "try { f_x(c, 1n); } catch (e_0) { l_s = caught(e_0); }",
  "an aggregate": "print(fmt_0(g_a.at(l_x).count()));",
  "a slice": "if (g_a.hasMatching([null, -1])) g_a.deleteMatching([1, null]);",
  "a step": "g_n = g_n >= 0 && g_n < 1073741823 ? g_n + 1 : add(g_n, 1);",
  "a target": "l_x = c.target(0, l_x);",
};

/** Declarations of the handler: what is called once. */
// biome-ignore format: table
const constants: { readonly [name: string]: readonly [declarations: string, statement: string, refused?: string] } = {
  "at the top":              ["const s_pid = rt.fn.pid(c);", "l_x = add(s_pid, s_pid);"],
  "later":                   ["let s_tid, s_uid;", "l_x = add(s_tid ??= rt.fn.tid(c), s_tid ??= rt.fn.tid(c));"],
  "assigned":                ["const s_pid = rt.fn.pid(c);", "s_pid = 1;", "an assignment to what is no variable"],
  "filled again":            ["const s_pid = rt.fn.pid(c);", "l_x = s_pid ??= 1;", "??= on what has a value"],
  "filled, a variable":      ["", "l_x ??= 1;", "??= on what has a value"],
  "read and not filled":     ["let s_tid;", "l_x = s_tid;", "s_tid is no variable of the module"],
  "of another call":         ["const s_pid = f_x(c, 1);", "", "a constant is what a builtin gives"],
  "of no call":              ["const s_pid = 1;", "", "a constant is what a builtin gives"],
  "of an unknown builtin":   ["const s_pid = rt.fn.eval(c);", "", "eval is no builtin"],
  "with another prefix":     ["const l_pid = rt.fn.pid(c);", "", "a name without its prefix"],
  "later, with a value":     ["let s_tid = 1;", "", "what is called later begins without a value"],
};

test.each(Object.entries(constants))("what is called once: %s", (_, [declarations, statement, refused]) => {
  const module = withBody(statement).replace("let l_x = 0, l_s", `${declarations} let l_x = 0, l_s`);
  expect(verify(module).map(({ message }) => message)).toEqual(
    refused === undefined ? [] : [expect.stringContaining(refused)],
  );
});

// biome-ignore format: table
const hostileBodies: { readonly [name: string]: string } = {
  "eval": 'eval("1");',
  "Function": 'Function("return 1")();',
  "an undeclared global": "process.exit(1);",
  "globalThis": "l_x = globalThis;",
  "undefined": "l_x = undefined;",
  "arguments": "l_x = arguments;",
  "this": "l_x = this;",
  "new": "l_x = new f_x();",
  "import()": 'import("fs");',
  "import.meta": "l_x = import.meta;",
  "a constructor by member": "l_x = l_s.constructor;",
  "a constructor by index": 'l_x = l_s["constructor"];',
  "__proto__": "l_x = g_a.__proto__;",
  "a computed index": "l_x = g_a[l_s];",
  "a call of a computed member": 'g_a["get"](1);',
  "an unknown method": "g_a.valueOf();",
  "call on a function": "f_x.call(c);",
  "the runtime as a value": "l_x = rt;",
  "the context as a value": "l_x = c;",
  "the context as an argument": "add(c, 1);",
  "a builtin as a value": "l_x = rt.fn.exit;",
  "all builtins as a value": "l_x = rt.fn;",
  "an unknown builtin": "rt.fn.eval(c);",
  "a builtin that reaches this machine": "rt.fn.system(c, l_s);",
  "a write to the traced program": "c.setTarget(0, 1);",
  "a system call that is changed": "c.setSyscallArgument(1, 2);",
  "a system call that is given a result": "c.setSyscallReturn(0);",
  "a builtin of Object": "rt.fn.hasOwnProperty(c);",
  "a builtin without its context": "rt.fn.exit(l_x);",
  "a function as a value": "l_x = f_x;",
  "a runtime function as a value": "g_a.set(1, add);",
  "an array as a value": "l_x = g_a;",
  "a member of the context outside the contract": "c.task();",
  "leave without enter": "c.leave();",
  "the budget read": "l_x = c.left;",
  "the budget refilled": "c.left = 1000;",
  "the budget refilled by subtraction": "if ((c.left -= -1000) < 0) outOfActions();",
  "the budget left alone": "while (true) { if ((c.left -= 0) < 0) outOfActions(); }",
  "a loop without a check": "while (true) { g_n = 1; }",
  "a loop without a block": "while (true);",
  "a for without a check": "for (;;) { }",
  "a do-while": `do { ${LOOP} } while (true);`,
  "a check that is not first": `while (true) { if (l_x) continue; ${LOOP} }`,
  "a check without its consequence": "while (true) { if ((c.left -= 1) < 0) print(l_s); }",
  "a check with an else": "while (true) { if ((c.left -= 1) < 0) outOfActions(); else l_x = 1; }",
  "a walk over a string": `for (const a_0 = l_s; a_0.next();) { ${LOOP} }`,
  "for-of": `for (const a_0 of g_a.walk()) { ${LOOP} }`,
  "for-in": `for (const a_0 in g_a) { ${LOOP} }`,
  "a walk without a check": "for (const a_0 = g_a.walk(); a_0.next();) { l_x = 1; }",
  "a walk that goes nowhere": `for (const a_0 = g_a.walk(); true;) { ${LOOP} }`,
  "a walk by the cursor of another": `for (const a_0 = g_a.walk(); a_0.next();) { ${LOOP} for (const a_1 = g_a.walk(); a_0.next();) { ${LOOP} } }`,
  "a walk that goes on inside": `for (const a_0 = g_a.walk(); a_0.next();) { ${LOOP} a_0.next(); }`,
  "a walk with a step": `for (const a_0 = g_a.walk(); a_0.next(); l_x = 1) { ${LOOP} }`,
  "a cursor that can be assigned": `for (let a_0 = g_a.walk(); a_0.next();) { ${LOOP} }`,
  "two cursors of a loop": `for (const a_0 = g_a.walk(), a_1 = g_a.walk(); a_0.next();) { ${LOOP} }`,
  "a declaration in a loop": `for (let l_y = 0; l_y < 1;) { ${LOOP} }`,
  "a cursor out of its members": `for (const a_0 = g_a.walk(); a_0.next();) { ${LOOP} l_x = a_0; }`,
  "a cursor after its loop": `for (const a_0 = g_a.walk(); a_0.next();) { ${LOOP} } l_x = a_0.value;`,
  "a key by name": `for (const a_0 = g_a.walk(); a_0.next();) { ${LOOP} l_x = a_0.key(l_s); }`,
  "a getter in the options of a walk": `for (const a_0 = g_a.walk({ get by() { return 1; } }); a_0.next();) { ${LOOP} }`,
  "a spread": "add(...l_s);",
  "an object": "l_x = {};",
  "a list": "l_x = [1, 2];",
  "an arrow function": "l_x = () => 1;",
  "a function expression": "l_x = function () {};",
  "a function in a function": "function f_y(c) {}",
  "a class": "class l_y {}",
  "a regular expression": "l_x = /a/;",
  "a template with text": "l_s = `x${l_s}`;",
  "a template of one": "l_s = `${l_s}`;",
  "a tagged template": "print`${l_s}\\0${l_s}`;",
  "plain addition": "l_x = l_x + 1;",
  "a step of another size": "l_x = l_x >= 0 && l_x < 1073741823 ? l_x + 2 : add(l_x, 2);",
  "a step without its bounds": "l_x = l_x >= 0 ? l_x + 1 : add(l_x, 1);",
  "a step with wider bounds": "l_x = l_x >= 0 && l_x < 1e300 ? l_x + 1 : add(l_x, 1);",
  "a step of another variable": "l_x = l_x >= 0 && l_x < 1073741823 ? l_s + 1 : add(l_x, 1);",
  "a step of what is no variable": "l_x = f_x >= 0 && f_x < 1073741823 ? f_x + 1 : l_x;",
  "a bigint shift": "l_x = 1n << 99999999999n;",
  "a power": "l_x = 2n ** 99999999n;",
  "typeof": "l_s = typeof l_x;",
  "delete": "delete g_a.get;",
  "void": "l_x = void 0;",
  "in": 'l_x = "a" in g_a;',
  "instanceof": "l_x = l_x instanceof f_x;",
  "null as a value": "l_x = null;",
  "an optional call": "g_a?.get(1);",
  "an update": "l_x++;",
  "a prefix decrement, an HTML comment to scripts": "l_x = l_x <!--t_0;",
  "a compound assignment": "l_x += 1;",
  "a destructuring assignment": "[l_x] = l_s;",
  "an assignment to a function": "f_x = 1;",
  "an assignment to a runtime function": "add = 1;",
  "an assignment to a member": "g_a.get = 1;",
  "throw": "throw l_s;",
  "a label": `l_y: while (true) { ${LOOP} break l_y; }`,
  "switch": "switch (l_x) { }",
  "with": "with (l_x) { }",
  "debugger": "debugger;",
  "var": "var l_y = 1;",
  "a late let": "l_x = 1; let l_y = 1;",
  "await": "await l_x;",
  "yield": "yield l_x;",
  "a catch that swallows": "try { l_x = 1; } catch (e_0) { l_x = 2; }",
  "a catch without a name": "try { l_x = 1; } catch { l_x = 2; }",
  "a catch that asks for another error": "try { l_x = 1; } catch (e_0) { caught(l_x); }",
  "an error as a value": "try { l_x = 1; } catch (e_0) { caught(e_0); l_x = e_0; }",
  "a finally": "try { l_x = 1; } finally { l_x = 2; }",
  "caught elsewhere": "l_s = caught(l_x);",
  "outOfActions elsewhere": "outOfActions();",
  "a value from a handler": "return l_x;",
  "a handler that is called": "probe_0(c);",
  "a plan by value": "l_x = c.target(l_x);",
  "a block comment": "/* export const manifest */ l_x = 1;",
  "a source URL": "//# sourceURL=evil.js\n    l_x = 1;",
  "a syntax error": "l_x = ;",
};

// biome-ignore format: table
const hostileParts: { readonly [name: string]: readonly [part: string, instead: string] } = {
  "a third statement": ['"x" };\n', '"x" };\nlet l_x = 1;\n'],
  "an import": ["export const", 'import "fs";\nexport const'],
  "a default export": ["export function instantiate(rt)", "export default function instantiate(rt)"],
  "a call in the manifest": ['"script": "x"', '"script": f()'],
  "a name in the manifest": ['"script": "x"', '"script": rt'],
  "a bare key in the manifest": ['"script"', "script"],
  "__proto__ in the manifest": ['"script": "x"', '"__proto__": []'],
  "a getter in the manifest": ['"script": "x"', 'get script() { return 1; }'],
  "a spread in the manifest": ['"script": "x"', "...[]"],
  "a template in the manifest": ['"script": "x"', '"script": `x`'],
  "an async instantiate": ["function instantiate", "async function instantiate"],
  "a second parameter of instantiate": ["instantiate(rt)", "instantiate(rt, c)"],
  "a call while it is evaluated": ["let g_n = 0;", "let g_n = add(1, 2);"],
  "a statement in instantiate": ["let g_n = 0;", "let g_n = 0;\n  print(\"x\");"],
  "an unknown member of rt": ["add, caught", "add, constructor, caught"],
  "a member of rt renamed": ["add, caught", "add: eval, add, caught"],
  "the builtins taken out": ["add, caught", "add, fn, caught"],
  "a computed global": ["rt.globals[1]", 'rt.globals["map"]'],
  "a global of Array": ["rt.globals[1]", "rt.globals.constructor"],
  "a format made at run time": ['rt.format("%d")', "rt.format(g_n)"],
  "a name without its prefix": ["let g_n", "let eval_"],
  "a function twice": ["  function probe_0", "  function f_x(c) {}\n  function probe_0"],
  "an async function": ["function f_x", "async function f_x"],
  "a generator": ["function f_x", "function* f_x"],
  "a default parameter": ["(c, l_p)", "(c, l_p = print)"],
  "a function without its context": ["f_x(c, l_p) {", "f_x(l_c, l_p) {"],
  "recursion without a budget check": [`    ${LOOP}\n`, ""],
  "recursion without a depth check": ["c.enter();\n    try {\n      return f_x(c, l_p);\n    } finally {\n      c.leave();\n    }", "return f_x(c, l_p);"],
  "enter without leave": ["c.leave();", "print(l_q);"],
  "leave and more": ["c.leave();", "c.leave(); return 1;"],
  "a directive": ["function probe_0(c) {", 'function probe_0(c) {\n    "use asm";'],
  "an accessor with an effect": ["() => g_n", "() => print(g_n)"],
  "an accessor of another kind": ["() => g_n", "function () { return g_n; }"],
  "a setter of another variable": ["{ g_n = v; }", "{ g_a = v; }"],
  "__proto__ among the scalars": ["      n: {", "      __proto__: {"],
  "a computed scalar": ["      n: {", "      [g_n]: {"],
  "a function among the probes": ["[probe_0]", "[f_x]"],
  "another result": ["scalars: {", "then: {"],
  "no result": ["  return {", "  ({"],
};

// biome-ignore-end lint/suspicious/noTemplateCurlyInString: they are code

test("the module that all are made from keeps the contract", () => {
  expect(verify(withBody("l_x = 1;"))).toEqual([]);
});

describe("accepted", () => {
  test.each(Object.entries(accepted))("%s", (_, statement) => {
    expect(verify(withBody(statement)).map((item) => item.message)).toEqual([]);
  });
});

describe("refused in a body", () => {
  test.each(Object.entries(hostileBodies))("%s", (_, statement) => {
    const [diagnostic, ...more] = verify(withBody(statement));
    expect(more).toEqual([]);
    expect(diagnostic?.code).toBe("emit-contract");
    const loc = diagnostic?.loc;
    expect(loc && lineColumn(loc.source, loc.start).line).toBeGreaterThanOrEqual(18);
  });
});

describe("refused in the frame", () => {
  test.each(Object.entries(hostileParts))("%s", (_, [part, instead]) => {
    const module = withBody("l_x = 1;");
    expect(module).toContain(part);
    const [diagnostic] = verify(module.replace(part, () => instead));
    expect(diagnostic?.code).toBe("emit-contract");
  });
});

test("a chain of calls that never checks its depth", () => {
  const chain = Array.from({ length: 200 }, (_, i) => `  function f_${i}(c) { ${LOOP} f_${i + 1}(c); }\n`).join("");
  const module = withBody("f_0(c);").replace("  function f_x", () => `${chain}  function f_200(c) {}\n  function f_x`);
  expect(verify(module)[0]?.message).toContain("chain of calls");
});

test("nesting that would overflow the stack is refused, not a crash", () => {
  expect(verify(withBody(`l_x = ${"(".repeat(100_000)}1${")".repeat(100_000)};`))[0]?.code).toBe("emit-contract");
});

test("the message has line and column", () => {
  const [diagnostic] = verify(withBody("l_x = this;"));
  const loc = diagnostic?.loc;
  expect(loc && lineColumn(loc.source, loc.start)).toEqual({ line: 19, column: 11 });
});
