/**
 * What becomes of traced programs when utap is killed: real programs, real SIGKILLs.
 *
 * The programs check themselves: a thread that lost its way gives a wrong result or crashes. Whether memory is as it
 * was is told by comparing it with the file.
 */
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, readSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { layout } from "../../live/guard/handler-x86-64.ts";
import { parseJournal } from "../../live/guard/journal.ts";
import { readMaps, readStat, readStatus } from "../../live/proc.ts";
import { missingOracles } from "../oracles.ts";
import { type ReadyProgram, startReady } from "./start-ready.ts";

const SIGTRAP_BIT = 1n << 4n;

describe("the journal", () => {
  const text =
    "utap 7 100 8 200\npages 7f00 4096\nbreak 4010 55\nbreak 4020 f3\ntrampoline 7f10\nclear 4010\nbreak 4030 90\nraised 5010 2\nraised 5012 1\nraised 5010 0\n";

  test("says what is in the process", () => {
    expect(parseJournal("x", text)).toEqual({
      path: "x",
      pid: 7,
      startTicks: 100,
      owner: { pid: 8, startTicks: 200 },
      pages: 0x7f00,
      trampoline: 0x7f10,
      breakpoints: new Map([
        [0x4020, Uint8Array.of(0xf3)],
        [0x4030, Uint8Array.of(0x90)],
      ]),
      counters: new Map([[0x5012, 1]]),
    });
  });

  test("cut off anywhere it says what was written whole", () => {
    for (let length = 0; length < text.length; length++) {
      const lines = text.slice(0, length).split("\n").length - 1;
      const expected = parseJournal("x", `${text.split("\n").slice(0, lines).join("\n")}\n`);
      expect(parseJournal("x", text.slice(0, length))).toEqual(lines === 0 ? undefined : expected);
    }
  });
});

const missing = missingOracles("gcc");
const isHere = process.arch === "x64" && process.platform === "linux" && missing.length === 0;

