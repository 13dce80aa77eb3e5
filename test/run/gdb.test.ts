/**
 * `$variables` in the model against gdb: the programs of test/fixtures/debuginfo run under utap with a probe on every
 * function that gdb stopped in, and each expression must have the value that gdb-multiarch printed at the same
 * breakpoint under qemu-riscv64 (recorded by tools/record-gdb-oracle.mjs beside each program).
 */
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { utap } from "./driver.ts";

interface Stop {
  readonly function: string;
  readonly hit: number;
  readonly at: "entry" | "body" | "return";
  readonly values: { readonly [expression: string]: string };
}

const folder = resolve(import.meta.dirname, "../fixtures/debuginfo");
const programs = readdirSync(folder)
  .filter((name) => name.endsWith(".gdb.json"))
  .map((name) => name.replace(".gdb.json", ""));

/** gdb's way of writing an expression as the script language writes it. */
function toScript(expression: string): string {
  const address = expression.startsWith("&") ? "&" : "";
  return `${address}$${expression.slice(address.length).replaceAll(".", "->")}`;
}

/** What gdb printed as the 64-bit integer a script sees: doubles by their bits. */
function toLong(text: string): bigint {
  if (/^-?\d+$/.test(text)) return BigInt.asIntN(64, BigInt(text));
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(
    0,
    text === "inf" ? Number.POSITIVE_INFINITY : text === "-inf" ? Number.NEGATIVE_INFINITY : Number(text),
  );
  return view.getBigInt64(0);
}

/** One probe per function and place, that prints every expression at every hit. */
function scriptFor(program: string, stops: readonly Stop[]): string {
  const places = new Map<string, Set<string>>();
  for (const { function: name, at, values } of stops) {
    const key = `${name}\t${at === "return" ? "return" : "entry"}`;
    const wanted = places.get(key) ?? new Set<string>();
    for (const [expression, value] of Object.entries(values)) if (value !== "<optimized out>") wanted.add(expression);
    places.set(key, wanted);
  }
  const probes = [...places].map(([key, expressions]) => {
    const [name, at] = key.split("\t");
    const point = `process("${program}").function("${name}")${at === "return" ? ".return" : ""}`;
    const prints = [...expressions].map((expression) => {
      const value = toScript(expression);
      return `try { printf("%d ${key} ${expression}=%d\\n", n["${key}"], ${value}) } catch { println("fault ${key} ${expression}") }`;
    });
    return `probe ${point} { n["${key}"]++\n${prints.join("\n")} }`;
  });
  return `global n\n${probes.join("\n")}`;
}

describe("variables equal gdb's", () => {
  test("a dozen programs are there, at -O0 and -O2", () => {
    expect(programs.filter((name) => name.endsWith("-O0")).length).toBeGreaterThanOrEqual(12);
    expect(programs.filter((name) => name.endsWith("-O2")).length).toBeGreaterThanOrEqual(12);
  });

  test.each(programs)("%s", (name) => {
    const program = join(folder, name);
    const stops = JSON.parse(readFileSync(`${program}.gdb.json`, "utf8")) as Stop[];
    const { out, err } = utap(["-D", "MAXACTION_INTERRUPTIBLE=100000", "-e", scriptFor(program, stops), "-c", program]);
    expect(err).toBe("");
    const seen = new Map(
      [...out.matchAll(/^(\d+ \S+\t\w+ .*)=(-?\d+)$/gm)].map((match) => [match[1], BigInt(match[2] ?? 0)]),
    );
    let compared = 0;
    for (const { function: at, hit, at: place, values } of stops) {
      for (const [expression, value] of Object.entries(values)) {
        if (value === "<optimized out>") continue;
        const key = `${hit} ${at}\t${place === "return" ? "return" : "entry"} ${expression}`;
        expect(`${key}=${seen.get(key)}`).toBe(`${key}=${toLong(value)}`);
        compared++;
      }
    }
    expect(compared).toBeGreaterThan(5);
  });
});
