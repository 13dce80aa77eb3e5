/** Damaged debuginfo: the text of every value is a plan of bounded size or a failure, and it comes soon. */
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { limits } from "../../base/limits.ts";
import { openModule } from "../../debuginfo/symbols.ts";

const folder = resolve(import.meta.dirname, "../fixtures/pretty");
const programs = ["shapes-O0", "shapes-O2"].map((name) => new Uint8Array(readFileSync(join(folder, name))));

function askAll(bytes: Uint8Array): void {
  const module = openModule("damaged", bytes);
  if (module.kind === "failure") return;
  const sites = module.functions("*", false);
  if ("kind" in sites) return;
  for (const site of sites) {
    const { parameters, locals } = module.variables(site);
    for (const name of [...parameters, ...locals, "return"]) {
      const access = { steps: [], addressOf: false, text: name };
      const answer = module.pretty({ kind: "variable", site, name }, access, true);
      if (answer.kind === "failure") expect(answer.message).not.toBe("");
      else expect(answer.plan.values.length).toBeLessThanOrEqual(limits.maxPrettyValues);
    }
  }
}

test("cut off anywhere", () => {
  for (const bytes of programs)
    for (let length = 0; length < bytes.length; length += 97) askAll(bytes.subarray(0, length));
});

test("bytes flipped at random", () => {
  const change = fc.record({ at: fc.nat(1 << 14), value: fc.nat(255) });
  fc.assert(
    fc.property(fc.constantFrom(...programs), fc.array(change, { minLength: 1, maxLength: 20 }), (program, changes) => {
      const bytes = program.slice();
      for (const { at, value } of changes) bytes[at % bytes.length] = value;
      askAll(bytes);
    }),
    { numRuns: 300, seed: 4 },
  );
});
