/**
 * Libraries that are loaded while a process is traced: probes in them are armed, and system calls do not stop for that.
 *
 * The program loads the library that it is given, calls `later(20)` in it, which is 41, and unloads it, once for each line
 * that it reads.
 */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdtempSync, openSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launch } from "../../live/live.ts";
import { readStatus } from "../../live/proc.ts";
import type { LiveTask } from "../../live/task.ts";
import { RESUME, UTRACE_EVENT } from "../../target/events.ts";
import { prepareBuild, utap } from "../cli/spawn.ts";
import { missingOracles } from "../oracles.ts";

const folder = realpathSync(mkdtempSync(join(tmpdir(), "utap-libraries-")));
const program = join(folder, "loader");
const library = join(folder, "liblater.so");
const missing = missingOracles("gcc");
const SIGTRAP_BIT = 1n << 4n;

const sources = {
  "loader.c": `#include <dlfcn.h>
#include <stdio.h>
int main(int argc, char **argv) {
  char line[8];
  puts("ready"), fflush(stdout);
  while (fgets(line, sizeof line, stdin)) {
    void *library = dlopen(argv[1], RTLD_NOW);
    long (*later)(long) = (long (*)(long))dlsym(library, "later");
    printf("%ld\\n", later(20)), fflush(stdout);
    dlclose(library);
  }
}`,
  "later.c": "long later(long x) { return 2 * x + 1; }",
};

const probe = `probe process("${library}").function("later") { println("later ", $x) }`;

describe.skipIf(missing.length > 0 || process.arch !== "x64")(`libraries ${missing.join(" ")}`, () => {
  beforeAll(() => {
    prepareBuild();
    for (const [name, text] of Object.entries(sources)) writeFileSync(join(folder, name), text);
    const gcc = (...words: string[]) =>
      expect(spawnSync("gcc", ["-O1", "-g", ...words], { cwd: folder }).status).toBe(0);
    gcc("-o", program, "loader.c");
    gcc("-shared", "-fPIC", "-o", library, "later.c");
  }, 60_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test.each([[], ["--no-filter"], ["--no-exitkill"]])("of a program that is started %s", async (...options) => {
    const words = [...options, "-e", probe, "-c", `sh -c '${program} ${library}'`];
    const { out, status } = await utap(words, { input: "\n\n" });
    expect(out.match(/later 20/g)).toHaveLength(2);
    expect(out.match(/41/g)).toHaveLength(2);
    expect(status).toBe(0);
  });

  test.each([[], ["--no-filter"]])(
    "where the linker tells of them a script may have a probe %s",
    async (...options) => {
      const point = 'process("/lib64/ld-linux-x86-64.so.2").function("_dl_debug_state")';
      const script = `global n ${probe} probe ${point} { n++ } probe end { println("linker ", n >= 4) }`;
      const words = [...options, "--no-global-var-display", "-e", script, "-c", `${program} ${library}`];
      const { out, err, status } = await utap(words, { input: "\n\n" });
      // At least once each time that the library comes, and goes.
      expect(out.split("\n").filter((line) => line.startsWith("l"))).toEqual(["later 20", "later 20", "linker 1"]);
      expect([err, status]).toEqual(["", 0]);
    },
  );

  test("of a process that is attached to; it is left with the bytes of its files", async () => {
    const child = spawn(program, [library], { stdio: ["pipe", "pipe", "inherit"] });
    const closed = once(child, "close");
    const line = async () => String((await once(child.stdout, "data"))[0]);
    expect(await line()).toBe("ready\n");
    const pid = child.pid ?? 0;
    const own = linkerCode(pid);
    let asked = false;
    const script = `${probe} probe timer.ms(50) { println("on") } `;
    const { out } = await utap(["-e", script, "-x", String(pid)], {
      begin: (tracer, text) => {
        if (text.includes("on") && !asked) {
          asked = true;
          child.stdin.write("\n");
          child.stdin.write("\n");
        }
        if (text.match(/later 20/g)?.length === 2) tracer.kill("SIGINT");
      },
    });
    expect(out.match(/later 20/g)).toHaveLength(2);
    expect(linkerCode(pid).equals(own)).toBe(true);
    // Nor was it the handler of SIGTRAP that has put them back.
    expect((readStatus(pid)?.caughtSignals ?? -1n) & SIGTRAP_BIT).toBe(0n);
    child.stdin.end();
    expect(await closed).toEqual([0, null]);
  });

  test("without stops at system calls", () => {
    const lines = join(folder, "lines");
    writeFileSync(lines, "\n\n");
    const out = openSync(join(folder, "out"), "w");
    const argv = ["sh", "-c", `exec ${program} ${library} < ${lines}`];
    const target = launch({ path: "/bin/sh", argv, envp: [], stdout: out }, { noFilter: true });
    closeSync(out);
    const seen: string[] = [];
    target.main!.wanted = UTRACE_EVENT.MAP;
    target.main!.mm.mappings();
    const ended = target.run({
      poll: () => "run",
      nextTimer: () => Number.POSITIVE_INFINITY,
      timer: () => {},
      event(event) {
        const isIt = (event.kind === "map" || event.kind === "unmap") && event.mapping.file?.path === library;
        if (isIt) seen.push(`${event.kind} ${(event.task as LiveTask).went}`);
        return RESUME;
      },
    });
    expect(ended).toEqual({ exitCode: 0 });
    expect(readFileSync(join(folder, "out"), "utf8")).toBe("ready\n41\n41\n");
    // Several mappings of one file are told of together.
    const changes = seen.filter((change, i) => change !== seen[i - 1]);
    expect(changes).toEqual(["map cont", "unmap cont", "map cont", "unmap cont"]);
  });
});

/** What may be executed of the dynamic linker. */
function linkerCode(pid: number): Buffer {
  const row = readFileSync(`/proc/${pid}/maps`, "utf8")
    .split("\n")
    .find((text) => / r-xp .*\/ld-/.test(text));
  const [start = 0, end = 0] = (row?.split(" ")[0] ?? "").split("-").map((text) => Number.parseInt(text, 16));
  const read = spawnSync(
    "dd",
    [`if=/proc/${pid}/mem`, "bs=4096", `skip=${start / 4096}`, `count=${(end - start) / 4096}`],
    {
      maxBuffer: 1 << 26,
    },
  );
  return read.stdout;
}
