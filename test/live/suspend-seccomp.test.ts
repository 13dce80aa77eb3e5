/**
 * Programs that have made most system calls deadly for themselves (programs/sealed.c): what utap needs in them they cannot map
 * for it, and tracing must not be their end. The program checks its own results.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readStatus } from "../../live/proc.ts";
import { missingOracles } from "../oracles.ts";
import { startReady } from "./start-ready.ts";

const isHere = process.arch === "x64" && process.platform === "linux" && process.getuid?.() === 0;

describe.skipIf(!isHere || missingOracles("gcc", "setpriv").length > 0)("a program with a seccomp filter", () => {
  const folder = mkdtempSync(join(tmpdir(), "utap-sandbox-"));
  const program = join(folder, "sealed");
  const env = { ...process.env, XDG_RUNTIME_DIR: folder };

  beforeAll(() => {
    execFileSync("gcc", ["-O1", "-g", "-o", program, "test/live/programs/sealed.c"]);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** What utap printed, and what became of the program. */
  async function traced(argument: readonly string[], before: readonly string[]): Promise<[string, string]> {
    const work = `process("${program}").function("work")`;
    const script = `global n, r probe ${work} { n++ if (n > 9) exit() } probe ${work}.return { r++ } probe end { println(n > 0, r > 0) }`;
    const { pid, end } = await startReady(program, argument);
    const command = [...before, "bin/utap", "-e", script, "-x", String(pid)];
    const { stdout } = spawnSync(command[0] ?? "", command.slice(1), { env, encoding: "utf8", timeout: 30_000 });
    return [stdout, await end()];
  }

  const withoutAdmin = ["setpriv", "--bounding-set=-sys_admin", "--inh-caps=-sys_admin"];

  // Whoever runs under a filter themselves, in a container, say, cannot.
  const CAP_SYS_ADMIN = 1n << 21n;
  const own = readStatus(process.pid);
  const maySuspend = own?.seccomp === 0 && (own.effectiveCapabilities & CAP_SYS_ADMIN) !== 0n;

  test.skipIf(!maySuspend).each([
    ["filters", []],
    ["strict", ["strict"]],
  ])("%s: suspended for what it does for us", async (_, argument) => {
    expect(await traced(argument, [])).toEqual(["11\n", "wrong 0\n0"]);
  });

  test.each([
    ["filters", []],
    ["strict", ["strict"]],
  ])("%s: it does nothing for a tracer that cannot suspend them", async (_, argument) => {
    // A return needs a place of ours to return to.
    expect(await traced(argument, withoutAdmin)).toEqual(["10\n", "wrong 0\n0"]);
  });
});
