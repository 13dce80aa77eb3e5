/** Bad input: a clear message, a status that is not 0, and never a stack trace. */
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { utap } from "./driver.ts";

const contract = resolve(import.meta.dirname, "../fixtures/contract/contract.riscv64");
const folder = mkdtempSync(join(tmpdir(), "utap-bad-"));
const program = (name: string, bytes: Uint8Array): string => {
  const path = join(folder, name);
  writeFileSync(path, bytes, { mode: 0o755 });
  return path;
};
const good = readFileSync(contract);
const patched = (offset: number, value: number): Uint8Array => {
  const bytes = Uint8Array.from(good);
  bytes[offset] = value;
  return bytes;
};

function refused(args: readonly string[], ...messages: RegExp[]): void {
  const { status, out, err } = utap(args);
  expect(out).toBe("");
  expect(status).toBe(1);
  for (const message of messages) expect(err).toMatch(message);
  expect(err).not.toMatch(/\n\s+at .*:\d+:\d+/);
}

const TRACE = ["-e", "probe process.begin { println(pid()) }", "-c"];

describe("programs that cannot run", () => {
  test("not there", () => refused([...TRACE, "./no-such-program"], /no-such-program: not found/));
  test("of another machine", () => refused([...TRACE, program("arm", patched(18, 183))], /aarch64/, /runs riscv64/));
  test("of this machine", () => refused([...TRACE, process.execPath], /: a program for \S+; the model runs riscv64/));
  test("32-bit", () => refused([...TRACE, program("elf32", patched(4, 1))], /32-bit/));
  test("not ELF", () => refused([...TRACE, program("text", new TextEncoder().encode("hello"))], /text: /));
  test("a folder", () => refused([...TRACE, "/etc"], /\/etc: /));
  // With its program headers whole (344 bytes of this one) a file is executed, and what is cut off reads as zeroes, as on Linux.
  test("cut off in its headers", () => {
    for (const size of [0, 3, 16, 40, 63, 64, 100, 200, 343]) {
      const { status, err } = utap([...TRACE, program(`cut-${size}`, good.subarray(0, size))]);
      expect(status, `cut to ${size} bytes`).toBe(1);
      expect(err).toMatch(new RegExp(`cut-${size}: .`));
    }
  });
});

test("--schedules with a program that is not there", () =>
  refused(["--schedules", "3", ...TRACE, "./no-such-program"], /no-such-program: not found/));

describe("scripts that are none", () => {
  const behind = /hint: a script is a file, or the text behind -e; a program to trace stands behind -c/;
  test("a program, as strace and gdb take it", () => {
    refused([contract], /cannot read the script \S+: it is a program\n/, behind);
    refused(["no-such-program"], /there is no such file\n/, behind);
  });
  test("text without -e", () => refused(["probe begin { exit() }"], /there is no such file\n/, behind));
  test("-p with a process, as in other tracers", () => refused(["-e", "probe begin {}", "-p", "123"], /-x PID/));
});

test("a byte order mark is no part of a script", () => {
  const script = join(folder, "marked.stp");
  writeFileSync(script, "\ufeffprobe begin { println(1) exit() }\r\n");
  expect(utap([script])).toMatchObject({ status: 0, out: "1\n", err: "" });
});

test("a function without its parentheses", () =>
  refused(
    ["-e", "probe process.begin { println(execname) }", "-c", contract],
    /hint: A function has this name: a call/,
  ));

test("a probe that needs a process is named as it was written", () =>
  refused(
    ["-e", "probe syscall.openat { println(name) }"],
    /error\[target-missing\]: syscall\.openat: there is no process/,
  ));

