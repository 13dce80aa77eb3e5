/**
 * `$x$` and `$x$$`: formats against the reference, values against the program's source.
 *
 * `reference-formats.txt` was recorded by tools/record-pretty-oracle.mjs. What is printed follows from the initial
 * values in test/fixtures/pretty/shapes.c, which stand beside each case; addresses are asked of the program itself.
 */
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import type { AccessStep } from "../../abi/symbol-source.ts";
import { openModule } from "../../debuginfo/symbols.ts";
import { utap } from "../run/driver.ts";

const folder = resolve(import.meta.dirname, "../fixtures/pretty");
const program = (name: string): string => join(folder, name);

function open(name: string) {
  const module = openModule(program(name), readFileSync(program(name)));
  if (module.kind === "failure") throw new Error(module.message);
  return module;
}

/** `$p->arr[1]` as a name and steps. */
function parse(text: string): { name: string; steps: AccessStep[] } {
  const [name = "", ...parts] = text
    .slice(1)
    .split(/(->\w+|\[\d+\])/)
    .filter((part) => part !== "");
  const steps = parts.map((part): AccessStep => {
    return part.startsWith("[")
      ? { kind: "element", value: Number(part.slice(1, -1)) }
      : { kind: "member", name: part.slice(2) };
  });
  return { name, steps };
}

const recorded = readFileSync(join(folder, "reference-formats.txt"), "latin1")
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("#"))
  .map((line) => line.split("\t") as [string, string, string]);

describe.each(["shapes-O0", "shapes-O2"])("formats in %s are those of the reference", (name) => {
  const module = open(name);
  test.each(recorded)("%s %s", (where, expression, format) => {
    const sites = module.functions(where, false);
    if ("kind" in sites || !sites[0]) throw new Error(`no ${where}`);
    const [, text = "", dollars] = /^(.*?)(\${1,2})$/.exec(expression) ?? [];
    const { name: variable, steps } = parse(text);
    const access = { steps, addressOf: false, text };
    const answer = module.pretty({ kind: "variable", site: sites[0], name: variable }, access, dollars === "$$");
    expect(answer.kind === "pretty" ? answer.plan.format : answer.message).toBe(format);
  });
});

function printed(point: string, expressions: string, name = "shapes-O0"): string {
  const { out, err } = utap([
    "-c",
    program(name),
    "-e",
    `probe process.function("${point}") { printdln("\\n", ${expressions}, "") }`,
  ]);
  expect(err).toBe("");
  return out.replace(/\n+1 2 3 99\n/, "");
}

