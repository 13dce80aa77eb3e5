/**
 * examples/strace.stp on real programs against `strace -f`: the same calls, in the same order in each thread, with the
 * same results.
 *
 * Each program runs twice, once under each. Threads are paired by the order in which they first appear. Addresses and
 * process ids differ between two runs, so those are replaced; a program that does not do the same in two runs by
 * itself (a signal that comes earlier or later) gets three chances.
 */
import { type SpawnSyncOptionsWithStringEncoding, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect } from "vitest";
import { bin, prepareBuild, repository } from "../cli/spawn.ts";
import { testWith } from "../oracles.ts";

const folder = mkdtempSync(join(tmpdir(), "utap-strace-"));
const script = join(repository, "examples/strace.stp");

// biome-ignore format: table
const programs: readonly (readonly [title: string, ...command: string[]])[] = [
  ["ls",      "ls", "-l", "files"],
  ["cat",     "cat", "files/a.txt", "files/missing"],
  ["cp",      "cp", "files/a.txt", "copy"],
  ["find",    "find", "files", "-name", "*.txt"],
  ["grep",    "grep", "-r", "line", "files"],
  ["sh",      "sh", "-c", "/bin/echo one; cat files/a.txt > other; test -f other"],
  ["sed",     "sed", "-n", "s/line/LINE/p", "files/a.txt"],
  ["gcc",     "gcc", "-E", "-x", "c", "/dev/null"],
  ["git",     "git", "init", "-q", "repository"],
  ["python3", "python3", "-c", "import os; os.mkdir(\"made\"); print(sum(range(10)))"],
  ["sqlite3", "sqlite3", ":memory:", "create table t(a); insert into t values (1); select * from t"],
  ["tar",     "tar", "cf", "archive.tar", "files"],
];

/** What a program can tell apart is the same under both. */
const around: SpawnSyncOptionsWithStringEncoding = {
  stdio: ["ignore", "ignore", "pipe"],
  encoding: "latin1",
  timeout: 30_000,
  env: { PATH: "/usr/bin:/bin", HOME: folder, LC_ALL: "C" },
};

type Threads = readonly (readonly string[])[];

/** `name = result` for each thread, in the order in which the threads come. */
function threadsOf(lines: readonly (readonly [thread: number, line: string])[]): Threads {
  const threads = new Map<number, string[]>();
  for (const [thread, line] of lines) {
    const [, name = "", result = ""] = /^(\w+)\(.*\)\s+= (.*)$/s.exec(line) ?? [];
    expect(name, line).not.toBe("");
    const calls = threads.get(thread) ?? [];
    threads.set(thread, calls);
    calls.push(`${name} = ${result}`);
  }
  const pids = [...threads.keys()];
  return [...threads.values()].map((calls) => calls.map((call) => plain(call, pids)));
}

/** Addresses and process ids without their values; -1 with the name of the error alone. */
function plain(call: string, pids: readonly number[]): string {
  const [name = "", result = ""] = call.split(" = ");
  const error = /^-1 (E\w+)/.exec(result);
  if (error) return `${name} = ${error[1]}`;
  const number = /^(0x[0-9a-f]+|-?\d+)/.exec(result)?.[1];
  if (number === undefined) return `${name} = ${result.split(" ")[0]}`;
  if (pids.includes(Number(number))) return `${name} = process ${pids.indexOf(Number(number))}`;
  const isAddress = name === "brk" || Number(number) >= 2 ** 32;
  if (name === "getppid") return `${name} = the parent`;
  return `${name} = ${isAddress ? "an address" : Number(number)}`;
}

function byStrace(command: readonly string[], place: string): Threads {
  spawnSync("strace", ["-f", "-o", join(folder, "strace.out"), ...command], { ...around, cwd: place });
  const begun = new Map<number, string>();
  const lines: [number, string][] = [];
  for (const text of readFileSync(join(folder, "strace.out"), "latin1").split("\n")) {
    const [, pid = "", line = ""] = /^(\d+) +(.*)$/s.exec(text) ?? [];
    if (pid === "" || /^(\+\+\+|---)/.test(line)) continue;
    const thread = Number(pid);
    const [, unfinished] = /^(.*) <unfinished \.\.\.>$/.exec(line) ?? [];
    const [, resumed] = /^<\.\.\. \w+ resumed>(.*)$/.exec(line) ?? [];
    if (unfinished !== undefined) begun.set(thread, unfinished);
    else lines.push([thread, resumed === undefined ? line : (begun.get(thread) ?? "") + resumed]);
  }
  // The call that starts the program is strace's own.
  return threadsOf(lines.slice(1));
}

function byUtap(command: readonly string[], place: string): Threads {
  const words = command.map((word) => `'${word}'`).join(" ");
  const output = join(folder, "utap.out");
  const ended = spawnSync(bin, ["-o", output, script, "-c", words], { ...around, cwd: place });
  expect(ended.stderr.split("\n").filter((line) => /warning|error\[/.test(line))).toEqual([]);
  const lines = readFileSync(output, "latin1").split("\n");
  return threadsOf(lines.flatMap((line) => lineOf(line)));
}

function lineOf(text: string): [number, string][] {
  const [, pid, line] = /^\[pid (\d+)\] (.*)$/s.exec(text) ?? [];
  return pid === undefined || line === undefined ? [] : [[Number(pid), line]];
}

let runs = 0;

function freshPlace(): string {
  // Names of one length: some programs allocate as much as their name needs.
  const place = join(folder, `run-${String(runs++).padStart(3, "0")}`);
  mkdirSync(join(place, "files/inner"), { recursive: true });
  writeFileSync(join(place, "files/a.txt"), "a line\nanother line\n");
  writeFileSync(join(place, "files/inner/b.txt"), "b\n");
  return place;
}

describe("the same calls as strace sees", () => {
  beforeAll(prepareBuild, 120_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  for (const [title, ...command] of programs) {
    testWith("strace", command[0] ?? "")(title, () => {
      for (let chance = 1; ; chance++) {
        const [strace, utap] = [byStrace(command, freshPlace()), byUtap(command, freshPlace())];
        expect(strace.flat().length).toBeGreaterThan(20);
        if (chance < 3 && JSON.stringify(strace) !== JSON.stringify(utap)) continue;
        expect(utap).toEqual(strace);
        return;
      }
    });
  }
});
