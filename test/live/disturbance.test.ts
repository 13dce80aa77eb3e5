/**
 * Nothing is disturbed: programs give the same output, status and files with tracing as without.
 *
 * Rows of programs times rows of scripts. `test/fixtures/live/stress.c` has the hard ones; the rest are real programs. The
 * expected outcome is that of the same command run without utap, just before.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bin, prepareBuild, repository } from "../cli/spawn.ts";
import { missingOracles } from "../oracles.ts";

const folder = realpathSync(mkdtempSync(join(tmpdir(), "utap-disturbance-")));
const libc = "/lib/x86_64-linux-gnu/libc.so.6";
const builds = { stress: [], "stress-static": ["-static"], "stress-nopie": ["-no-pie"] } as const;

/** Scripts that count something, so that the handlers run, and print nothing. */
const scripts: { readonly [name: string]: (program: string, name: string) => string } = {
  "all system calls": () => "global n probe process.syscall { n++ } probe process.syscall.return { n++ }",
  "some system calls": () => "global n probe syscall.openat, syscall.execve, syscall.close.return { n++ }",
  "functions and returns": (program) =>
    `global n probe process("${program}").function("step")? { n += $n } ` +
    ["step", "deep", "jumps", "forking"]
      .map((f) => `probe process("${program}").function("${f}").return? { n++ } `)
      .join("") +
    "probe process.begin, process.end, process.thread.begin, process.thread.end { n++ }",
  "functions of a library": (_program, name) => {
    // Node calls malloc a million times before it begins.
    const allocates = name === "node" ? "realloc" : "malloc";
    const point = (f: string): string => `process("${libc}").function("${f}")`;
    const returns = [allocates, "waitpid"].map((f) => `${point(f)}.return`);
    return `global n probe ${[point(allocates), point("write"), ...returns].join(", ")} { n++ }`;
  },
};

interface Outcome {
  readonly status: number | null;
  readonly signal: string | null;
  readonly out: string;
  readonly err: string;
  readonly files: readonly string[];
}

let runs = 0;

/** Runs in a fresh copy of the folder `work`; `files` are names and digests of what is in it afterwards. */
function outcome(command: readonly string[], prefix: readonly string[] = []): Outcome {
  const place = join(folder, `run-${runs++}`);
  cpSync(join(folder, "work"), place, { recursive: true, preserveTimestamps: true });
  const [program = "", ...args] = [...prefix, ...command];
  const ended = spawnSync(program, args, { cwd: place, encoding: "latin1", timeout: 110_000, input: "input\n" });
  // Names of folders are in no output: every program runs with relative paths.
  return { status: ended.status, signal: ended.signal, out: ended.stdout, err: ended.stderr, files: digests(place) };
}

function digests(place: string): string[] {
  return readdirSync(place, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !`${entry.parentPath}/`.includes("/.git/"))
    .map((entry) => {
      const content = readFileSync(join(entry.parentPath, entry.name));
      return `${join(entry.parentPath, entry.name).slice(place.length)} ${createHash("sha256").update(content).digest("hex").slice(0, 16)}`;
    })
    .sort();
}

/** As a shell tells it: 128 and the signal. */
function asStatus({ status, signal, ...rest }: Outcome): Omit<Outcome, "signal"> {
  const numbers: { readonly [name: string]: number } = { SIGSEGV: 11, SIGABRT: 6, SIGKILL: 9 };
  return { ...rest, status: signal === null ? status : 128 + (numbers[signal] ?? 0) };
}

function compare(command: readonly string[], script: string): void {
  const expected = asStatus(outcome(command));
  const quoted = command.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
  const utap = [process.execPath, bin, "-w", "--no-global-var-display", "-e", script, "-c", quoted];
  expect(asStatus(outcome([], utap))).toEqual(expected);
}

const missing = missingOracles("gcc", "make", "git", "python3", "sqlite3");

