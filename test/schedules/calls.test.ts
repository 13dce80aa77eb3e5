/**
 * The calls of the scheduler one by one: each part of test/fixtures/schedules/calls.c prints in the model, as root, what it prints
 * under qemu-riscv64 7.2 on Linux. calls.txt was recorded with it, as root: for each part `=== NAME` and what `./calls NAME` prints.
 */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openHostFolder } from "../../cli/host-files.ts";
import { run } from "../kernel/run.ts";
import { testWith } from "../oracles.ts";

const folder = new URL("../fixtures/schedules/", import.meta.url).pathname;
const recorded = readFileSync(join(folder, "calls.txt"), "latin1")
  .split(/^=== /m)
  .slice(1)
  .map((part) => [part.slice(0, part.indexOf("\n")), part.slice(part.indexOf("\n") + 1)] as const);

const calls = (part: string, uid = 0) => run("/calls", [part], { root: openHostFolder(folder), uid });

test.each(recorded)("%s", (part, output) => {
  const got = calls(part);
  expect(got.output).toBe(output);
  expect(got.result).toEqual({ exitCode: 0 });
});

if (process.getuid?.() === 0) {
  testWith("qemu-riscv64")("qemu-riscv64 agrees with what is recorded", () => {
    for (const [part, output] of recorded) {
      const real = spawnSync("qemu-riscv64", ["./calls", part], { cwd: folder, encoding: "latin1" });
      expect([part, real.stdout]).toEqual([part, output]);
    }
  });
}

/**
 * Where limits cannot be raised, as in a container, qemu-riscv64 cannot tell. sched(7) and getrlimit(2): RLIMIT_RTPRIO 10 allows
 * priorities to 10; RLIMIT_NICE 25 allows nice values down to -5, and with them the way out of SCHED_IDLE; a limit of 0 leaves a
 * real-time task its priority and lower ones, but no other real-time policy.
 */
test("what limits allow", () => {
  const results = calls("limited")
    .output.trim()
    .split("\n")
    .map((line) => Number(line.split(" = ").at(-1)));
  const [EPERM, EACCES] = [-1, -13];
  // biome-ignore format: by lines of the program
  expect(results).toEqual([
    0, 0, 0,
    EPERM, 0, EPERM, 0, 0, 0, 0,
    0, EACCES, 0, 0, 0,
    0, 0, 0, EPERM,
    0, 0, 0, 0, EPERM, EPERM, 0, EPERM,
  ]);
});
