/**
 * The examples about the scheduler, on a program of which it is known who sleeps how long and who wakes whom: the source
 * is test/fixtures/utrace/tasks.c.
 */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, test } from "vitest";
import { utap } from "../run/driver.ts";

const program = resolve(import.meta.dirname, "../fixtures/utrace/tasks.riscv64");

function run(example: string, what: string): string {
  const script = readFileSync(resolve(import.meta.dirname, "../../examples", example), "latin1");
  const { out, err } = utap(["-e", script, "-c", `${program} ${what}`]);
  expect(err).toBe("");
  return out;
}

test("offcpu.stp: a nap of 50 ms is one sleep of as long", () =>
  expect(run("offcpu.stp", "nap")).toMatch(
    /^tasks\.riscv64 +asleep +1 times, +50\d{3} us in all, +50\d{3} us at most\n$/,
  ));

// The child is new, the parent's sleep ends, the child is killed, the parent is told of it.
test("runqueue.stp: every wake-up is one wait for the CPU", () => {
  const counts = [...run("runqueue.stp", "kill").matchAll(/^ *\d+ \|@* +(\d+)$/gm)].map(([, count]) => Number(count));
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(4);
});

test("wakers.stp: the timer wakes the parent, which kills the child, which tells the parent", () => {
  const lines = run("wakers.stp", "kill").trimEnd().split("\n");
  expect(lines.map((line) => line.replaceAll("tasks.riscv64", "it")).sort()).toEqual([
    "    1 times  it(1000) wakes it(1001)",
    "    1 times  it(1001) wakes it(1000)",
    "    1 times  swapper/0(0) wakes it(1000)",
  ]);
});
