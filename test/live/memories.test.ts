/**
 * Whose memory it is: children that live in that of their parent, programs that become others. Probes go in once and out
 * once for each memory, and what is known of a program ends with it.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { prepareBuild, utap } from "../cli/spawn.ts";
import { missingOracles } from "../oracles.ts";

const missing = missingOracles("gcc");

describe.skipIf(missing.length > 0 || process.arch !== "x64")(`memories ${missing.join(" ")}`, () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "utap-memories-")));
  const program = join(folder, "shares");
  const children: ChildProcess[] = [];

  beforeAll(() => {
    prepareBuild();
    for (const name of ["shares", "counts", "maps"])
      execFileSync("gcc", ["-O1", "-g", "-o", join(folder, name), `test/live/programs/${name}.c`]);
  }, 60_000);
  afterEach(() => {
    for (const child of children.splice(0)) child.kill("SIGKILL");
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  describe.each([[[]], [["--no-exitkill"]]])("%s", (options) => {
    test.each(["vfork", "clone", "clone3"])("a child of %s, while probes are switched", async (how) => {
      const script = `
        global on = 1
        probe process("${program}").function("step") if (on) { println("step ", $n) }
        probe process("${program}").function("step").return if (on) { println("= ", $return) }
        probe syscall.getppid { on = !on }`;
      const ended = await utap([...options, "--no-global-var-display", "-e", script, "-c", `${program} ${how}`]);
      expect(ended).toEqual({ status: 7, out: "step 0\n= 1\nstep 2\n= 5\nstep 4\n= 9\n", err: "" });
    });
  });

  test("code that is mapped once more, or anew in the same place, and a page that the program must not read", async () => {
    const maps = join(folder, "maps");
    const script = `
      probe process("${maps}").function("step") { println("step ", $n) }
      probe process("${maps}").function("hidden") { println(user_string($text)) }`;
    const ended = await utap(["-e", script, "-c", maps]);
    expect(ended).toEqual({ status: 7, out: "step 1\nstep 2\nstep 3\nnot for me\n", err: "" });
  });

  test("the counter of a mark is raised for each probe, in a forked copy too, and lowered in both", async () => {
    const child = spawn(join(folder, "counts"), { stdio: ["pipe", "pipe", "inherit"] });
    children.push(child);
    let out = "";
    child.stdout.on("data", (data) => {
      out += data;
    });
    const closed = once(child, "close");
    await once(child.stdout, "data");
    const mark = `process("${join(folder, "counts")}").mark("turn")`;
    // Twice in each process.
    const script = `global n probe ${mark}, ${mark} { if (++n == 4) exit() }`;
    const ended = await utap(["--no-global-var-display", "-e", script, "-x", String(child.pid)]);
    expect(ended).toEqual({ status: 0, out: "", err: "" });
    child.stdin.end();
    await closed;
    expect(out).toBe("ready\nchild: 2\nchild: 0 at the end\nparent: 0 at the end\n");
  });

  test("a program that has become another one is that one", async () => {
    const script = `
      probe process.begin { println("begin ", execname()) }
      probe process("/bin/true").begin { println("begin of true") }
      probe process("/bin/sh").end { println("end of sh") }
      probe process("/bin/true").end { println("end of true") }`;
    const ended = await utap(["-e", script, "-c", "sh -c 'exec true'"]);
    expect(ended).toEqual({ status: 0, out: "begin sh\nbegin true\nbegin of true\nend of true\n", err: "" });
  });

  test("no journal is left of a program that has become another one", async () => {
    const env = { XDG_RUNTIME_DIR: join(folder, "runtime") };
    mkdirSync(env.XDG_RUNTIME_DIR);
    const child = spawn("sh", ["-c", "read line; exec cat"], { stdio: ["pipe", "pipe", "inherit"] });
    children.push(child);
    const script = `
      probe begin { println("ready") }
      probe process("/bin/sh").function("_start")?, process("/lib/x86_64-linux-gnu/libc.so.6").function("write") { n++ }
      probe process("/bin/cat").begin { println("cat") exit() }
      global n`;
    const ended = await utap(["--no-global-var-display", "-e", script, "-x", String(child.pid)], {
      env,
      begin: (_, out) => out.includes("ready") && child.stdin?.write("line\n"),
    });
    expect(ended).toEqual({ status: 0, out: "ready\ncat\n", err: "" });
    expect(readdirSync(join(env.XDG_RUNTIME_DIR, "utap"))).toEqual([]);
  });
});
