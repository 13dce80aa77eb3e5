/**
 * A program of -c starts as it would from a shell: test/fixtures/live/surroundings.c prints all that it is given, and does
 * so once by itself and once under utap, from the same shell. The first run is the oracle.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { inheritedDescriptors } from "../../live/inherited.ts";
import { bin, prepareBuild, repository } from "../cli/spawn.ts";
import { missingOracles } from "../oracles.ts";

const folder = realpathSync(mkdtempSync(join(tmpdir(), "utap-start-")));
const missing = missingOracles("gcc");
/** A filter of system calls is visible in /proc/PID/status; it is the only thing that is. */
const utap = `'${bin}' --no-filter -o /dev/null -e 'probe process.syscall { println(pid()) }' -c`;

/** What a script of bash prints, and its status. */
function output(script: string): string {
  const { stdout, stderr, status } = spawnSync("bash", ["-c", script], {
    cwd: folder,
    encoding: "latin1",
    timeout: 50_000,
    stdio: ["ignore", "pipe", "pipe"],
  });
  return `${stdout}${stderr}${status}`;
}

describe.skipIf(missing.length > 0 || process.arch !== "x64")(`start ${missing.join(" ")}`, () => {
  beforeAll(() => {
    prepareBuild();
    const source = join(repository, "test/fixtures/live/surroundings.c");
    expect(spawnSync("gcc", ["-O1", "-o", join(folder, "surroundings"), source]).status).toBe(0);
    symlinkSync(folder, join(folder, "link"));
    writeFileSync(join(folder, "script"), "#!./surroundings -x\n", { mode: 0o755 });
  }, 60_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  // Each line is run in one and the same shell before the program is; PROGRAM is how it is called.
  // biome-ignore format: table
  const rows: readonly { readonly name: string; readonly before?: string; readonly program?: string }[] = [
    { name: "as it is" },
    { name: "arguments",                 program: "./surroundings '' 'a b' '$x' \"it's\" '*'" },
    { name: "found on the PATH",         before: "PATH=$PWD:$PATH", program: "surroundings" },
    { name: "a script with #!",          program: "./script y" },
    { name: "signals that are ignored",  before: "trap '' HUP INT USR1 ALRM" },
    { name: "limits",                    before: "ulimit -S -n 200; ulimit -c 0; ulimit -s 4096; ulimit -S -t 1000; ulimit -f 100000" },
    { name: "descriptors",               before: "exec 3</etc/passwd 5<>/dev/null 9>>/dev/null 7<&0" },
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a shell's
    { name: "the two ends of a pipe",    before: "coproc cat; exec 4<&${COPROC[0]} 6>&${COPROC[1]}" },
    { name: "nice and umask",            before: "umask 027; renice -n 3 $$ >/dev/null" },
    { name: "affinity",                  before: "taskset -pc 0 $$ >/dev/null" },
    { name: "a folder behind a link",    before: "cd link", program: "./surroundings" },
    { name: "odd environments",          before: "export A=$'\\xff\\xfe' B=$'two\\nlines' C=; f() { :; }; export -f f" },
  ];

  for (const { name, before = "", program = "./surroundings" } of rows) {
    test(name, () => {
      const quoted = program.replaceAll("'", "'\\''");
      const shell = (run: string): string => strip(output(`${before}\nP='${quoted}'; ${run} | cat`));
      expect(shell(`${utap} "$P"`)).toBe(shell(program));
    });
  }

  test("an environment that no shell makes", () => {
    const source = `#include <unistd.h>
      int main(int n, char **argv) {
        char *env[] = { argv[1], "V=1", "V=2", "no name", "=", 0 };
        return execvpe(argv[2], argv + 2, env);
      }`;
    const built = spawnSync("gcc", ["-D_GNU_SOURCE", "-x", "c", "-o", join(folder, "odd"), "-"], { input: source });
    expect(built.status).toBe(0);
    const odd = `./odd 'PATH=${process.env.PATH}'`;
    expect(strip(output(`${odd} ${utap} ./surroundings | cat`))).toBe(strip(output(`${odd} ./surroundings | cat`)));
  });

  test("more arguments and environment than fit into a megabyte", () => {
    const long = "x".repeat(100_000);
    const names = Array.from({ length: 15 }, (_, i) => `L${i}=${long}`);
    const count = (prefix: string): string =>
      output(`x=${long}; export ${names.map((_, i) => `L${i}=$x`).join(" ")}; ${prefix} | wc -c`);
    expect(Math.abs(Number.parseInt(count(`${utap} env`), 10) - Number.parseInt(count("env"), 10))).toBeLessThan(100);
  });

  test("a folder that is gone is said to be gone", () => {
    expect(output(`mkdir gone; cd gone; rmdir ../gone; ${utap} true`)).toBe(
      "error[usage]: the current folder has been removed\n  hint: go to another one: cd\n1",
    );
  });

  test("text without #! is for the shell", () => {
    writeFileSync(join(folder, "text"), 'echo "$# $1"; exit 3\n', { mode: 0o755 });
    expect(output(`${utap} './text one'`)).toBe("1 one\n3");
  });
});

/** Without what is different in any two runs. */
function strip(text: string): string {
  return text.replace(/^environ _=.*\n/m, "").replaceAll(/(pipe|socket):\[\d+\]/g, "$1");
}

describe("descriptors that Node did not open", () => {
  const epoll = "anon_inode:[eventpoll]";
  const event = "anon_inode:[eventfd]";
  const nodes = (first: number) => [epoll, "pipe:[1]", "pipe:[1]", event].map((link, i) => ({ fd: first + i, link }));
  const standard = [0, 1, 2].map((fd) => ({ fd, link: "/dev/pts/0" }));

  test("none", () => expect(inheritedDescriptors([...standard, ...nodes(3)])).toEqual([]));
  test("what lies below Node's, whatever it is", () => {
    const pipe = [3, 4].map((fd) => ({ fd, link: "pipe:[9]" }));
    expect(inheritedDescriptors([...standard, ...pipe, ...nodes(5)])).toEqual([3, 4]);
  });
  test("files, sockets and one end of a pipe among Node's", () => {
    const others = [
      { fd: 20, link: "/etc/passwd" },
      { fd: 21, link: "socket:[7]" },
      { fd: 22, link: "pipe:[8]" },
    ];
    expect(inheritedDescriptors([...standard, ...nodes(3), ...others])).toEqual([20, 21, 22]);
  });
});
