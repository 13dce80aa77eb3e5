/**
 * Static glibc programs in the model. `recorded` values are what qemu-riscv64 7.2 wrote and how it ended
 * (`cd test/fixtures/kernel && qemu-riscv64 ./basics SCENARIO | cat`). `reasoned` ones cannot come from it: under
 * qemu-user execve would start the host's kernel on a riscv64 file, and its stack guard differs from Linux'.
 */
import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { testWith } from "../oracles.ts";
import { fixtures, run } from "./run.ts";

interface Scenario {
  readonly name: string;
  readonly oracle: "recorded" | "reasoned";
  readonly output: string;
  readonly end: number | string;
}

const EINTR = "Interrupted system call";
// biome-ignore format: table
const scenarios: readonly Scenario[] = [
  { name: "hello",       oracle: "recorded", output: "hello 2\n", end: 3 },
  { name: "restart",     oracle: "recorded", output: `read -1 ${EINTR} hits 1\nread 1  hits 2\n`, end: 0 },
  { name: "alarm",       oracle: "recorded", output: `pause -1 ${EINTR} hits 1\n`, end: 0 },
  { name: "kill",        oracle: "recorded", output: "", end: "SIGKILL" }, // killed with its output still in the buffer
  { name: "segv",        oracle: "recorded", output: "", end: "SIGSEGV" },
  { name: "protect",     oracle: "recorded", output: "mprotect 0\nsig 11 code 2\n", end: 7 },
  { name: "stack",       oracle: "recorded", output: "deep 4000\n", end: 0 },
  { name: "heap",        oracle: "recorded", output: "sum 4950\n", end: 0 },
  { name: "stop",        oracle: "recorded", output: "stopped 1 by 19\nexit 5\n", end: 0 },
  { name: "sigsuspend",  oracle: "recorded", output: `blocked hits 0\nsigsuspend -1 ${EINTR} hits 1\nstill blocked 1\n`, end: 0 },
  // The child is "hello" with argc 3 and exits 3: status 3 << 8.
  { name: "forkpipe",    oracle: "reasoned", output: "child said hello 3 status 300\n", end: 0 },
  // posix_spawn reports the failing execve of its vfork'ed child through the shared memory.
  { name: "spawn",       oracle: "reasoned", output: "hello 2\nspawn 0 status 300\nspawn No such file or directory\n", end: 0 },
  // Below the stack nothing is mapped: SEGV_MAPERR is 1.
  { name: "segvhandler", oracle: "reasoned", output: "sig 11 code 1\n", end: 7 },
];

const signals: { readonly [number: number]: string } = { 9: "SIGKILL", 11: "SIGSEGV" };

describe("programs", () => {
  it.each(scenarios)("$name", ({ name, output, end }) => {
    const got = run("/basics", [name]);
    expect(got.output).toBe(output);
    expect(got.result.exitCode ?? signals[got.result.signal ?? 0]).toBe(end);
    expect([...got.model.machine.missingCalls.keys()]).toEqual([]);
  });

  testWith("qemu-riscv64")("qemu-riscv64 agrees with what is recorded", () => {
    for (const { name, oracle, output, end } of scenarios) {
      if (oracle !== "recorded") continue;
      const real = spawnSync("qemu-riscv64", ["./basics", name], { cwd: fixtures, encoding: "latin1" });
      expect([name, real.stdout, real.status ?? real.signal]).toEqual([name, output, end]);
    }
  });

  it("runs twice the same with one seed, also in cut slices", () => {
    const [a, b] = [run("/basics", ["restart"]), run("/basics", ["restart"])];
    expect(b.output).toBe(a.output);
    expect(b.model.monotonicNs()).toBe(a.model.monotonicNs());
    expect(run("/basics", ["heap"], { quantum: 97 }).output).toBe("sum 4950\n");
  });
});