describe.skipIf(!isHere)("when utap is killed", () => {
  const folder = mkdtempSync(join(tmpdir(), "utap-guard-"));
  const env = { ...process.env, XDG_RUNTIME_DIR: folder };
  const children: ChildProcess[] = [];

  beforeAll(() => {
    for (const name of ["at-return", "spin", "own-handler", "marks", "registers", "kill-at"])
      execFileSync("gcc", ["-O1", "-g", "-pthread", "-o", join(folder, name), `test/live/programs/${name}.c`]);
  });
  afterEach(() => {
    for (const child of children.splice(0)) child.kill("SIGKILL");
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  async function start(name: string): Promise<ReadyProgram> {
    const program = await startReady(join(folder, name));
    children.push(program.child);
    return program;
  }

  function utap(...args: string[]): ChildProcess {
    const child = spawn("bin/utap", args, { env, stdio: "ignore" });
    children.push(child);
    return child;
  }

  const cleanup = (pid: number) =>
    spawnSync("bin/utap", ["cleanup", String(pid)], { env, encoding: "utf8", timeout: 20_000 });
  const journals = () => readdirSync(folder, { recursive: true }).filter((name) => /^utap\/\d/.test(String(name)));

  function hasOriginalText(pid: number, name: string): boolean {
    const file = join(folder, name);
    const mapping = readMaps(pid).find((row) => row.file?.path === file && row.executable);
    if (!mapping) return false;
    const bytes = Buffer.alloc(mapping.end - mapping.start);
    const fd = openSync(`/proc/${pid}/mem`, "r");
    readSync(fd, bytes, 0, bytes.length, mapping.start);
    closeSync(fd);
    const original = readFileSync(file).subarray(mapping.offset, mapping.offset + bytes.length);
    return bytes.subarray(0, original.length).equals(original);
  }

  const probes = (name: string, functions: readonly string[]) =>
    `global n ${functions.map((one) => `probe process("${join(folder, name)}").function("${one}") { n++ } probe process("${join(folder, name)}").function("${one}").return { n++ }`).join("\n")}`;

  test("threads that meet probes all the time go on, with right results", async () => {
    for (let round = 0; round < 4; round++) {
      const { pid, end } = await start("spin");
      const tracer = utap("-e", probes("spin", ["leaf", "deep"]), "-x", String(pid));
      await until(() =>
        journals().some((name) => readFileSync(join(folder, String(name)), "latin1").includes("trampoline")),
      );
      await sleep(50 + 97 * round);
      tracer.kill("SIGKILL");
      await until(() => readStatus(pid)?.tracer === 0);
      await sleep(50);
      const { stdout, status } = cleanup(pid);
      expect(stdout).toContain(`${pid} (spin): `);
      expect(status).toBe(0);
      expect(hasOriginalText(pid, "spin")).toBe(true);
      expect((readStatus(pid)?.caughtSignals ?? 0n) & SIGTRAP_BIT).toBe(0n);
      expect(journals()).toEqual([]);
      expect(await end()).toBe("wrong 0 rounds 1 1 1\n0");
    }
  }, 60_000);

  /** Kills utap before its nth call of that number, while it attaches, probes and leaves; false when there are fewer. */
  function attachUntil(call: number, n: number, script: string, pid: number): boolean {
    const args = [String(call), String(n), "bin/utap", "-e", script, "-x", String(pid)];
    return spawnSync(join(folder, "kill-at"), args, { env, stdio: "ignore", timeout: 30_000 }).status === 0;
  }

  const PWRITE64 = 18;
  const PTRACE = 101;

  // The handler and its tables are being made, breakpoints put in and met, or taken out again.
  test("at any write into the program's memory", async () => {
    // Not by time: a busy machine would end it before the last of these writes.
    const enough = `probe process("${join(folder, "spin")}").function("deep") { if (n > 300) exit() }`;
    const script = `${probes("spin", ["leaf", "deep"])} ${enough}`;
    for (const write of [1, 4, 14, 60]) {
      const { pid, end } = await start("spin");
      expect(attachUntil(PWRITE64, write, script, pid), `write ${write}`).toBe(true);
      cleanup(pid);
      expect(hasOriginalText(pid, "spin"), `write ${write}`).toBe(true);
      expect(await end(), `write ${write}`).toBe("wrong 0 rounds 1 1 1\n0");
    }
  }, 60_000);

  // The program makes system calls for us: three at the beginning, in 13 requests of ptrace each, and three at the end. What
  // it computes with may be in any register meanwhile (registers.c), or it waits in a call (the first thread of spin.c).
  test.each([
    ["registers", "never", [7, 8, 10, 11, 15, 16, 23, 36, 49, 60, 75], "wrong 0\n0"],
    ["spin", "main", [20, 23, 27, 36, 60], "wrong 0 rounds 1 1 1\n0"],
  ])(
    "amid a call that the program makes for us: %s",
    async (name, probed, requests, good) => {
      const script = `${probes(name, [probed])} probe timer.ms(1) { exit() }`;
      for (const request of requests) {
        const { pid, end } = await start(name);
        expect(attachUntil(PTRACE, request, script, pid), `request ${request}`).toBe(true);
        cleanup(pid);
        expect(hasOriginalText(pid, name), `request ${request}`).toBe(true);
        expect(await end(), `request ${request}`).toBe(good);
      }
    },
    90_000,
  );

  test("what no thread has met is taken out by utap cleanup", async () => {
    const { pid, end } = await start("spin");
    const tracer = utap("-e", probes("spin", ["end", "main"]), "-x", String(pid));
    await until(() => journals().length === 1 && !hasOriginalText(pid, "spin"));
    expect(spawnSync("bin/utap", ["cleanup"], { env, encoding: "utf8" }).stdout).toContain(
      `traced by utap, process ${tracer.pid}`,
    );
    expect(cleanup(pid)).toMatchObject({ status: 1, stderr: expect.stringContaining(`kill -INT ${tracer.pid}`) });
    await sleep(100);
    tracer.kill("SIGKILL");
    await until(() => readStatus(pid)?.tracer === 0);
    expect(hasOriginalText(pid, "spin")).toBe(false);
    expect(spawnSync("bin/utap", ["cleanup"], { env, encoding: "utf8" }).stdout).toContain(`utap cleanup ${pid}`);
    const again = spawnSync("bin/utap", ["-e", "probe process.syscall { println(1) }", "-x", String(pid)], {
      env,
      encoding: "utf8",
      timeout: 20_000,
    });
    expect(again).toMatchObject({ status: 1, stderr: expect.stringContaining(`utap cleanup ${pid}`) });
    // Those of the two probes, and the one in the dynamic linker.
    expect(cleanup(pid).stdout).toMatch(/3 breakpoints and 0 return addresses restored, 4 threads/);
    expect(hasOriginalText(pid, "spin")).toBe(true);
    expect(await end()).toBe("wrong 0 rounds 1 1 1\n0");
  }, 60_000);

  test("a handler that runs meanwhile goes back to the program after utap cleanup", async () => {
    const child = spawn(join(folder, "at-return"), { stdio: ["pipe", "pipe", "inherit"] });
    children.push(child);
    let output = "";
    child.stdout.on("data", (data) => {
      output += data;
    });
    const ended = once(child, "close");
    const pid = child.pid ?? 0;
    await until(() => output === "ready\n");
    const script = `global n probe process("${join(folder, "at-return")}").function("work").return { n++ }`;
    const tracer = utap("-e", script, "-x", String(pid));
    await until(() => !hasOriginalText(pid, "at-return"));
    child.stdin.write("\n");
    await until(() => output.endsWith("inside\n"));
    tracer.kill("SIGKILL");
    await until(() => readStatus(pid)?.tracer === 0);
    child.stdin.write("\n");
    await until(() => output.endsWith("handled\n"));
    expect(cleanup(pid).status).toBe(0);
    expect((readStatus(pid)?.caughtSignals ?? 0n) & SIGTRAP_BIT).toBe(0n);
    child.stdin.write("\n");
    expect(await ended).toEqual([7, null]);
    expect(output).toBe("ready\ninside\nhandled\n5\n");
  }, 60_000);

  test("counters of marks are lowered by utap cleanup", async () => {
    const { pid, end } = await start("marks");
    const script = `global n ${'probe process("PROGRAM").mark("turn") { n++ } '.repeat(2).replaceAll("PROGRAM", join(folder, "marks"))}`;
    const tracer = utap("-e", script, "-x", String(pid));
    await until(() => !hasOriginalText(pid, "marks"));
    tracer.kill("SIGKILL");
    await until(() => readStatus(pid)?.tracer === 0);
    expect(cleanup(pid).stdout).toContain(", 1 counter of marks lowered, 1 thread");
    expect(await end()).toBe("counter 0\n0");
  }, 60_000);

  test("counters of marks are lowered at a clean end", async () => {
    const { pid, end } = await start("marks");
    const mark = `process("${join(folder, "marks")}").mark("turn")`;
    const tracer = utap(
      "-e",
      `global n probe ${mark}, ${mark} { n++ } probe timer.ms(50) { if (n) exit() }`,
      "-x",
      `${pid}`,
    );
    await until(() => tracer.exitCode !== null);
    expect(tracer.exitCode).toBe(0);
    expect(await end()).toBe("counter 0\n0");
  }, 60_000);

  test("a clean end leaves nothing, in every thread", async () => {
    const { pid, end } = await start("spin");
    const tracer = utap("-e", probes("spin", ["leaf", "deep"]), "-x", String(pid));
    await until(() => journals().length === 1);
    await sleep(200);
    tracer.kill("SIGINT");
    await until(() => readStatus(pid)?.tracer === 0 && tracer.exitCode !== null);
    expect(hasOriginalText(pid, "spin")).toBe(true);
    expect((readStatus(pid)?.caughtSignals ?? 0n) & SIGTRAP_BIT).toBe(0n);
    expect(
      readMaps(pid).filter((row) => row.end - row.start === layout.data && row.executable && !row.file && !row.label),
    ).toEqual([]);
    expect(journals()).toEqual([]);
    expect(await end()).toBe("wrong 0 rounds 1 1 1\n0");
  }, 60_000);

  test("a handler of the program's own stays where it is", async () => {
    const { pid, end } = await start("own-handler");
    const tracer = utap("-e", probes("own-handler", ["work"]), "-x", String(pid));
    await until(() => journals().length === 1);
    await sleep(200);
    tracer.kill("SIGINT");
    await until(() => readStatus(pid)?.tracer === 0 && tracer.exitCode !== null);
    expect((readStatus(pid)?.caughtSignals ?? 0n) & SIGTRAP_BIT).toBe(SIGTRAP_BIT);
    expect(await end()).toBe("same\n0");
  }, 60_000);

  const tiny = mkdtempSync(join(tmpdir(), "utap-tiny-"));
  afterAll(() => rmSync(tiny, { recursive: true, force: true }));
  const onTinyDisk = (command: string): readonly string[] => [
    "-m",
    "sh",
    "-c",
    `mount -t tmpfs -o size=4k none ${tiny} && ${command}`,
  ];
  test.skipIf(spawnSync("unshare", onTinyDisk("true")).status !== 0)(
    "a journal on a full disk ends, tracing goes on",
    async () => {
      const { pid, end } = await start("spin");
      // Some 200 lines fit.
      const script = `global n probe process("${join(folder, "spin")}").library("libc.so.6").function("*") { n++ } ${probes("spin", ["leaf"]).replace("global n", "")} probe timer.ms(50) { exit() }`;
      const command = `bin/utap -e '${script}' -x ${pid}`;
      const { status, stderr } = spawnSync("unshare", onTinyDisk(command), {
        env: { ...env, XDG_RUNTIME_DIR: tiny },
        encoding: "utf8",
        timeout: 50_000,
      });
      expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
      expect(hasOriginalText(pid, "spin")).toBe(true);
      expect(await end()).toBe("wrong 0 rounds 1 1 1\n0");
    },
    60_000,
  );

  test("launched programs die with it, unless --no-exitkill", async () => {
    for (const [options, lives] of [
      [[], false],
      [["--no-exitkill"], true],
    ] as const) {
      const tracer = utap(...options, "-e", probes("spin", ["leaf"]), "-c", join(folder, "spin"));
      let pid = 0;
      await until(() => {
        pid =
          readdirSync("/proc")
            .map(Number)
            .find((one) => one > 0 && (readStatus(one)?.tracer ?? 0) !== 0 && readStat(one)?.comm === "spin") ?? 0;
        return pid > 0;
      });
      await sleep(300);
      tracer.kill("SIGKILL");
      await sleep(300);
      const isAlive = (): boolean => ["running", "sleeping"].includes(readStat(pid)?.state ?? "dead");
      if (lives) expect(isAlive()).toBe(true);
      else await until(() => !isAlive());
      if (!lives) continue;
      expect(cleanup(pid).status).toBe(0);
      expect(hasOriginalText(pid, "spin")).toBe(true);
      process.kill(pid, "SIGKILL");
    }
  }, 60_000);
});

/** However long that takes: what never comes true runs into the time limit of the test. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(10);
}
