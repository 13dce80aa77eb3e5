/**
 * Places in programs other than the entries of functions: inlined copies, labels, callees, marks, linkage tables.
 *
 * places.c is compiled for this machine and asked of the reference (`places.txt`), which does not read programs of
 * another one. Different on purpose: `.inline` matches no functions without debuginfo; calls are seen in DWARF 5, too,
 * and several from one function are one place; nothing returns from an inlined copy, callee or not; a value by
 * DW_OP_entry_value is one. What the fixtures do when they run was worked out by hand, see there.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { makeSource } from "../../base/source.ts";
import { createSymbolSource } from "../../cli/symbol-source.ts";
import { compile } from "../../lang/compiler/compile.ts";
import { printProgram } from "../../lang/compiler/print-program.ts";
import { Semaphores } from "../../runtime/uprobes/semaphores.ts";
import type { AddressSpace } from "../../target/target.ts";
import { testWith } from "../oracles.ts";
import { utap } from "../run/driver.ts";

const fixtures = new URL("../fixtures/points/", import.meta.url).pathname;
const folder = realpathSync(mkdtempSync(join(tmpdir(), "utap-places-")));
afterAll(() => rmSync(folder, { recursive: true }));

const [accepted = [], refused = []] = readFileSync(new URL("places.txt", import.meta.url), "utf8")
  .split("# refused\n")
  .map((part) => part.split("\n").filter((line) => line !== "" && !line.startsWith("# ")));

const builds = { unoptimised: ["-O0"], optimised: ["-O2"], older: ["-O2", "-gdwarf-4", "-no-pie"] };

function build(name: keyof typeof builds): string {
  const program = join(folder, name);
  const run = (...args: readonly string[]) => execFileSync("gcc", ["-g", ...builds[name], ...args], { cwd: folder });
  writeFileSync(join(folder, "both.c"), "int rand(void);\nint both(int n) { return n + rand(); }\n");
  run("-shared", "-fPIC", "-o", "libboth.so", "both.c");
  const linking = ["-Wl,--no-as-needed", "-L.", "-lboth", "-Wl,-rpath,$ORIGIN"];
  run("-o", program, join(fixtures, "places.c"), ...linking);
  return program;
}

function quiet<T>(get: () => T): T | undefined {
  try {
    return get();
  } catch {
    return undefined;
  }
}

const files = {
  resolve: (path: string) => quiet(() => realpathSync(path)),
  read: (path: string) => quiet(() => new Uint8Array(readFileSync(path))),
  list: () => undefined,
};

function probe(program: string, point: string): string {
  return `probe process("${program}").${point}${point.endsWith("}") ? "" : " {println(1)}"}`;
}

const probesOf = (text: string) => [...new Set(text.split("\n").filter((line) => line.startsWith("process(")))].sort();

function ours(script: string): readonly string[] | "refused" {
  const options = { guru: true, symbols: createSymbolSource(files), stopAfter: 2, now: () => 0 } as const;
  const { program } = compile({ main: makeSource("<input>", script), ...options });
  return program ? probesOf(printProgram(program)) : "refused";
}

function theirs(script: string): readonly string[] | "refused" {
  const { status, stdout } = spawnSync("tools/oracle-stap.sh", ["-p2", "-g", "-e", script], { encoding: "latin1" });
  return status === 0 ? probesOf(stdout) : "refused";
}

describe("the reference agrees", () => {
  testWith("stap", "gcc")("on what there is", () => {
    for (const name of Object.keys(builds) as (keyof typeof builds)[]) {
      const program = build(name);
      const script = accepted.map((point) => probe(program, point)).join("\n");
      const expected = theirs(script);
      expect(expected.length).toBeGreaterThan(50);
      expect(ours(script)).toEqual(expected);
    }
  });

  testWith("gcc")("on what there is not", () => {
    const program = build("optimised");
    for (const point of refused) expect([point, ours(probe(program, point))]).toEqual([point, "refused"]);
  });
});

/**
 * work(2) calls twice(2), twice(6) and far(0), and then has square(2) in it. twice(2) hits the mark app.hit with
 * (n, -17, p.y), has square(3) in it and calls far(2); twice(6) goes to `big` and has cube(6) in it, which has square(6).
 * square(n) hits app.square__done with (n*n, n*3). The results: 4+9+10+1, 216, 0 and 4 are 244 in all; somebody who
 * looks at app.hit makes it 1244, of which _exit keeps 220.
 */
