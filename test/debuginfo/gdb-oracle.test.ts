/**
 * Every variable of the fixtures, by our plans, over the registers and memory that tools/record-gdb-oracle.mjs
 * recorded with gdb-multiarch, of riscv64 programs under qemu-riscv64 and of x86-64 ones; the expected values are gdb's. A `return` is evaluated in the caller.
 */
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { openModule } from "../../debuginfo/symbols.ts";
import { accessOf, planValue, type Stop } from "./plan-value.ts";

const folder = "test/fixtures/debuginfo";
const programs = ["", "x86_64/"].flatMap((machine) =>
  readdirSync(`${folder}/${machine}`)
    .filter((name) => /-O[02]$/.test(name))
    .map((name) => machine + name),
);

test("the fixtures are there", () => {
  const sources = readdirSync(folder).filter((name) => name.endsWith(".c") && !name.endsWith("-other.c"));
  expect(sources.length).toBeGreaterThan(12);
  expect(programs).toHaveLength(4 * sources.length);
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
