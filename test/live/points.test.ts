/**
 * Every kind of user-space probe point, live, on a dynamic position-independent program of this machine.
 *
 * The program is test/fixtures/points/places.c, run with two arguments, so argc is 3. What must be seen, by hand:
 *
 *     work(3)   mark other.hit
 *       twice(3)   mark app.hit(3, -17, 2); add(3, {3, 2}) = 6; square(4) = 16 marks (16, 12); far(3) = 15; returns 38
 *       twice(7)   goes to `big`; cube(7) = 7 * square(7), which marks (49, 21); returns 343
 *       far(0) = 0 (sum is still 0)
 *       square(3) = 9 marks (9, 9)
 *     returns 390, and 1000 more while a probe on app.hit is armed, because its semaphore counts it
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { prepareBuild, repository, utap } from "../cli/spawn.ts";
import { missingOracles } from "../oracles.ts";

const folder = realpathSync(mkdtempSync(join(tmpdir(), "utap-points-")));
const program = join(folder, "places");
const missing = missingOracles("gcc");

interface Case {
  readonly title: string;
  /** What follows `process("PROGRAM").` */
  readonly probes: readonly (readonly [point: string, handler: string])[];
  readonly expected: string;
  /** Where the compiler makes such a thing. */
  readonly only?: "-O0" | "-O2";
}

// biome-ignore format: table
const cases: readonly Case[] = [
  { title: "functions and returns",
    probes: [['function("twice")', 'printf("twice(%d)\\n", $n)'],
             ['function("twice").return', 'printf("= %d of %d\\n", $return, @entry($n))']],
    expected: "twice(3)\n= 38 of 3\ntwice(7)\n= 343 of 7\n" },
  { title: "members of a structure", only: "-O0",
    probes: [['function("add").call', 'printf("add(%d, {%d, %d}) %s\\n", $a, $q->x, $q->y, $q$)']],
    expected: "add(3, {3, 2}) {.x=3, .y=2}\n" },
  { title: "marks of a provider",
    probes: [['provider("app").mark("square__done")', 'printf("square %d %d\\n", $arg1, $arg2)'],
             ['provider("other").mark("hit")', 'println("other hit")']],
    expected: "other hit\nsquare 16 12\nsquare 49 21\nsquare 9 9\n" },
  { title: "a mark with a semaphore",
    probes: [['provider("app").mark("hit")', 'printf("hit %d %d %d\\n", $arg1, $arg2, $arg3)'],
             ['function("work").return', 'printf("= %d\\n", $return)']],
    expected: "hit 3 -17 2\n= 1390\n" },
  { title: "without the mark nobody counts",
    probes: [['function("work").return', 'printf("= %d\\n", $return)']],
    expected: "= 390\n" },
  { title: "statements",
    probes: [['statement("far@*:28")', 'printf("line 28: %d\\n", $n)']],
    expected: "line 28: 3\nline 28: 0\n" },
  { title: "labels",
    probes: [['function("twice").label("big")', 'printf("big %d\\n", $n)']],
    expected: "big 7\n" },
  { title: "inlined copies",
    probes: [['function("square").inline', 'printf("square(%d)\\n", $n)']],
    expected: "square(4)\nsquare(7)\nsquare(3)\n" },
  { title: "callees", only: "-O2",
    probes: [['function("twice").callee("far")', 'printf("far(%d)\\n", $n)']],
    expected: "far(3)\n" },
  { title: "functions of a library that the program is linked with",
    probes: [['library("libc.so.6").function("puts")', 'println("puts in ", umodname(uaddr()))'],
             ['library("libc.so.6").function("rand").return', 'println("rand")']],
    expected: "puts in libc.so.6\nrand\n" },
  { title: "calls into libraries through the plt",
    probes: [['plt("puts")', 'println("puts")'], ['plt("rand")', 'println("rand")']],
    expected: "puts\nrand\n" },
];

describe.skipIf(missing.length > 0 || process.arch !== "x64")(`probe points live ${missing.join(" ")}`, () => {
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  describe.each(["-O0", "-O2"])("%s", (level) => {
    const built = program + level;
    beforeAll(() => {
      prepareBuild();
      const source = join(repository, "test/fixtures/points/places.c");
      const gcc = spawnSync("gcc", [level, "-g", "-fno-lto", "-o", built, source]);
      expect(gcc.status, String(gcc.stderr)).toBe(0);
    }, 60_000);

    test.each(cases.filter(({ only = level }) => only === level))("$title", async ({ probes, expected }) => {
      const script = probes.map(([point, handler]) => `probe process("${built}").${point} { ${handler} }`).join("\n");
      const { out, err } = await utap(["-e", script, "-c", `${built} one two`]);
      expect(err).toBe("");
      expect(out.replace(`${built}\n`, "")).toBe(expected);
    });
  });
});
