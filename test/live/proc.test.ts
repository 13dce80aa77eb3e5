/**
 * /proc/PID as records: texts written by hand after the man pages, and real processes with names that are hard to read.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  parseMaps,
  parseStat,
  parseStatus,
  parseStrings,
  processIdentity,
  readCommandLine,
  readEnvironment,
  readExecutable,
  readMaps,
  readStat,
  readStatus,
  readTasks,
} from "../../live/proc.ts";

describe("maps", () => {
  const text = [
    "55d0c0a00000-55d0c0a02000 r--p 00000000 fe:00 1234                       /usr/bin/a prog",
    "55d0c0a02000-55d0c0a03000 r-xp 00002000 fe:00 1234                       /usr/bin/a prog",
    "55d0c1000000-55d0c1021000 rw-p 00000000 00:00 0                          [heap]",
    "7f0000000000-7f0000001000 rw-s 00001000 00:01 77                         /memfd:ring (deleted)",
    "7f0000002000-7f0000003000 ---p 00000000 00:00 0 ",
    "7f0000004000-7f0000005000 rw-s 00000000 00:0e 9                          anon_inode:[io_uring]",
    "7f0000005000-7f0000006000 r--p 00000000 fe:00 5                          /tmp/two\\012lines\u00ff\r.so",
    "7ffc00000000-7ffc00021000 rw-p 00000000 00:00 0                          [stack]",
    "ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]",
    "nonsense",
    "7fff00000000-",
  ].join("\n");

  test("files, anonymous memory, and what the kernel names", () => {
    const rows = parseMaps(text);
    expect(rows.map((row) => row.file?.path ?? row.label ?? "-")).toEqual([
      "/usr/bin/a prog",
      "/usr/bin/a prog",
      "[heap]",
      "/memfd:ring",
      "-",
      "anon_inode:[io_uring]",
      "/tmp/two\nlines\u00ff\r.so",
      "[stack]",
    ]);
    expect(rows.map((row) => row.deleted)).toEqual([false, false, false, true, false, false, false, false]);
    expect(rows[1]).toEqual({
      start: 0x55d0c0a02000,
      end: 0x55d0c0a03000,
      offset: 0x2000,
      readable: true,
      writable: false,
      executable: true,
      shared: false,
      device: "fe:00",
      inode: 1234,
      deleted: false,
      file: { path: "/usr/bin/a prog" },
    });
  });

  test("a text that is cut off gives the rows before the cut", () => {
    const whole = JSON.stringify(parseMaps(text));
    for (let length = 0; length < text.length; length++) {
      const rows = parseMaps(text.slice(0, length));
      // The last row may have lost the end of its name.
      expect(whole).toContain(JSON.stringify(rows.slice(0, -1)).slice(1, -1));
    }
  });
});

describe("stat", () => {
  const after =
    "S 1 42 42 34816 42 4194304 1 0 0 0 5 6 0 0 20 0 3 0 987654 4096 100 18446744073709551615 1 1 0 0 0 0 0 0 0 0 0 0 17 1 0 0 0 0 0";

  test.each(["sh", "a b", "((sd-pam))", ") R 1 2 3 (", "x) S 9", "", "new\nline"])("comm %j", (comm) => {
    expect(parseStat(`42 (${comm}) ${after}\n`)).toEqual({
      pid: 42,
      comm,
      state: "sleeping",
      ppid: 1,
      pgrp: 42,
      sid: 42,
      flags: 4194304,
      threads: 3,
      startTicks: 987654,
      cpu: 1,
    });
  });

  test("cut off or nonsense is undefined, never an exception", () => {
    const text = `42 (a) ${after}`;
    const needed = text.split(" ").slice(0, 39).join(" ").length;
    for (let length = 0; length < needed; length++) expect(parseStat(text.slice(0, length))).toBeUndefined();
    fc.assert(fc.property(fc.string(), (any) => parseStat(any) === undefined));
  });
});

describe("status", () => {
  test("ids, sets, names", () => {
    const status = parseStatus(
      "Name:\ta\\nb\\\\c\nState:\tt (tracing stop)\nTgid:\t7\nNgid:\t0\nPid:\t8\nPPid:\t1\nTracerPid:\t99\n" +
        "Uid:\t1000\t0\t0\t0\nGid:\t100\t100\t5\t100\nNSpid:\t8\t2\nSigBlk:\t0000000000010000\n" +
        "SigCgt:\t8000000000000010\nCapPrm:\t000001ffffffffff\nNoNewPrivs:\t1\nSeccomp:\t2\nSeccomp_filters:\t1\n",
    );
    expect(status).toMatchObject({
      name: "a\nb\\c",
      state: "tracing-stop",
      tgid: 7,
      pid: 8,
      tracer: 99,
      uid: [1000, 0, 0, 0],
      gid: [100, 100, 5, 100],
      namespacePids: [8, 2],
      blockedSignals: 0x10000n,
      caughtSignals: 0x8000000000000010n,
      permittedCapabilities: 0x1ffffffffffn,
      noNewPrivileges: true,
      seccomp: 2,
      seccompFilters: 1,
    });
    expect(parseStatus("Name:\tx\n")).toBeUndefined();
  });
});

test("strings that end with NUL", () => {
  expect(parseStrings("")).toEqual([]);
  expect(parseStrings("a\0\0b\0")).toEqual(["a", "", "b"]);
  expect(parseStrings("a\0b")).toEqual(["a", "b"]);
});

describe("a real process with a hard name", () => {
  let folder: Buffer;
  let file: Buffer;
  let child: ChildProcess;
  const name = "x) R 1\n(\u00ff \\";

  beforeAll(async () => {
    folder = Buffer.from(mkdtempSync(join(tmpdir(), "utap-proc-")));
    file = Buffer.concat([folder, Buffer.from(`/${name}`, "latin1")]);
    copyFileSync("/bin/sleep", file);
    // The shell gets the path as the content of a file: an argument of spawn would have to be text.
    const script = `${folder}/start`;
    writeFileSync(script, Buffer.concat([Buffer.from("exec '"), file, Buffer.from("' 60\n")]));
    child = spawn("/bin/sh", [script], { env: { LANG: "C", ODD: "\u00e9" }, stdio: "ignore" });
    while (readCommandLine(child.pid ?? 0)[1] !== "60") await new Promise((wake) => setTimeout(wake, 2));
  });
  afterAll(() => {
    child.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  });

  test("stat, status, cmdline, environ, maps and tasks agree", () => {
    const pid = child.pid ?? 0;
    const path = `${folder.toString("latin1")}/${name}`;
    expect(readStat(pid)).toMatchObject({ pid, comm: name, ppid: process.pid, threads: 1 });
    expect(readStatus(pid)).toMatchObject({ name, tgid: pid, pid, tracer: 0 });
    expect(readCommandLine(pid)).toEqual([path, "60"]);
    expect(readEnvironment(pid)).toContain("ODD=\u00c3\u00a9");
    expect(readExecutable(pid)).toEqual({ path, deleted: false });
    expect(readMaps(pid).filter((row) => row.file?.path === path && row.executable)).toHaveLength(1);
    expect(readTasks(pid)).toEqual([pid]);
    const before = processIdentity(pid);
    rmSync(file);
    expect(readExecutable(pid)).toEqual({ path, deleted: true });
    expect(readMaps(pid).find((row) => row.file?.path === path)).toMatchObject({ deleted: true });
    expect(processIdentity(pid)).toBe(before);
  });
});

test("threads, and nobody", () => {
  const listed = execFileSync("ls", [`/proc/${process.pid}/task`], { encoding: "utf8" })
    .trim()
    .split("\n")
    .map(Number);
  expect(readTasks(process.pid)).toEqual(listed.sort((a, b) => a - b));
  const nobody = 4_194_304 + 5;
  expect(readStat(nobody)).toBeUndefined();
  expect(readStatus(nobody)).toBeUndefined();
  expect(readMaps(nobody)).toEqual([]);
  expect(readTasks(nobody)).toEqual([]);
  expect(readCommandLine(nobody)).toEqual([]);
  expect(readExecutable(nobody)).toBeUndefined();
  expect(processIdentity(nobody)).toBeUndefined();
});
