/**
 * Every variable of the fixtures, by our plans, over the registers and memory that tools/record-gdb-oracle.mjs
 * recorded with qemu-riscv64 and gdb-multiarch; the expected values are gdb's. A `return` is evaluated in the caller.
 */
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { openModule } from "../../debuginfo/symbols.ts";
import { accessOf, planValue, type Stop } from "./plan-value.ts";

const folder = "test/fixtures/debuginfo";
const programs = readdirSync(folder).filter((name) => /-O[02]$/.test(name));

/** What gdb can tell and we cannot; our message must name the operation. */
// biome-ignore format: table
const notSupported: { readonly [place: string]: string } = {
  "dynamic-O2 sum_squares#line seed": "DW_OP_entry_value", // gdb asks the call site in the caller
  "dynamic-O2 many_locals#line real": "DW_OP_GNU_convert", // a conversion of int to double
  "inlined-O2 outer#line limit": "DW_OP_entry_value",
};

test("the fixtures are there", () => {
  const sources = readdirSync(folder).filter((name) => name.endsWith(".c") && !name.endsWith("-other.c"));
  expect(sources.length).toBeGreaterThan(12);
  expect(programs).toHaveLength(2 * sources.length);
});

for (const program of programs) {
  const symbols = openModule(program, readFileSync(`${folder}/${program}`));
  if (symbols.kind === "failure") throw new Error(symbols.message);
  const stops = JSON.parse(readFileSync(`${folder}/${program}.gdb.json`, "utf8")) as Stop[];
  for (const stop of stops) {
    const { at } = stop;
    test(`${program}: ${stop.function} at ${at} ${stop.address}, hit ${stop.hit}`, () => {
      const sites = symbols.functions(stop.function, at === "return");
      if ("kind" in sites) throw new Error(sites.message);
      const [found] = sites;
      if (sites.length !== 1 || !found) throw new Error(`${sites.length} sites`);
      if (at === "entry" || at === "body") expect(`0x${found.address.toString(16)}`).toBe(stop.address);
      const site = at === "line" ? { ...found, address: Number(stop.address) } : found;
      const ours = Object.entries(stop.values).map(([expression, expected]) => {
        const plan = symbols.variable(site, accessOf(expression));
        const value = "kind" in plan ? plan.message : planValue(plan, stop);
        const operation = notSupported[`${program} ${stop.function}#${at} ${expression}`];
        if (operation !== undefined) {
          expect(String(value).replace("GNU_entry", "entry")).toContain(operation);
          return [expression, expected];
        }
        return [expression, inGdbsWords(value, expected)];
      });
      expect(Object.fromEntries(ours)).toEqual(stop.values);
    });
  }
}

function inGdbsWords(value: bigint | number | string, expected: string): string {
  if (typeof value === "number") return Object.is(value, Number(expected)) ? expected : String(value);
  if (typeof value === "bigint") return String(value);
  if (/optimized out/.test(value)) return "<optimized out>";
  const unreadable = /^cannot read \d+ bytes at (0x[0-9a-f]+)$/.exec(value);
  return unreadable ? `<error: Cannot access memory at address ${unreadable[1]}>` : value;
}
