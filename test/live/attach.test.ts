/**
 * -x: a process that runs is taken and left again, and goes on as if nothing had been.
 *
 * The programs are modes of test/fixtures/live/stress.c that know their own right answers. Each is attached to while it
 * runs and left while probes are being hit, calls are open and threads sleep in calls of all kinds.
 */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { LiveAddressSpace } from "../../live/address-space.ts";
import { readAttachFacts } from "../../live/attach-facts.ts";
import { attach } from "../../live/live.ts";
import { UTRACE_RESUME_ACTION } from "../../target/events.ts";
import { prepareBuild, repository, utap } from "../cli/spawn.ts";
import { missingOracles } from "../oracles.ts";

const folder = realpathSync(mkdtempSync(join(tmpdir(), "utap-attach-")));
const program = join(folder, "stress");
const noisy = join(folder, "noisy");
const missing = missingOracles("gcc");

/** deep(12) is the sum of 2n + 1 for n up to 12, that is 13²; epoll_wait saw the end of the input and no EINTR. */
const untouched = "busy\n0 wrong, 1 ready, 1\n7";

interface Running {
  readonly pid: number;
  /** Ends its input, and gives its output and status. */
  readonly end: () => Promise<string>;
}

async function start(...mode: string[]): Promise<Running> {
  const command = mode[0] === "noisy" ? noisy : program;
  const child = spawn(command, mode.length > 0 ? mode : ["busy"], { stdio: ["pipe", "pipe", "inherit"] });
  let out = "";
  const closed = once(child, "close");
  const began = new Promise((resolve) => {
    child.stdout.on("data", (data) => {
      out += data;
      resolve(undefined);
    });
  });
  await began;
  const end = async () => {
    child.stdin.end();
    const [status, signal] = await closed;
    return `${out}${signal ?? status}`;
  };
  return { pid: child.pid ?? 0, end };
}

/** Undefined where the process is gone. */
function tracer(pid: number): string | undefined {
  const status = `/proc/${pid}/status`;
  return existsSync(status) ? /TracerPid:\t(\d+)/.exec(readFileSync(status, "utf8"))?.[1] : undefined;
}