// biome-ignore format: table
const runs: readonly (readonly [script: string, out: string, status: number])[] = [
  ['function("square") { println(ppfunc(), " ", $n, " ", $$parms) }', "square 3 n=0x3\nsquare 6 n=0x6\nsquare 2 n=0x2\n", 244],
  ['function("square").inline { println($n) }',           "3\n6\n2\n", 244],
  ['function("cube") { println($n) }',                    "6\n", 244],
  ['function("twice").label("big") { println($n) }',      "6\n", 244],
  ['function("twice").callee("square") { println($n) }',  "3\n", 244],
  ['function("cube").callees { println($n) }',            "6\n", 244],
  ['mark("square-done") { println($arg1, " ", $arg2, " ", $$name, " ", $$provider) }', "9 9 square__done app\n36 18 square__done app\n4 6 square__done app\n", 244],
  ['provider("app").mark("hit") { println($arg1, " ", $arg2, " ", $arg3) }', "2 -17 2\n", 220],
  ['provider("app").mark("hit") { println($$parms) }',    "$arg1=0x2 $arg2=0xffffffffffffffef $arg3=0x2\n", 220],
  ['provider("other").mark("hit") { println("[", $$parms, "]", $n) }', "[]2\n", 244],
];

describe.each(["places-O0", "places-O2"])("%s runs", (name) => {
  test.each(runs)("%s", (script, out, status) => {
    const result = utap(["-c", join(fixtures, name), "-e", `probe process.${script}`]);
    expect(result).toEqual({ out, err: "", status });
  });
});

test("a label that a wildcard found has its name", () => {
  const script = 'probe process.function("twice").label("*") { println(pnlabel(), " ", ppfunc()) }';
  expect(utap(["-c", join(fixtures, "places-O0"), "-e", script]).out).toBe("big twice\n");
});

test("calls from one function only, by where they return to", () => {
  const script = `probe process.function("work").callee("far") { println("work ", $n) }
    probe process.function("twice").callee("far").return { println("twice ", $return) }
    probe process.function("far") { println("any ", $n) }`;
  const { out } = utap(["-c", join(fixtures, "places-O2"), "-e", script]);
  // far(2) from twice(2), then far(0) from work.
  expect(out).toBe("any 2\ntwice 10\nwork 0\nany 0\n");
});

test("a semaphore is raised once for every probe, and lowered again", () => {
  const memory = Uint8Array.of(0, 0, 0xff, 0, 7, 7);
  const mm: AddressSpace = {
    id: 1,
    read: (address, size) => memory.slice(address - 0x1000, address - 0x1000 + size),
    write(address, bytes) {
      memory.set(bytes, address - 0x1000);
      return true;
    },
    mappings: () => [],
    scratchPage: () => 0,
  };
  const mapping = { start: 0x1000, end: 0x1006, offset: 0x20, readable: true, writable: true, executable: false };
  const semaphores = new Semaphores();
  semaphores.raise(mm, { ...mapping, writable: false }, [0x20]);
  expect([...memory]).toEqual([0, 0, 0xff, 0, 7, 7]);
  for (let times = 0; times < 2; times++) semaphores.raise(mm, mapping, [0x20, 0x22, 0x22, 0x1f, 0x25]);
  expect([...memory]).toEqual([1, 0, 1, 1, 7, 7]);
  semaphores.lowerAll();
  expect([...memory]).toEqual([0, 0, 0xff, 0, 7, 7]);
});
