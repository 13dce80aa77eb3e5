/**
 * Tracing calls that end in unusual ways: the program's output and status are what they are without tracing, and the
 * probes count what the source says.
 *
 * depth(n) is entered and returns n + 1 times. The plain outputs are qemu-riscv64's where it can run the program
 * (`qemu-riscv64 ./stress HOW`; it cannot execute a riscv64 program, so "exec" is reasoned: that of "deep").
 */
import { describe, expect, test } from "vitest";
import { utap } from "./driver.ts";

const program = new URL("../fixtures/stress/stress", import.meta.url).pathname;
const point = (name: string): string => `process("${program}").function("${name}")`;

// biome-ignore format: table
const ways: readonly { readonly how: string; readonly output: string; readonly calls: number; readonly returns: number }[] = [
  { how: "deep",   output: "depth 40\n",                   calls: 41, returns: 41 },
  // Three times depth(3) of 4 calls, in whichever order the arguments are made.
  { how: "jump",   output: "7 3\n7 3\n7 3\n",              calls: 12, returns: 12 },
  { how: "fork",   output: "child 10\nparent 10 500\n",    calls: 22, returns: 22 },
  { how: "thread", output: "sum 33\n",                     calls: 36, returns: 36 }, // 11 + 12 + 13
  { how: "kill",   output: "status 9 depth 3\n",           calls: 4,  returns: 4 },
  { how: "exec",   output: "depth 40\n",                   calls: 45, returns: 45 }, // 4 before, 41 after
];

describe("stress", () => {
  for (const { how, output, calls, returns } of ways) {
    const command = ["-c", `${program} ${how}`];

    test(`${how}: entries and returns`, () => {
      const script = `global c, r, l
        probe ${point("depth")} { c++ } probe ${point("depth")}.return { r++ }
        probe ${point("leap")}.return, ${point("hang")}.return { l++ }
        probe end { printf("calls %d returns %d left %d\\n", c, r, l) }`;
      expect(utap(["-e", script, ...command])).toEqual({
        status: 0,
        out: `${output}calls ${calls} returns ${returns} left 0\n`,
        err: "",
      });
    });

    for (const after of [1, 3]) {
      test(`${how}: exit() at return or entry ${after}, with probed functions on the stack`, () => {
        for (const variant of ["", ".return"]) {
          const script = `global n probe ${point("depth")}${variant} { if (++n == ${after}) exit() }
            probe ${point("depth")}.return, ${point("leap")}.return, ${point("hang")}.return { n += 0 }`;
          expect(utap(["-e", script, ...command])).toEqual({ status: 0, out: output, err: "" });
        }
      });
    }
  }
});