describe.skipIf(missing.length > 0 || process.arch !== "x64")(`nothing is disturbed ${missing.join(" ")}`, () => {
  beforeAll(() => {
    prepareBuild();
    const source = join(repository, "test/fixtures/live/stress.c");
    for (const [name, flags] of Object.entries(builds)) {
      const built = spawnSync("gcc", ["-O1", "-g", "-pthread", ...flags, "-o", join(folder, name), source]);
      expect(built.status, String(built.stderr)).toBe(0);
    }
    writeWork(join(folder, "work"));
  }, 60_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  // The number is argv[2]: how often.
  const hard: readonly (readonly [mode: string, count: number])[] = [
    ["forks", 200],
    ["threads", 100],
    ["execs", 30],
    ["vforks", 40],
    ["spawns", 40],
    ["timers", 30],
    ["traps", 10],
    ["children", 100],
    ["stops", 20],
    ["interruptions", 6],
    ["thread_execs", 5],
    ["queue", 50],
    ["values", 100],
    ["longjmps", 50],
    ["sleeps", 150],
    ["first_ends", 20],
    ["segv", 1],
    ["aborts", 1],
    ["killed", 1],
  ];

  describe.each(Object.keys(scripts))("%s", (name) => {
    const script = scripts[name] ?? (() => "");

    test.each(hard)("stress %s %i", (mode, count) => {
      const program = join(folder, "stress");
      compare([program, mode, String(count)], script(program, mode));
    });

    // python3 calls malloc 100,000 times.
    test.each([...realPrograms])("%s", { timeout: 120_000 }, (title, command) => {
      compare(["sh", "-c", command], script("/bin/sh", title));
    });
  });

  test("2,000 short-lived processes, every call of theirs seen", () => {
    compare([join(folder, "stress"), "forks", "2000"], scripts["all system calls"]?.("", "") ?? "");
  });

  describe.each(["stress-static", "stress-nopie"])("%s", (build) => {
    test.each(["forks", "threads", "first_ends", "execs", "vforks", "thread_execs", "values", "longjmps"])(
      "%s",
      (mode) => {
        const program = join(folder, build);
        compare([program, mode, "20"], scripts["functions and returns"]?.(program, mode) ?? "");
      },
    );
  });
});

const realPrograms: readonly (readonly [name: string, command: string])[] = [
  ["make -j4", "cd project && make -s -j4 && ./program && make -s clean"],
  [
    "git",
    "git init -q r && cd r && git config user.email a@b && git config user.name n && echo hi > f && git add f && " +
      "git commit -qm x && git log --format=%s && git status --short && git gc -q && git cat-file -p HEAD:f",
  ],
  ["python3", "python3 threads.py"],
  ["node", "node worker.cjs"],
  [
    "sqlite3",
    `sqlite3 d.db "create table t(a, b); with recursive c(x) as (select 1 union all select x+1 from c limit 2000)
     insert into t select x, x*x from c; select sum(b) from t; pragma integrity_check"`,
  ],
  [
    "nested shells",
    `sh -c "echo a | sh -c cat; (exit 3); echo \\$?"; for i in 1 2 3; do ls /nonexistent/$i; done; ` +
      "cat; trap 'echo trapped' TERM; kill -TERM $$; sleep 0.01 & wait; echo $(echo z; echo y) | tr ' ' '\\n' | sort",
  ],
  ["#! scripts", "./script one two"],
];

function writeWork(place: string): void {
  mkdirSync(join(place, "project"), { recursive: true });
  for (let i = 1; i <= 6; i++) writeFileSync(join(place, `project/f${i}.c`), `int f${i}(int x) { return x + ${i}; }\n`);
  const main = '#include <stdio.h>\nint f1(int); int f6(int);\nint main(void) { printf("%d\\n", f1(1) + f6(2)); }\n';
  writeFileSync(join(place, "project/main.c"), main);
  const objects = ["main", ...[1, 2, 3, 4, 5, 6].map((i) => `f${i}`)].map((name) => `${name}.o`).join(" ");
  writeFileSync(
    join(place, "project/Makefile"),
    `program: ${objects}\n\tgcc -o $@ ${objects}\n%.o: %.c\n\tgcc -O1 -c -o $@ $<\nclean:\n\trm -f *.o program\n`,
  );
  writeFileSync(
    join(place, "threads.py"),
    `import subprocess, threading, sys
print(sum(range(10000)), subprocess.check_output(["echo", "hi"]).decode(), end="")
r = []
ts = [threading.Thread(target=r.append, args=(i,)) for i in range(20)]
[t.start() for t in ts]; [t.join() for t in ts]
print(sorted(r)); print("to stderr", file=sys.stderr); sys.exit(5)
`,
  );
  writeFileSync(
    join(place, "worker.cjs"),
    `const { Worker } = require("worker_threads");
console.log(require("child_process").execFileSync("echo", ["x"]).toString().trim());
new Worker("require('worker_threads').parentPort.postMessage(42)", { eval: true }).on("message", (m) => console.log(m));
`,
  );
  writeFileSync(join(place, "script"), '#!/bin/sh\necho "$0 $1 $2 $#"; read line; echo "$line"; exit 4\n', {
    mode: 0o755,
  });
}
