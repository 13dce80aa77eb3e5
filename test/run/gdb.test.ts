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
  /** `line`: a stop inside the function, which no probe of these scripts has. */
  readonly at: "entry" | "body" | "return" | "line";
  readonly values: { readonly [expression: string]: string };
}

type Values = ReadonlyMap<string, bigint>;

const folder = resolve(import.meta.dirname, "../fixtures/debuginfo");
const programs = readdirSync(folder)
  .filter((name) => name.endsWith(".gdb.json"))
  .map((name) => name.replace(".gdb.json", ""));

/** Where qemu-riscv64 puts the stack; the model puts it elsewhere, so such values differ by one constant. */
const isOnQemuStack = (value: bigint): boolean => value >= 0x40_0000_0000n && value < 0x40_0100_0000n;

/** gdb's way of writing an expression as the script language writes it. */
function toScript(expression: string): string {
  const address = expression.startsWith("&") ? "&" : "";
  return `${address}$${expression.slice(address.length).replaceAll(".", "->")}`;
}

/** What gdb printed as the 64-bit integer a script sees: doubles by their bits; undefined for what it could not read. */
function toLong(text: string): bigint | undefined {
  if (text.startsWith("<")) return undefined;
  if (/^-?\d+$/.test(text)) return BigInt.asIntN(64, BigInt(text));
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, Number(text.replace(/^(-?)inf$/, "$1Infinity")));
  return view.getBigInt64(0);
}

/** What of a stop a script can ask for at the same place: in a return probe, the returned value alone. */
function comparable({ at, values }: Stop): Values {
  const entries = Object.entries(values).flatMap(([expression, text]): [string, bigint][] => {
    const value = toLong(text);
    const asked = at !== "return" || expression.startsWith("return");
    return value === undefined || !asked ? [] : [[expression, value]];
  });
  return new Map(entries);
}

const placeOf = (stop: Stop): string => `${stop.function}${stop.at === "return" ? ".return" : ""}`;

/** One probe per place, that prints every expression at every hit. */
function scriptFor(program: string, stops: readonly Stop[]): string {
  const wanted = new Map<string, Set<string>>();
  for (const stop of stops) {
    const expressions = wanted.get(placeOf(stop)) ?? new Set<string>();
    for (const expression of comparable(stop).keys()) expressions.add(expression);
    wanted.set(placeOf(stop), expressions);
  }
  const probes = [...wanted].map(([place, expressions]) => {
    const [, name, suffix] = /^(.*?)(\.return)?$/.exec(place) ?? [];
    const prints = [...expressions].map(
      (expression) =>
        `try { printf("${expression}=%d\\n", ${toScript(expression)}) } catch { println("no ${expression}") }`,
    );
    const point = `process("${program}").function("${name}")${suffix ?? ""}`;
    return `probe ${point} { println("@${place}")\n${prints.join("\n")} }`;
  });
  return probes.join("\n");
}

/** The hits of each place, in order. */
function readHits(out: string): Map<string, Map<string, bigint>[]> {
  const hits = new Map<string, Map<string, bigint>[]>();
  let current = new Map<string, bigint>();
  for (const line of out.split("\n")) {
    const [, place] = /^@(.*)$/.exec(line) ?? [];
    const [, expression, value] = /^(.+)=(-?\d+)$/.exec(line) ?? [];
    if (place !== undefined) {
      current = new Map();
      hits.set(place, [...(hits.get(place) ?? []), current]);
    } else if (expression !== undefined) current.set(expression, BigInt(value ?? 0));
  }
  return hits;
}

describe("variables equal gdb's", () => {
  test("a dozen programs are there, at -O0 and -O2", () => {
    expect(programs.filter((name) => name.endsWith("-O0")).length).toBeGreaterThanOrEqual(12);
    expect(programs.filter((name) => name.endsWith("-O2")).length).toBeGreaterThanOrEqual(12);
  });

  test.each(programs)("%s", (name) => {
    const program = join(folder, name);
    const all = JSON.parse(readFileSync(`${program}.gdb.json`, "utf8")) as Stop[];
    const stops = all.filter((stop) => stop.at !== "line" && comparable(stop).size > 0);
    const { out, err } = utap(["-e", scriptFor(program, stops), "-c", program]);
    expect(err).toBe("");
    const hits = readHits(out);
    // gdb steps over some calls of a function while it finishes another, so its stops are some of our hits, in order.
    const used = new Map<string, number>();
    const distances = new Set<bigint>();
    let compared = 0;
    for (const stop of stops) {
      const place = placeOf(stop);
      const candidates = hits.get(place) ?? [];
      const expected = [...comparable(stop)];
      const agrees = (hit: Values): boolean =>
        expected.every(([expression, value]) => {
          const ours = hit.get(expression);
          return ours !== undefined && (isOnQemuStack(value) || ours === value);
        });
      const from = used.get(place) ?? 0;
      const found = candidates.findIndex((hit, i) => i >= from && agrees(hit));
      const shown = candidates.slice(from).map((hit) => JSON.stringify([...hit].map(String)));
      expect(
        found,
        `${place} ${JSON.stringify(expected.map(String))} is none of ${shown.join("\n")}`,
      ).toBeGreaterThanOrEqual(0);
      used.set(place, found + 1);
      for (const [expression, value] of expected) {
        if (isOnQemuStack(value)) distances.add(value - (candidates[found]?.get(expression) ?? 0n));
        compared++;
      }
    }
    expect(compared).toBeGreaterThan(5);
    expect(distances.size).toBeLessThanOrEqual(1);
  });
});
