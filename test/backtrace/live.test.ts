/**
 * Stacks of live programs of this machine against gdb's: through the C library, which has nothing but `.eh_frame`, out of
 * callbacks, a signal handler, a thread and calls that are traced to their return. Both sides are told as the
 * offset in it, because addresses differ from run to run and names of one function differ between symbol tables.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect } from "vitest";
import { testWith } from "../oracles.ts";

const folder = mkdtempSync(join(tmpdir(), "utap-stacks-"));
afterAll(() => rmSync(folder, { recursive: true }));

const source = `
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <stdio.h>
#define KEPT __attribute__((noinline, noclone))
KEPT int stop(int x) { __asm__ volatile("" ::"r"(x)); return x + 1; }
static int compare(const void *a, const void *b) { int d = *(int *)a - *(int *)b; return stop(d) - 1; }
static void handler(int signal) { stop(signal); }
static void *thread(void *argument) { return (void *)(long)stop((int)(long)argument); }
KEPT int recurse(int n) { int below = n ? recurse(n - 1) : stop(7); __asm__ volatile("" : "+r"(below)); return below + 1; }
static void leave(void) { stop(9); }
int main(void) {
  int values[] = { 5, 3, 9, 1 };
  qsort(values, 4, sizeof *values, compare);
  signal(SIGUSR1, handler);
  raise(SIGUSR1);
  pthread_t t;
  pthread_create(&t, 0, thread, (void *)3);
  pthread_join(t, 0);
  atexit(leave);
  return recurse(6) == 0;
}
`;

const gdbScript = `
import gdb
for line in ["set pagination off", "set confirm off", "set width 0", "set backtrace past-main on", "set backtrace past-entry on",
             "handle SIGUSR1 nostop noprint pass", "set debuginfod enabled off"]:
    try: gdb.execute(line, to_string=True)
    except gdb.error: pass
gdb.execute("break stop", to_string=True)
gdb.execute("run", to_string=True)
while gdb.selected_inferior().pid:
    out = []
    frame = gdb.newest_frame()
    while frame:
        if frame.type() not in (gdb.INLINE_FRAME, gdb.TAILCALL_FRAME):
            pc = frame.pc()
            signal = frame.type() == gdb.SIGTRAMP_FRAME
            exact = frame.level() == 0 or signal or frame.newer().type() == gdb.SIGTRAMP_FRAME
            words = gdb.execute("info symbol %d" % (pc if exact else pc - 1), to_string=True).split(" in section")[0].split()
            offset = (int(words[2]) if len(words) > 2 else 0) + (0 if exact else 1)
            out.append("?" if words[0] == "No" else "+0x%x" % offset)
        frame = frame.older()
    print("STACK " + " ".join(out))
    gdb.execute("continue", to_string=True)
`;

for (const flags of ["-O0", "-O2"]) {
  testWith("gdb", "gcc")(`${flags}: every stack in one function`, () => {
    const program = join(folder, `program${flags}`);
    writeFileSync(`${program}.c`, source);
    execFileSync("gcc", [flags, "-g", "-pthread", "-o", program, `${program}.c`]);
    writeFileSync(`${program}.py`, gdbScript);
    const out = execFileSync("gdb", ["-batch", "-nx", "-x", `${program}.py`, program], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
      timeout: 60_000,
    });
    const theirs = [...out.matchAll(/^STACK (.*)$/gm)].map(([, stack]) => stack);
    const script = `
      probe process.function("stop") { println("STACK") print_ubacktrace_brief() }
      probe process.function("recurse").return, process.function("compare").return { calls++ }
      probe end { println("END") }
      global calls`;
    const options = ["-DMAXBACKTRACE=64", "--no-global-var-display", "-e", script, "-c", program];
    const ours = spawnSync(join(import.meta.dirname, "../../bin/utap"), options, { encoding: "utf8", timeout: 30_000 });
    expect(ours.stderr).toBe("");
    expect(theirs.length).toBeGreaterThan(7);
    expect(stacksOf(ours.stdout)).toEqual(theirs);
  });
}

function stacksOf(text: string): readonly string[] {
  const [, ...stacks] = text.split(/^STACK$/m);
  return stacks.map((stack) =>
    stack
      .split("\n")
      .filter((line) => line !== "" && line !== "END")
      .map((line) => (/\+(0x[0-9a-f]+)$/.exec(line)?.[1] === undefined ? "?" : line.slice(line.lastIndexOf("+"))))
      .join(" "),
  );
}
