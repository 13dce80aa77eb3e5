/** Functions and their addresses as llvm-dwarfdump has them, and what a pattern may look like. */
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { ModuleSymbols } from "../../abi/symbol-source.ts";
import { openModule } from "../../debuginfo/symbols.ts";
import { testWith } from "../oracles.ts";
import { accessOf } from "./plan-value.ts";

const folder = "test/fixtures/debuginfo";

function open(name: string): ModuleSymbols {
  const symbols = openModule(name, readFileSync(`${folder}/${name}`));
  if (symbols.kind === "failure") throw new Error(symbols.message);
  return symbols;
}

function names(program: string, pattern: string): readonly string[] {
  const sites = open(program).functions(pattern, false);
  return "kind" in sites ? [] : sites.map((site) => site.function);
}

testWith("llvm-dwarfdump")("entries and names are llvm-dwarfdump's", () => {
  for (const program of readdirSync(folder).filter((name) => /-O[02]$/.test(name))) {
    const { stdout } = spawnSync("llvm-dwarfdump", ["--debug-info", `${folder}/${program}`], { encoding: "utf8" });
    const expected: string[] = [];
    for (const entry of stdout.split(/\n\n/)) {
      if (!/: +DW_TAG_subprogram/.test(entry)) continue;
      const name = /DW_AT_(?:name\s+\(|abstract_origin\s+\(0x[0-9a-f]+ )"(.*)"\)/.exec(entry)?.[1];
      const low = /DW_AT_low_pc\s+\(0x([0-9a-f]+)\)/.exec(entry)?.[1];
      if (name !== undefined && low !== undefined) expected.push(`${name} ${Number.parseInt(low, 16)}`);
    }
    const sites = open(program).functions("*", true);
    if ("kind" in sites) throw new Error(sites.message);
    expect(expected.length).toBeGreaterThan(2);
    expect(sites.map((site) => `${site.function} ${site.address}`).sort()).toEqual(expected.sort());
  }
});

// Lines are those of the sources; params.c lies in /src by -ffile-prefix-map.
test.each([
  ["many", ["many"]],
  ["many@params.c", ["many"]],
  ["many@/src/params.c", ["many"]],
  ["many@src/params.c", ["many"]],
  ["many@arams.c", []],
  ["*@params.c:7", ["many"]],
  ["*@params.c:9", ["many"]],
  ["*@crt.?", ["_start"]],
  ["[lm]*", ["many", "local_array"]],
  ["f?oats", ["floats"]],
  ["[!r_]*@*.c", ["many", "floats", "local_array"]],
  ["[z-a]", []],
])("%s", (pattern, expected) => {
  expect([...names("params-O0", pattern)].sort()).toEqual([...expected].sort());
});

test("what cannot be found is said with what is near", () => {
  const symbols = open("structs-O0");
  expect(symbols.functions("by_valeu", false)).toMatchObject({
    kind: "failure",
    alternatives: expect.arrayContaining(["by_value"]),
  });
  const sites = symbols.functions("nested", false);
  if ("kind" in sites) throw new Error(sites.message);
  const [site] = sites;
  const alternatives = (expression: string): unknown => symbols.variable(site!, accessOf(expression));
  expect(alternatives("oo")).toMatchObject({ kind: "failure", alternatives: expect.arrayContaining(["o"]) });
  expect(alternatives("o->anon")).toMatchObject({
    kind: "failure",
    alternatives: expect.arrayContaining(["anon_a", "tail"]),
  });
  expect(alternatives("o->in")).toMatchObject({ kind: "failure", message: expect.stringContaining("struct") });
  expect(alternatives("o->tail->x")).toMatchObject({ kind: "failure" });
  expect(symbols.variables(site!)).toEqual({ parameters: ["o"], locals: [] });
  expect(symbols.returnsValue(site!)).toBe(true);
});

test("a run-time index is a step; a bit-field has no address", () => {
  const pointers = open("pointers-O0");
  const [sums] = pointers.functions("sums", false) as readonly [Parameters<ModuleSymbols["variable"]>[0]];
  const plan = pointers.variable(sums, {
    name: "grid",
    steps: [
      { kind: "element", argument: 0 },
      { kind: "element", argument: 1 },
    ],
    addressOf: false,
    text: "$grid[i][j]",
  });
  // int (*grid)[4]: rows are 16 bytes apart, elements 4.
  expect(plan).toMatchObject({
    steps: [{ kind: "deref" }, { kind: "index", stride: 16, argument: 0 }, { kind: "index", stride: 4, argument: 1 }],
    fetch: { kind: "integer", size: 4, signed: true },
  });
  const structs = open("structs-O0");
  const [fields] = structs.functions("fields", false) as readonly [Parameters<ModuleSymbols["variable"]>[0]];
  expect(structs.variable(fields, accessOf("&f->minus"))).toMatchObject({ kind: "failure" });
});
