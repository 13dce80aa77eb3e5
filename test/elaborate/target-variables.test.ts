/** `$variables` of function probes, over a program described by hand: `int f(struct s *p, int b)` with a local `x`. */
import { expect, test } from "vitest";
import type { VariablePlan } from "../../abi/plan.ts";
import type { SymbolSource, VariableAccess } from "../../abi/symbol-source.ts";
import { makeSource } from "../../base/source.ts";
import { compile } from "../../lang/compiler/compile.ts";
import { fakeModule, site } from "../fake-module.ts";

function plan(access: VariableAccess): VariablePlan {
  const fetch = { kind: "integer", size: 4, signed: true } as const;
  return { text: access.text, base: { kind: "dwarf", expression: "00" }, steps: [], fetch, pointer: false };
}

const module = fakeModule({
  functions: (pattern) => (pattern === "f" ? [site] : { kind: "failure", message: "no match", alternatives: ["f"] }),
  variable: (_site, access) =>
    ["p", "b", "x", "return"].includes(access.name)
      ? plan(access)
      : { kind: "failure", message: `no '${access.name}'`, alternatives: ["$p", "$b", "$x"] },
});
const symbols: SymbolSource = {
  open: (path) => (path === "prog" ? module : { kind: "failure", message: `no program '${path}'` }),
};

function analyse(body: string, suffix = "") {
  const script = `probe process("prog").function("f")${suffix} { ${body} }`;
  const main = makeSource("<input>", script);
  const { program, diagnostics } = compile({ main, symbols, stopAfter: 2, now: () => 0 });
  const probe = program?.probes[0];
  return { probe, uses: [...(probe?.targets.values() ?? [])], errors: diagnostics.map((item) => item.code) };
}

// SystemTap 4.8 on such a point: both are the canonical text (the two strings of STAP_PROBE_INIT in -p3).
test("point and name are canonical", () => {
  const { probe } = analyse("println(1)");
  expect(probe?.resolved.point).toBe('process("/bin/prog").function("f@/src/a.c:5")');
  expect(probe?.resolved.name).toBe('process("/bin/prog").function("f@/src/a.c:5")');
  expect(probe?.resolved.spec).toMatchObject({ kind: "uprobe", path: "/bin/prog", address: 0x1144, return: false });
});

test("equal variables share a plan, and computed indexes are dynamic", () => {
  const { probe, uses } = analyse("println($b, $b, $p->a[$b], $p->a[2], &$x)");
  expect(probe?.resolved.plans.map((item) => item.text)).toEqual(["$b", "$p->a[...]", "$p->a[2]", "&$x"]);
  expect(uses.map((use) => (use.kind === "plan" ? [use.plan, use.dynamic.length] : use.kind))).toEqual([
    [0, 0],
    [0, 0],
    [1, 1],
    [0, 0],
    [2, 0],
    [3, 0],
  ]);
});

test("in a return probe a parameter is its value at entry", () => {
  const { probe, uses } = analyse("println($return, $b, @entry($b), $$parms)", ".return");
  expect(probe?.resolved.plans.map((item) => item.text)).toEqual(["$return", "$b", "$p"]);
  expect(probe?.resolved.entryPlans).toEqual([1, 2]);
  expect(uses).toMatchObject([
    { kind: "plan", plan: 0 },
    { kind: "saved", entry: 0 },
    { kind: "same" }, // @entry($b) is $b
    { kind: "saved", entry: 0 },
    {
      kind: "pieces",
      pieces: [
        { name: "p", entry: 1 },
        { name: "b", entry: 0 },
      ],
    },
  ]);
});

test("@defined chooses the branch, and the other may be wrong", () => {
  const { probe, errors } = analyse("if (@defined($nope)) println($nope); else println($b)");
  expect(errors).toEqual([]);
  expect(probe?.resolved.plans.map((item) => item.text)).toEqual(["$b"]);
});

test.each([
  ["println($nope)", "", "sem-target-variable"],
  ["println($return)", "", "sem-target-variable"],
  ["println($$nope)", "", "sem-target-variable"],
  ["println(@entry($b))", "", "sem-context"],
  ['println(@cast($p, "s")->a)', "", "sem-target-variable"],
  ["println(1)", ".retrun", "sem-probe"],
])("%s in function%s is %s", (body, suffix, code) => {
  expect(analyse(body, suffix).errors[0]).toBe(code);
});

test("a missing function and a missing program are told", () => {
  const main = makeSource("<input>", 'probe process("prog").function("g"), process("q").function("f") { println(1) }');
  const { diagnostics } = compile({ main, symbols, now: () => 0 });
  expect(diagnostics.map((item) => item.message)).toEqual(["no match (similar: f)", "no program 'q'"]);
});
