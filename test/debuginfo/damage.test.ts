/**
 * Damaged binaries: whatever is cut off or flipped, every answer is a value, and it comes soon.
 */
import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { parseElf } from "../../debuginfo/elf.ts";
import { openModule } from "../../debuginfo/symbols.ts";
import { accessOf } from "./plan-value.ts";

const folder = "test/fixtures/debuginfo";
const programs = readdirSync(folder)
  .filter((name) => /-O[02]$/.test(name))
  .map((name) => ({ name, bytes: new Uint8Array(readFileSync(`${folder}/${name}`)) }));

/** Asks everything there is to ask; gives back how many answers there were. */
function askAll(bytes: Uint8Array): number {
  const symbols = openModule("damaged", bytes);
  if (symbols.kind === "failure") return symbols.message.length > 0 ? 1 : 0;
  const sites = symbols.functions("*", false);
  if ("kind" in sites) return sites.message.length > 0 ? 1 : 0;
  let answers = 0;
  for (const site of sites.slice(0, 20)) {
    const { parameters, locals } = symbols.variables(site);
    symbols.returnsValue(site);
    for (const name of [...parameters, ...locals, "return", "nosuch"]) {
      for (const path of [name, `&${name}`, `${name}->next->value`, `${name}[1]`]) {
        if (symbols.variable(site, accessOf(path))) answers++;
      }
    }
  }
  return answers;
}

test.each(programs)("$name cut off anywhere", ({ bytes }) => {
  for (let length = 0; length < bytes.length; length += 61) {
    expect(askAll(bytes.subarray(0, length))).toBeGreaterThan(0);
  }
});

test("bytes flipped at random", () => {
  const change = fc.record({ at: fc.nat(1 << 16), value: fc.nat(255) });
  fc.assert(
    fc.property(fc.constantFrom(...programs), fc.array(change, { minLength: 1, maxLength: 12 }), (program, changes) => {
      const bytes = program.bytes.slice();
      for (const { at, value } of changes) bytes[at % bytes.length] = value;
      expect(askAll(bytes)).toBeGreaterThan(0);
    }),
    { numRuns: 250, seed: 1 },
  );
});

test("what is no 64-bit little-endian ELF file is named", () => {
  const bytes = programs[0]!.bytes;
  const patched = (at: number, value: number): unknown => parseElf(bytes.with(at, value));
  expect(parseElf(new Uint8Array(3))).toMatchObject({ kind: "failure", message: expect.stringMatching(/not an ELF/) });
  expect(patched(1, 0)).toMatchObject({ kind: "failure" });
  expect((patched(4, 1) as { message: string }).message).toMatch(/32-bit/);
  expect((patched(5, 2) as { message: string }).message).toMatch(/big-endian/);
});
