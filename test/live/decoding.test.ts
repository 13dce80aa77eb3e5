/**
 * Arguments as text against strace on this machine: the same program under both, line by line.
 *
 * test/live/programs/calls.c makes the calls that the recorded lines of test/syscalls/decoding.test.ts lack. Its last
 * argument of every call is invalid or its result is out of reach, so nothing that the kernel writes is shown.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { bin, prepareBuild } from "../cli/spawn.ts";
import { missingOracles } from "../oracles.ts";

const folder = realpathSync(mkdtempSync(join(tmpdir(), "utap-decoding-")));
const missing = missingOracles("gcc", "strace");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Probes that scripts know by another name than strace. */
const names: { readonly [probe: string]: string } = { pread: "pread64", pwrite: "pwrite64" };

function run(program: string, ...args: readonly string[]): void {
  spawnSync(program, args, { cwd: folder, timeout: 60_000 });
}

/** Calls after the one that begins the list. */
function calls(file: string): readonly string[] {
  const lines = readFileSync(join(folder, file), "latin1").split("\n");
  return lines
    .slice(lines.findIndex((line) => line.startsWith("close(-77)")) + 1)
    .filter((line) => /^\w+\(/.test(line));
}

describe.skipIf(missing.length > 0 || process.arch !== "x64")(`as strace decodes them ${missing.join(" ")}`, () => {
  if (missing.length > 0 || process.arch !== "x64") return;
  prepareBuild();
  const source = "test/live/programs/calls.c";
  expect(spawnSync("gcc", ["-O1", "-o", join(folder, "calls"), source]).status).toBe(0);
  run("strace", "-o", "strace.out", "./calls");
  const expected = calls("strace.out").map((line) =>
    // Results are no arguments; that a number has no name is said by strace alone.
    line.replace(/\) +[=?] .*$/, ")").replaceAll(/ \/\* \w+_\?\?\? \*\//g, ""),
  );
  const script = 'probe syscall.* { printf("%s(%s)\\n", name, argstr) }';
  run(process.execPath, bin, "-w", "-o", "utap.out", "-e", script, "-c", "./calls");
  const shown = calls("utap.out").map((line) => line.replace(/^\w+/, (name) => names[name] ?? name));

  test("every call is there", () => {
    expect(shown.map((line) => line.split("(")[0])).toEqual(expected.map((line) => line.split("(")[0]));
    expect(expected.length).toBeGreaterThan(145);
  });

  test.each(expected.map((line, i) => [i, line] as const))("%i: %s", (i, line) => {
    expect(shown[i]).toBe(line);
  });
});
