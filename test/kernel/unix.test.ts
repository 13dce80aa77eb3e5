/**
 * More of Unix in the model, over one static glibc program. `recorded` values are what qemu-riscv64 7.2 printed
 * (`cd test/fixtures/kernel && qemu-riscv64 ./unix SCENARIO`), and are asked again where it is installed.
 *
 * Two are reasoned: qemu-user makes a fork of a vfork, whose child cannot set the parent's variable; and it has a
 * guard page below the stack (SEGV_ACCERR), where Linux has nothing mapped (SEGV_MAPERR is 1).
 */
import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { testWith } from "../oracles.ts";
import { fixtures, run } from "./run.ts";

interface Scenario {
  readonly name: string;
  readonly oracle: "recorded" | "reasoned";
  readonly output: string;
  readonly status: number;
}

const ROUNDED = "-0x1.5555555555555p-2 2\n-0x1.5555555555555p-2 2\n-0x1.5555555555556p-2 2\n-0x1.5555555555555p-2 3\n";
// biome-ignore format: table
const scenarios: readonly Scenario[] = [
  { name: "status",   oracle: "recorded", output: "2c00\nf\n-1 No child processes\n", status: 0 },
  { name: "sigpipe",  oracle: "recorded", output: "-1 Broken pipe\nd\n", status: 0 },
  { name: "group",    oracle: "recorded", output: "kill 0\nf\nf\nf\n", status: 0 },
  { name: "jobs",     oracle: "recorded", output: "1 19\n1\n9\n", status: 0 },
  { name: "vfork",    oracle: "reasoned", output: "2 400\n", status: 0 },
  { name: "mutex",    oracle: "recorded", output: "8000\n", status: 0 },
  { name: "sigchld",  oracle: "recorded", output: "2 ok\n", status: 0 },
  { name: "clock",    oracle: "recorded", output: "1\n", status: 0 },
  { name: "args",     oracle: "recorded", output: "2 args end 4096 1 1\n", status: 0 },
  { name: "arith",    oracle: "recorded", output: `-1 5 -9223372036854775808 0\n6b6a696867666564\n${ROUNDED}`, status: 0 },
  { name: "unmap",    oracle: "recorded", output: "sig 11 code 1\n", status: 7 },
  { name: "readonly", oracle: "recorded", output: "sig 11 code 2\n", status: 7 },
  { name: "overflow", oracle: "reasoned", output: "sig 11 code 1\n", status: 7 },
];

describe("unix", () => {
  // Slices of a prime number of instructions put the switches between threads elsewhere.
  test.each(scenarios)("$name", ({ name, output, status }) => {
    for (const options of [{}, { quantum: 997 }]) {
      const got = run("/unix", [name], options);
      expect([got.output, got.result]).toEqual([output, { exitCode: status }]);
    }
  });

  testWith("qemu-riscv64")("qemu-riscv64 agrees with what is recorded", () => {
    for (const { name, oracle, output, status } of scenarios) {
      if (oracle !== "recorded") continue;
      const real = spawnSync("qemu-riscv64", ["./unix", name], { cwd: fixtures, encoding: "latin1", timeout: 10_000 });
      expect([name, real.stdout, real.status]).toEqual([name, output, status]);
    }
  });
});
