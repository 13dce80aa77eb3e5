/**
 * What signals tell of instructions that breakpoints stand on, and what becomes of SIGTRAP itself.
 *
 * A breakpoint is a SIGTRAP that cannot wait. Where the program blocks or ignores SIGTRAP, Linux takes that back and sets
 * the default before any tracer knows of it (force_sig; the same under gdb); docs/live.md says so.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { prepareBuild, utap } from "../cli/spawn.ts";
import { missingOracles } from "../oracles.ts";

const folder = realpathSync(mkdtempSync(join(tmpdir(), "utap-traps-")));
const missing = missingOracles("gcc");

const plain = (name: string, ...args: readonly string[]): string =>
  spawnSync(join(folder, name), args, { encoding: "utf8" }).stdout;

function probed(name: string, functions: readonly string[], args = "") {
  const probes = functions.map((f) => `probe process("${join(folder, name)}").function("${f}") { n++ }`).join("\n");
  const script = `global n ${probes} probe end { printf("hits %d\\n", n) }`;
  return utap(["-e", script, "-c", `${join(folder, name)} ${args}`]);
}

describe.skipIf(missing.length > 0 || process.arch !== "x64")(`traps ${missing.join(" ")}`, () => {
  beforeAll(() => {
    prepareBuild();
    for (const name of ["faults", "traps-off"]) {
      const source = `test/live/programs/${name}.c`;
      expect(spawnSync("gcc", ["-O1", "-o", join(folder, name), source]).status).toBe(0);
    }
  }, 60_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("faults of probed instructions tell the program's own addresses", async () => {
    const expected = plain("faults");
    // si_code: FPE_INTDIV 1, ILL_ILLOPN 2, SEGV_MAPERR 1.
    expect(expected).toBe(
      "signal 8 code 1 address +0 pc +0\nsignal 4 code 2 address +0 pc +0\nsignal 11 code 1 address +64 pc +0\n",
    );
    const { out } = await probed("faults", ["divides", "traps", "reads"]);
    expect(out).toBe(`${expected}hits 3\n`);
  });

  test("a handler of SIGTRAP stays", async () => {
    expect(plain("traps-off", "handled")).toBe("lives, caught 1\n");
    const { out, status } = await probed("traps-off", ["work"], "handled");
    expect({ out, status }).toEqual({ out: "lives, caught 1\nhits 1\n", status: 0 });
  });

  test.each(["ignored", "blocked"])("SIGTRAP that is %s where a breakpoint is met is at its default", async (how) => {
    expect(plain("traps-off", how)).toBe(`lives, caught ${how === "blocked" ? 1 : 0}\n`);
    const { out, status } = await probed("traps-off", ["work"], how);
    expect({ out, status }).toEqual({ out: "hits 1\n", status: 128 + 5 });
  });

  test.each(["ignored", "blocked"])("SIGTRAP that is %s stays so without breakpoints", async (how) => {
    const { out, status } = await utap([
      "-e",
      "global n probe process.syscall { n++ }",
      "--no-global-var-display",
      "-c",
      `${join(folder, "traps-off")} ${how}`,
    ]);
    expect({ out, status }).toEqual({ out: plain("traps-off", how), status: 0 });
  });
});