describe("probes that match nothing", () => {
  test("in a listing", () => {
    refused(["-l", "syscall.opnat"], /similar: openat/);
    refused(["-L", 'kernel.trace("sched:*")', "--target", "live"], /--target model/);
  });
  // More than 300 calls: the line stays readable.
  test("a point with much behind it", () =>
    refused(["-l", "syscall"], /what can follow: accept, .{100,300}, and \d+ more; utap -l 'syscall\.\*' lists them/));
  test("what cannot be read is said once", () => refused(["-l", "a:b"], /^error\[parse-syntax\](?![\s\S]*error\[)/));
  test("a program that is not on the PATH, a library as if it were one", () => {
    refused(
      ["-l", 'process("no-such").function("f")'],
      /cannot find the program no-such on the PATH \(in this folder: \.\/no-such\) at/,
    );
    refused(
      ["-l", 'process("libx.so.6").function("f")'],
      /libx\.so\.6 \(a library: write its path, or .*library\("libx\.so\.6"\)\) at/,
    );
    refused(["-l", 'process("./no-such").function("f")'], /cannot find the program \.\/no-such at/);
  });
  test("a function that is not there", () =>
    refused(
      ["-e", `probe process("${contract}").function("target_funktion") {}`, "-c", `${contract} hello`],
      /target_funktion/,
      /target_function/,
      / at <input>:1:\d+\n/,
    ));
  test("a program that is not there", () =>
    refused(["-e", 'probe process("/no/such").function("f") { exit() }', "-c", `${contract} hello`], /\/no\/such/));
  test("a variable that is not there", () =>
    refused(
      ["-e", `probe process("${contract}").function("target_function") { println($q) }`, "-c", `${contract} hello`],
      /\$q/,
      /\$p|\bp\b/,
    ));
  test("a probe point of no family", () => refused(["-e", "probe procces.begin { exit() }"], /procces/));
  test("processes without a program", () => refused(["-e", "probe process.syscall { println($syscall) }"], /-c/));
});

describe("scripts with mistakes", () => {
  test("ten mistakes in one run are ten messages, each with its place", () => {
    const script = [
      "global a, a",
      "probe begin { x = 1 +  }",
      "probe begin { foo(1 }",
      'probe begin { println("x" }',
      "probe begin { if 1 { } }",
      "probe begin { y = = 2 }",
      "function f( { }",
      "probe begin { while () { } }",
      "probe end { z = [1, 2] }",
      "probe { exit() }",
      "probe end { foreach (in a) { } }",
    ].join("\n");
    const { status, err } = utap(["-e", script]);
    expect(status).toBe(1);
    const places = [...err.matchAll(/^error\[[a-z-]+\]: .* at <input>:(\d+):\d+$/gm)].map((match) => match[1]);
    expect(new Set(places).size).toBeGreaterThanOrEqual(10 - 1);
    // One more for the place where 'a' was first declared.
    expect(err.split("\n").filter((line) => /^\s+\^+$/.test(line)).length).toBe(places.length + 1);
  });
  test("ten mistakes of meaning", () => {
    const script = [
      "global m, s",
      "probe begin { undefined_1() }",
      'probe begin { x1 = "a" + 1 println(x1) }',
      "probe begin { m[1] = 1  m[1, 2] = 2 }",
      "probe begin { strlen(1, 2) }",
      'probe begin { printf("%d %d\\n", 1) }',
      "probe begin { break }",
      "probe begin { println(strlen(5)) }",
      "probe begin { s <<< 1  s = 2 }",
      "probe begin { delete 5 }",
      "probe begin { println(@count(m)) }",
    ].join("\n");
    const { status, err } = utap(["-e", script]);
    expect(status).toBe(1);
    const places = [...err.matchAll(/^error\[[a-z-]+\]: .* at <input>:(\d+):\d+$/gm)].map((match) => match[1]);
    expect(new Set(places).size).toBeGreaterThanOrEqual(9);
  });
  test("a file that is not there", () => refused(["no-such-script.stp"], /no-such-script\.stp: there is no such file/));
  test("an empty script", () => refused(["-e", ""], /\w/));
  test("a script without probes", () => refused(["-e", "global x"], /no probes/));
});

describe("command lines that make no sense", () => {
  test("nothing at all", () => refused([], /no script given/));
  test("an option of no meaning", () => refused(["--frobnicate"], /--frobnicate/));
  test("an unknown limit", () => refused(["-D", "MAXFOO=1", "-e", "probe begin { exit() }"], /MAXFOO/, /MAXACTION/));
  test("an unknown global", () => refused(["-G", "x=1", "-e", "probe begin { exit() }"], /no global x/));
  test("a shell's pipe in -c", () => refused([...TRACE, "ls | wc"], /'\|'/));
});
