/**
 * Programs in a process namespace of their own: they see no sender of what is sent from outside, so not that it was utap.
 *
 * Their first breakpoint and the ends of their children are signals that stand aside while the program makes calls for utap.
 */
import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { bin, prepareBuild } from "../cli/spawn.ts";

const libc = "/lib/x86_64-linux-gnu/libc.so.6";
const command = "unshare -rpf sh -c '(exec true) & wait; (exec true) & wait; exit 3'";
const works = spawnSync("sh", ["-c", command], { timeout: 20_000 }).status === 3;

describe.skipIf(!works || process.arch !== "x64")("a process namespace", () => {
  test("functions are probed, children are waited for", () => {
    prepareBuild();
    const script = `global n probe process("${libc}").function("malloc").return { n++ } probe end { println(n > 0) }`;
    const args = [bin, "--no-global-var-display", "-e", script, "-c", command];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, {
      encoding: "latin1",
      timeout: 30_000,
      killSignal: "SIGKILL",
    });
    expect({ status, stdout, stderr }).toEqual({ status: 3, stdout: "1\n", stderr: "" });
  }, 60_000);
});