describe.skipIf(missing.length > 0 || process.arch !== "x64")(`attach ${missing.join(" ")}`, () => {
  beforeAll(() => {
    prepareBuild();
    const source = join(repository, "test/fixtures/live/stress.c");
    expect(spawnSync("gcc", ["-O1", "-g", "-pthread", "-o", program, source]).status).toBe(0);
    const other = join(repository, "test/live/programs/noisy.c");
    expect(spawnSync("gcc", ["-O1", "-o", noisy, other]).status).toBe(0);
  }, 60_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const probes = {
    functions: `probe process("${program}").function("deep") { n++ }`,
    returns: `probe process("${program}").function("deep").return, process("${program}").function("step").return { n++ }`,
    "system calls": "probe process.syscall, process.syscall.return { n++ }",
    "all of them": `probe process("${program}").function("step"), process("${program}").function("deep").return,
                    process.syscall, process.end, timer.ms(1) { n++ }`,
  };

  test.each(Object.entries(probes))("%s come and go while threads compute", async (_, probe) => {
    const { pid, end } = await start();
    for (let i = 0; i < 3; i++) {
      const script = `global n ${probe} probe timer.ms(120) { if (n > 0) exit() } probe end { println(n > 0) }`;
      const result = await utap(["-e", script, "-x", String(pid)]);
      expect(result).toEqual({ status: 0, out: "1\n", err: "" });
      expect(tracer(pid) ?? (await end())).toBe("0");
    }
    expect(await end()).toBe(untouched);
  });

  test.each([
    ["a process whose threads come and go", "0"],
    ["a process whose first thread has ended", "1"],
  ])("%s", async (_, number) => {
    const { pid, end } = await start("churn", number);
    const script = `global n probe process("${program}").function("deep").return { if (n++ > 5 && @entry($n) == 12) exit() }`;
    // Taken while it makes a thread, and not: 6 times in a row that was never missed.
    for (let i = 0; i < 6; i++) {
      const result = await utap(["--no-global-var-display", "-e", script, "-x", String(pid)]);
      expect(result).toEqual({ status: 0, out: "", err: "" });
    }
    expect(await end()).toBe("busy\n0 wrong\n7");
  });

  test("what decides whether it may be traced is known while its threads come and go", async () => {
    const { pid, end } = await start("churn", "1");
    for (let i = 0; i < 2000; i++) {
      const { status, kernelThread } = readAttachFacts(pid);
      expect([status?.tgid, kernelThread]).toEqual([pid, false]);
    }
    expect(await end()).toBe("busy\n0 wrong\n7");
  });

  test("a process that has something to report when it is taken is guarded, and left without a page of ours", async () => {
    const { pid, end } = await start("noisy");
    const pages = (): number => readFileSync(`/proc/${pid}/maps`, "utf8").match(/ 0+ 00:00 0 *$/gm)?.length ?? 0;
    const before = pages();
    for (let i = 0; i < 40; i++) {
      const target = attach(pid);
      const mm = target.tasks()[0]?.mm as LiveAddressSpace | undefined;
      expect(mm?.guard?.scratchPage()).toBeGreaterThan(0);
      target.run({
        event: () => ({ action: UTRACE_RESUME_ACTION.UTRACE_RESUME }),
        nextTimer: () => Number.POSITIVE_INFINITY,
        timer: () => {},
        poll: () => "detach",
      });
      expect(pages()).toBe(before);
    }
    expect(await end()).toBe("busy\n0 wrong, 0\n7");
  });

  test("its text is what is in the file again", async () => {
    const { pid, end } = await start();
    await utap([
      "-e",
      `probe process("${program}").function("*") {} probe timer.ms(200) { exit() }`,
      "-x",
      String(pid),
    ]);
    const maps = readFileSync(`/proc/${pid}/maps`, "utf8").split("\n");
    const text = maps.find((line) => line.includes("r-xp") && line.endsWith(program)) ?? "";
    const [, from = "", to = "", offset = ""] = /^(\w+)-(\w+) \S+ (\w+)/.exec(text) ?? [];
    const size = Number(BigInt(`0x${to}`) - BigInt(`0x${from}`));
    const read = spawnSync(
      "python3",
      [
        "-c",
        `import sys; f=open("/proc/${pid}/mem","rb"); f.seek(0x${from}); sys.stdout.buffer.write(f.read(${size}))`,
      ],
      { maxBuffer: 1 << 26 },
    );
    const at = Number(`0x${offset}`);
    expect(read.stdout.equals(readFileSync(program).subarray(at, at + size))).toBe(true);
    expect(await end()).toBe(untouched);
  });

  test("Ctrl-C leaves it", async () => {
    const { pid, end } = await start();
    const script = `global n probe process("${program}").function("deep").return { if (n++ == 0) println("hit") }`;
    const result = await utap(["-e", script, "--no-global-var-display", "-x", String(pid)], {
      begin: (child, out) => out.includes("hit") && child.kill("SIGINT"),
    });
    expect(result).toEqual({ status: 0, out: "hit\n", err: "" });
    expect(await end()).toBe(untouched);
  });

  test("the session ends with the process", async () => {
    const { pid, end } = await start();
    const script =
      "probe timer.ms(10) { if (!told++) println(0) } global told probe process.end { println(pid() == target()) }";
    let ended: Promise<string> | undefined;
    const result = await utap(["-e", script, "-x", String(pid)], {
      begin: (_, out) => {
        if (out === "0\n") ended = end();
      },
    });
    expect(result).toEqual({ status: 0, out: "0\n1\n", err: "" });
    expect(await ended).toBe(untouched);
  });
});
