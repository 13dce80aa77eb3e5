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

test("the fixtures are there", () => {
  expect(programs).toHaveLength(10);
});

for (const program of programs) {
  const symbols = openModule(program, readFileSync(`${folder}/${program}`));
  if (symbols.kind === "failure") throw new Error(symbols.message);
  const stops = JSON.parse(readFileSync(`${folder}/${program}.gdb.json`, "utf8")) as Stop[];
  for (const stop of stops) {
    test(`${program}: ${stop.function} at ${stop.at}, hit ${stop.hit}`, () => {
      const sites = symbols.functions(stop.function, stop.at === "return");
      if ("kind" in sites) throw new Error(sites.message);
      const [site] = sites;
      if (sites.length !== 1 || !site) throw new Error(`${sites.length} sites`);
      if (stop.at !== "return") expect(`0x${site.address.toString(16)}`).toBe(stop.address);
      const ours = Object.keys(stop.values).map((expression) => {
        const plan = symbols.variable(site, accessOf(expression));
        const value = "kind" in plan ? plan.message : planValue(plan, stop);
        const gone = typeof value === "string" && /optimized out/.test(value);
        // Python's repr of a whole float ends in `.0`.
        const text = typeof value === "number" && Number.isInteger(value) ? `${value}.0` : String(value);
        return [expression, gone ? "<optimized out>" : text];
      });
      expect(Object.fromEntries(ours)).toEqual(stop.values);
    });
  }
}
