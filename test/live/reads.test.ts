/**
 * What a hit costs: however many fields of a structure a script reads, the memory is read with one process_vm_readv.
 *
 * strace watches the thread that traces (TracerPid of the program) while the program calls its function, once for each
 * line of input.
 */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readStatus } from "../../live/proc.ts";
import { prepareBuild, utap } from "../cli/spawn.ts";
import { missingOracles } from "../oracles.ts";

const folder = realpathSync(mkdtempSync(join(tmpdir(), "utap-reads-")));
const program = join(folder, "items");
const missing = missingOracles("gcc", "strace");

const source = `#include <stdio.h>
struct item { int a; long b; char name[8]; struct { int c, d; } inner; } item = {1, 2, "three", {4, 5}};
__attribute__((noinline)) void take(const struct item *item) { __asm__ volatile("nop" ::"r"(item) : "memory"); }
int main(void) {
  char line[8];
  puts("ready"), fflush(stdout);
  while (fgets(line, sizeof line, stdin)) take(&item), puts("taken"), fflush(stdout);
}
`;

describe.skipIf(missing.length > 0 || process.arch !== "x64")(`reads ${missing.join(" ")}`, () => {
  beforeAll(() => {
    prepareBuild();
    writeFileSync(`${program}.c`, source);
    expect(spawnSync("gcc", ["-O1", "-g", "-o", program, `${program}.c`]).status).toBe(0);
  }, 60_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("one process_vm_readv for each hit", { timeout: 60_000 }, async () => {
    const items = spawn(program, { stdio: ["pipe", "pipe", "inherit"] });
    await once(items.stdout, "data");
    const pid = items.pid ?? 0;
    const readMaps = () => readFileSync(`/proc/${pid}/maps`, "latin1");
    const untouched = readMaps();
    const script = `probe process("${program}").function("take") {
      printf("%d %d %s %d %d\\n", $item->a, $item->b, user_string($item->name), $item->inner->c, $item->inner->d)
    }`;
    const log = join(folder, "strace.out");
    const session = utap(["-e", script, "-x", String(pid)]);
    const call = async () => {
      items.stdin.write("\n");
      await once(items.stdout, "data");
    };
    // It stands still from before pages are put into it until its breakpoint is there.
    while (readMaps() === untouched) await sleep(10);
    // What is only read once has been.
    await call();
    const tracer = readStatus(pid)?.tracer ?? 0;
    const strace = spawn("strace", ["-qq", "-e", "trace=process_vm_readv,pread64", "-o", log, "-p", String(tracer)]);
    while (!existsSync(log) || readStatus(tracer, tracer)?.tracer !== strace.pid) await sleep(10);
    for (let i = 0; i < 5; i++) await call();
    strace.kill("SIGINT");
    await once(strace, "close");
    items.stdin.end();
    const { out } = await session;
    expect(out).toBe("1 2 three 4 5\n".repeat(6));
    const reads = readFileSync(log, "latin1")
      .split("\n")
      .filter((line) => /^\w+\(/.test(line));
    expect(reads.map((line) => line.split("(")[0])).toEqual(Array(5).fill("process_vm_readv"));
  });
});
