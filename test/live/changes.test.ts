/** Scripts with -g change the system calls of real programs, with the filter and without. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bin, prepareBuild, repository } from "../cli/spawn.ts";

const program = join(repository, "test/fixtures/utrace/tasks.x86_64");
const folder = realpathSync(mkdtempSync(join(tmpdir(), "utap-changes-")));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function utap(args: readonly string[], command: string): { status: number | null; out: string; err: string } {
  const all = [bin, "-w", "-g", ...args, "-c", command];
  const ended = spawnSync(process.execPath, all, { encoding: "latin1", input: "", timeout: 60_000, cwd: folder });
  return { status: ended.status, out: ended.stdout, err: ended.stderr };
}

// Exit statuses are those that the source of the program gives to these results.
// biome-ignore format: table
const changes: readonly (readonly [what: string, mode: string, script: string, status: number, out: string])[] = [
  ["an argument", "write", "probe syscall.write { $arg3 = 4 }", 4, "hell"],
  ["the call", "pid", 'probe syscall.getppid { $syscall = syscall_num("getpid") }', 1, ""],
  ["a call that is not made", "write", "probe syscall.write { $syscall = -1 }", -38 & 255, ""],
  ["a call that is given a result", "write", "probe syscall.write { $return = 42 }", 42, ""],
  ["the result", "write", "probe syscall.write.return { $return = 9 }", 9, "hello\n"],
  ["by set_returnval()", "write", "probe syscall.write.return { set_returnval(9) }", 9, "hello\n"],
  ["call and result", "write", 'probe syscall.write { $syscall = syscall_num("getpid") } probe syscall.getpid.return { $return = 7 }', 7, ""],
];

describe.skipIf(process.platform !== "linux" || process.arch !== "x64")("live", () => {
  beforeAll(prepareBuild, 60_000);

  describe.each([[[]], [["--no-filter"]]])("system calls are changed %s", (options) => {
    test.each([...changes])("%s", (_what, mode, script, status, out) => {
      expect(utap([...options, "-e", script], `${program} ${mode}`)).toEqual({ status, out, err: "" });
    });
  });

  test.each([[[]], [["--no-filter"]]])("all six arguments %s", (options) => {
    writeFileSync(
      join(folder, "six.c"),
      `#include <sys/syscall.h>
       #include <unistd.h>
       int main() { long p = syscall(SYS_mmap, 1, 0, 0, 0, 0, 1); if (p < 0) return 1; *(char *)p = 1; return 7; }`,
    );
    execFileSync("gcc", ["-O1", "-o", join(folder, "six"), join(folder, "six.c")]);
    // Those of a page to write to; one of them wrong is EINVAL or EBADF, or no page to write to.
    const script = `probe syscall.mmap2 { if ($arg1 == 1) {
      $arg1 = 0; $arg2 = 4096; $arg3 = 3; $arg4 = 0x22; $arg5 = -1; $arg6 = 0 } }`;
    expect(utap([...options, "-e", script], join(folder, "six"))).toEqual({ status: 7, out: "", err: "" });
  });

  test("children whose parent is killed while it forks go on", () => {
    const orphans = join(folder, "orphans");
    execFileSync("gcc", ["-O1", "-o", orphans, join(repository, "test/fixtures/live/orphans.c")]);
    const script = "global n probe process.begin, process.syscall { n++ } probe end { println(n > 100) }";
    expect(utap(["--no-global-var-display", "-e", script], `${orphans} 100`)).toEqual({
      status: 3,
      out: "100 rounds\n1\n",
      err: "",
    });
  });

  // The daemon begins to write when the program of -c has long ended.
  const daemon = (file: string): string =>
    `sh -c 'echo start; (sleep 1.5; echo late > ${file}; ls /nonexistent; echo late too) & exit 4'`;
  const script = 'probe syscall.openat { if (pid() == 0) println("never") } probe end { println("end") }';

  test.each([
    {
      options: [] as string[],
      err: /^utap: \d+ process(es)? left behind still needs? it; --no-filter lets utap leave them\n/,
    },
    { options: ["--no-filter"], err: /^/ },
  ])("the session ends with its program, what it left behind lives on $options", ({ options, err }) => {
    const plain = spawnSync("sh", ["-c", daemon("plain")], { encoding: "latin1", cwd: folder, input: "" });
    const name = `with${options.join("")}`;
    const ended = utap([...options, "-e", script], daemon(name));
    expect(ended.status).toBe(plain.status);
    expect(ended.out).toBe(plain.stdout.replace("start\n", "start\nend\n"));
    expect(ended.err).toMatch(err);
    expect(ended.err.replace(err, "")).toBe(plain.stderr);
    expect(readFileSync(join(folder, name), "latin1")).toBe(readFileSync(join(folder, "plain"), "latin1"));
  });
});