describe("values", () => {
  // biome-ignore format: table
  const cases: readonly (readonly [point: string, expression: string, text: string])[] = [
    ["show", "$p->in$",      "{.a=-3, .b='z'}"],
    ["show", "$p->ins$",     "[{...}, ...]"],
    ["show", "$p->ins$$",    "[{.a=1, .b='x'}, ...]"],
    ["show", "$p->ins[1]$",  "{.a=2, .b='y'}"],
    ["show", "$p->grid$",    "[1, ...]"],
    ["show", "$p->grid[1]$", "[4, ...]"], // a row, as in C; the reference counts elements of all rows
    ["show", "$p->arr[2]$",  "30"],
    ["show", "$p->c$",       "'a'"],
    ["show", "$p->sc$",      "'\\n'"],
    ["show", "$p->uc$",      "'\\310'"], // 200
    ["show", "$p->name$",    '"q\\"\\t"'],
    ["show", "$p->raw$",     '"full"'], // no NUL: ends with the array
    ["show", "$p->s$",       '"text"'],
    ["show", "$p->nowhere$", "0x10"], // a string that cannot be read is its address
    ["show", "$p->v$",       "0x1234"],
    ["show", "$p->u$",       "4000000000"],
    ["show", "$p->l$",       "-5000000000"],
    ["show", "$p->col$",     "5"],
    ["show", "$p->sign$",    "-1"],
    ["show", "$p->ok$",      "1"],
    ["show", "$p->b1$",      "5"],
    ["show", "$p->b2$",      "-7"],
    ["show", "$p->d$",       "?"],
    ["show", "$p->uc4$",     '"abc"'],
    ["show", "$p->ud$",      "{...}"],
    ["show", "$p->next->name$", '"tail"'],
    ["show", "$m->strs$",    '["one", ...]'],
    ["show", "$m->cg$",      '"abc"'],
    ["show", "$m->ip$",      "42"],
    ["show", "$m->pin$",     "{.a=8, .b='8'}"],
    ["show", "$m->none$",    "{}"],
    ["show", "$o$",          "{.real=?, .at={...}, .wide={...}, .tail=9}"],
    ["show", "$o->at$",      "{.x=1, .y=2}"],
    ["show", "$e$",          "-1"],
    ["show", "$letter$",     "'\\''"],
    ["show", "$u$$",         "{.i=7668225, .in={.a=513, .b='u'}}"], // 0x750201
    ["show", '@var("global_text")$', '"global"'],
    ["show", '@cast($p->next, "struct node")->name$', '"tail"'],
    ["show", '@cast($m->pin, "struct inner")$', "{.a=8, .b='8'}"],
    ["show", "$p->next->next$", "ERROR"], // a null pointer is followed
    ["show", "$p->ins[$p->b1 - 4]$", "{.a=2, .b='y'}"],
    ["parts", "$words$",     '"first"'],
    ["parts", "$words[1]$",  '"second"'],
    ["parts", "$pp$",        "42"],
    ["parts", "$h$",         "{...}"],
    ["parts", "$i$",         "1"],
    ["parts.return", "$return$", "{.first=8, .second=1, .third='r'}"],
    ["parts.return", "$words$", '"first"'], // as it was at the entry; the function wrote "changed"
    ["parts.return", "@entry($words$)", '"first"'],
    ["parts.return", "user_string(user_long($words))", "changed"],
    ["parts.return", "$$return$", "return={.first=8, .second=1, .third='r'}"],
  ];
  for (const point of new Set(cases.map(([where]) => where))) {
    test(point, () => {
      const own = cases.filter(([where]) => where === point);
      const written = point.replace(".return", '").return').replace(/^(\w+)$/, '$1")');
      // One session for all of a probe point.
      const body = own.map(([, expression]) => `println(${expression})`).join(" ");
      const { out, err } = utap(["-c", program("shapes-O0"), "-e", `probe process.function("${written} { ${body} }`]);
      expect(err.replace(/^warning.*\n(?: .*\n)*/gm, "")).toBe("");
      const lines = out.split("\n").slice(0, own.length);
      expect(Object.fromEntries(own.map(([, expression], i) => [expression, lines[i]]))).toEqual(
        Object.fromEntries(own.map(([, expression, text]) => [expression, text])),
      );
    });
  }

  test("a struct of many parts, with the addresses of the program", () => {
    const out = printed("show", 'sprintf("%p", $p->next), sprintf("%p", $p->fn), $p$, $p$$, $p->fn$');
    const [next, fn, shallow, deep, called] = out.split("\n");
    const start = `{.n=-1, .u=4000000000, .l=-5000000000, .c='a', .sc='\\n', .uc='\\310', `;
    const middle = `.s="text", .nowhere=0x10, .v=0x1234, .next=${next}, .fn=${fn}, `;
    const numbers = ".col=5, .sign=-1, .ok=1, .d=?, ";
    expect(shallow).toBe(
      `${start}.name=[...], .raw=[...], ${middle}.arr=[...], .grid=[...], .in={...}, .ins=[...], ${numbers}<union>={...}, <class>={...}, .b1=5, .b2=-7, .ud=0x0}`,
    );
    expect(deep).toBe(
      `${start}.name="q\\"\\t", .raw="full", ${middle}.arr=[10, ...], .grid=[1, ...], .in={.a=-3, .b='z'}, .ins=[{.a=1, .b='x'}, ...], ${numbers}<union>={.ui=6513249, .uc4="abc"}, <class>={.anon_a=77}, .b1=5, .b2=-7, .ud=0x0}`,
    );
    expect(called).toBe(`<function>:${fn}`);
  });

  test("after 32 values comes an ellipsis, at every level", () => {
    // x, y, then m0 … m29 of the 34 members of the inner struct.
    const wide = Array.from({ length: 30 }, (_, i) => `.m${i}=${{ 0: 100, 1: 101, 27: 127 }[i] ?? 0}`).join(", ");
    expect(printed("show", "$o$$")).toBe(`{.real=?, .at={.x=1, .y=2}, .wide={${wide}, ...}, ...}`);
  });

  test("in optimised code", () => {
    expect(printed("show", "$p->in$, $o->at$, $e$", "shapes-O2")).toBe("{.a=-3, .b='z'}\n{.x=1, .y=2}\n-1");
  });

  test("$$parms$ and its kin", () => {
    const fn = printed("parts", 'sprintf("%p %p", $v, $fn)').split(" ");
    const parms = `byval={.a=8, .b='8'} words="first" pp=42 v=${fn[0]} fn=<function>:${fn[1]} i=1 h={...}`;
    expect(printed("parts", "$$parms$")).toBe(parms);
    expect(printed("parts", "$$parms$$")).toBe(parms);
    expect(printed("parts", "$$vars$").startsWith(`${parms} result={.first=`)).toBe(true);
    expect(printed("parts", "$$locals$$")).toMatch(/^result=\{\.first=.*, \.second=.*, \.third='.*'\}$/);
  });
});

describe("what is refused", () => {
  // biome-ignore format: table
  test.each([
    ["println(&$p$)",        "has no address"],
    ["println($q$)",         "no variable 'q'"],
    ["println($p->absent$)", "has no member 'absent'"],
    ["println($p$ + 1)",     "string"],
  ])("%s", (body, message) => {
    const { status, err } = utap(["-c", program("shapes-O0"), "-e", `probe process.function("show") { ${body} }`]);
    expect(status).toBe(1);
    expect(err).toContain(message);
  });

  test("@defined tells whether text can be had", () => {
    expect(printed("show", "@defined($p$), @defined($q$), @defined($p->absent$$)")).toBe("1\n0\n0");
  });
});
