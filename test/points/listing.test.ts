/**
 * What -l, -L and --dump-… print.
 *
 * Expected: SystemTap 4.8 (`stap -l POINT -I FOLDER` and so on) on the same words, less what utap has not; for a
 * riscv64 fixture, which SystemTap of another machine does not read, its source.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { listingLines } from "../../cli/listing.ts";
import { type Options, parseOptions } from "../../cli/options.ts";
import { tablePoints } from "../../lang/compiler/probes/tree.ts";
import { testWith } from "../oracles.ts";

const folder = mkdtempSync(join(tmpdir(), "utap-listing-"));
afterAll(() => rmSync(folder, { recursive: true }));
writeFileSync(
  join(folder, "a.stp"),
  `probe al = timer { v = 1 } probe bl = al { w = "s" } probe cl = begin?, end { k=2 }
   probe dl = never {println(1)}, {z=3} probe end { println("of the library") }
   probe _ql = begin {} probe ql.__x = begin, end ? if (1) {} probe ql.y += begin {}
   probe wrong.a = begin { x = y } probe wrong.b = end { nowhere(1) } probe wrong.c = begin { x = 1 x = "s" }
   function zq1(a) { return 1 } function zq2(a,b:string) { println(a) } function _zq3() { } private function zq4() {}`,
);

function lines(...argv: readonly string[]): readonly string[] {
  const options = parseOptions([...argv, "-I", folder]) as Options;
  return listingLines(options, options.listing ?? expect.unreachable());
}

// biome-ignore format: table
const cases: readonly [string, string, readonly string[]][] = [
  ["-l", "begin",             ["begin"]],
  ["-l", "begin?",            ["begin?"]],
  ["-l", "begin if (1)",      ["begin if (1)"]],
  ["-l", "never,foo,begin",   ["begin", "never"]],
  ["-l", "timer.ms(2)",       ["timer.ms(2)"]],
  ["-l", "timer.m*(2)",       ["timer.ms(2)", "timer.msec(2)"]],
  // The reference has timer.profile only on a kernel that can count with perf.
  ["-l", "timer.*",           ["timer.profile"]],
  ["-l", "foo",               []],
  ["-l", "process.*",         ["process.begin", "process.end", "process.syscall"]],
  ["-l", "process.**",        ["process.begin", "process.end", "process.syscall", "process.syscall.return", "process.thread.begin", "process.thread.end"]],
  ["-l", "al.s(1)",           ["al.s(1)"]],
  ["-l", "al.m*(1)",          ["timer.ms(1)", "timer.msec(1)"]],
  ["-L", "al.s(1)",           ["al.s(1) v:long"]],
  ["-L", "bl.m*(1)",          ["timer.ms(1) v:long w:string", "timer.msec(1) v:long w:string"]],
  ["-L", "bl.s(1)",           ["bl.s(1) v:long w:string"]],
  ["-L", "cl",                ["cl k:long"]],
  ["-L", "dl",                ["dl z:long"]],
  ["-L", "*l",                ["_ql", "cl k:long", "dl z:long"]],
  ["-L", "begin,al.s(2),begin", ["al.s(2) v:long", "begin"]],
  // What a handler does wrong does not take its probe from the list.
  ["-l", "wrong.*",           ["wrong.a", "wrong.b", "wrong.c"]],
  ["-L", "wrong.b",           ["wrong.b"]],
  ["-L", "wrong.c",           ["wrong.c x:long"]],
  ["-L", "error(5)",          ["error(5)"]],
  ["-L", "process.syscall",   ["process.syscall $syscall:long $arg1:long $arg2:long $arg3:long $arg4:long $arg5:long $arg6:long"]],
  // The reference leaves out $return, which can be read there.
  ["-L", "process.syscall.return", ["process.syscall.return $syscall:long $arg1:long $arg2:long $arg3:long $arg4:long $arg5:long $arg6:long $return:long"]],
];

test.each(cases)("%s %s", (option, point, expected) => expect(lines(option, point)).toEqual(expected));

describe("functions of a program", () => {
  const program = new URL("../fixtures/debuginfo/structs-O0", import.meta.url).pathname;
  const at = (name: string, line: number) => `process("${program}").function("${name}@/src/structs.c:${line}")`;

  test("with their variables", () => {
    expect(lines("-L", `process("${program}").function("b*@structs.c")`)).toEqual([
      `${at("big_value", 32)} $big:struct big const* $copy:struct big`,
      `${at("by_value", 27)} $pair:struct pair $mixed:struct mixed`,
    ]);
  });

  // `long` is "long int" in the debuginfo.
  test("at their return", () => {
    expect(lines("-L", `process("${program}").function("nested").return`)).toEqual([
      `${at("nested", 24)}.return $return:long int $o:struct outer*`,
    ]);
  });

  test("none", () => expect(lines("-l", `process("${program}").function("none")`)).toEqual([]));
});

test("kinds of probe points are those of SystemTap, and what it has in later versions", () => {
  const found = lines("--dump-probe-types");
  for (const type of ["begin", "begin(number)", "never", "timer.hz(number)", "timer.us(number).randomize(number)"])
    expect(found).toContain(type);
  expect(found).toContain("process(string).function(string).return");
  expect(found).toContain("process.statement(string).nearest");
  // What is known and not there yet is not listed.
  expect(
    found.filter((type) =>
      /^(kernel\.(statement|mark|data|lsm)|module|perf|netfilter)|process\(number\)\.(function|statement|mark|plt)|insn/.test(
        type,
      ),
    ),
  ).toEqual([]);
});

test("those of the kernel are among them", () => {
  expect(lines("--dump-probe-types").filter((type) => /^k(ernel|probe)/.test(type))).toEqual([
    "kernel.function(string)",
    "kernel.function(string).call",
    "kernel.function(string).return",
    "kernel.function(string).return.maxactive(number)",
    "kernel.trace(string)",
    "kprobe.function(string)",
    "kprobe.function(string).call",
    "kprobe.function(string).return",
    "kprobe.function(string).return.maxactive(number)",
  ]);
});

test("aliases, without those that begin with _", () => {
  expect(lines("--dump-probe-aliases").filter((line) => /^_?ql/.test(line))).toEqual([
    "ql.__x = begin, end? if (1)",
    "ql.y += begin",
  ]);
});

test("functions as they are declared", () => {
  const found = lines("--dump-functions");
  expect(found.filter((line) => /zq/.test(line))).toEqual([
    "zq1:unknown (a:unknown)",
    "zq2:unknown (a:unknown, b:string)",
  ]);
  expect(found).toContain("exit:unknown ()");
});

// SystemTap's own list, asked when it is there.
testWith("stap")("every kind of probe point of SystemTap is in the table", () => {
  const oracle = new URL("../../tools/oracle-stap.sh", import.meta.url).pathname;
  const text = execFileSync(oracle, ["--dump-probe-types"], {
    encoding: "latin1",
    stdio: ["ignore", "pipe", "ignore"],
  });
  const known = new Set(tablePoints().map((point) => point.text));
  const kinds = text
    .trim()
    .split("\n")
    .map((kind) => kind.replaceAll("(string)", "(S)").replaceAll("(number)", "(N)"));
  expect(kinds.length).toBeGreaterThan(200);
  expect(kinds.filter((kind) => !known.has(kind))).toEqual([]);
});
