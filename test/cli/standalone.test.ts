/**
 * --standalone: the file runs with plain node, far from utap, and prints what utap prints.
 */
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  lstatSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Ended, prepareBuild, repository, run, utap } from "./spawn.ts";

const wordcount = join(repository, "examples/wordcount/wordcount");

let folder = "";
let files = 0;
beforeAll(() => {
  prepareBuild();
  folder = mkdtempSync(join(tmpdir(), "utap-standalone-"));
}, 120_000);
afterAll(() => {
  if (folder) rmSync(folder, { recursive: true });
});

async function make(...args: string[]): Promise<string> {
  const file = join(folder, `script-${files++}.mjs`);
  expect(await utap(["--standalone", file, ...args])).toEqual({ status: 0, out: "", err: "" });
  return file;
}

const node = (file: string, ...args: string[]): Promise<Ended> =>
  run(process.execPath, [file, ...args], { cwd: folder });

it.each([
  [
    "output and globals",
    'global n = 3, seen probe begin { seen[1, "a"] <<< n; printf("%5d|%s\\n", n, @1) exit() }',
    "x",
  ],
  ["an error with its place, and the status", "probe begin { println(1 / strlen(@1)) }", ""],
  ["timers, in a thread of their own", "global n probe timer.ms(2) { if (n++ == 3) exit() } probe end { println(n) }"],
])("%s", async (_, ...line) => {
  const file = await make("-e", ...line);
  const ended = await node(file);
  expect(ended).toEqual(await utap(["-e", ...line]));
  expect(ended.out + ended.err).not.toBe("");
});

it("a script for a program: with the program it was made with, or another, or none", async () => {
  const script =
    'probe process.function("main") { printf("%s %s\\n", ppfunc(), $$parms) } probe end { println("end") }';
  const command = `${wordcount} /dev/null`;
  const file = await make("-e", script, "-c", command);
  const expected = await utap(["-e", script, "-c", command]);
  expect(expected.out).toMatch(/main argc=.*\nend\n/s);
  expect(await node(file)).toEqual(expected);
  const other = `${wordcount} ${join(repository, "examples/wordcount/sea.txt")}`;
  expect(await node(file, "-c", other)).toEqual(await utap(["-e", script, "-c", other]));

  const path = await make("-e", `probe process("${wordcount}").function("main") { println("main") }`);
  const without = await node(path);
  expect([without.status, without.out]).toEqual([1, ""]);
  expect(without.err).toContain("give it a program with -c");
  expect((await node(path, "-c", command)).out).toContain("main\n");
});

it("another build of the program is not probed", async () => {
  const program = join(folder, "program");
  copyFileSync(wordcount, program);
  chmodSync(program, 0o755);
  const script = 'probe process.function("main") { println("main") } probe end { println("end") }';
  const file = await make("-e", script, "-c", `${program} /dev/null`);
  expect((await node(file)).out).toContain("main\n");

  const notes = execFileSync("readelf", ["-n", program], { encoding: "utf8" });
  const id = Buffer.from(/Build ID: ([0-9a-f]+)/.exec(notes)?.[1] ?? "", "hex");
  expect(id.length).toBeGreaterThan(0);
  const bytes = readFileSync(program);
  const at = bytes.indexOf(id);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  writeFileSync(program, bytes);
  const ended = await node(file);
  expect([ended.status, ended.out.includes("main"), ended.out.includes("end\n")]).toEqual([0, false, true]);
  expect(ended.err).toContain(`WARNING: ${program} is another build than the one the script was compiled for`);
});

it("the file has the runtime it needs and no compiler", async () => {
  const clock = readFileSync(await make("-e", "probe begin { exit() }"), "utf8");
  const model = readFileSync(await make("-e", "probe begin { exit() }", "-c", wordcount), "utf8");
  for (const text of [clock, model]) expect(text).not.toMatch(/chevrotain|acorn|CstParser|performSelfAnalysis/);
  expect(clock.length).toBeLessThan(model.length / 1.5);
  expect(clock).toContain('  function probe_0(c) {"');
});

it("what cannot be is said in words", async () => {
  const clock = await make("-e", "probe begin { exit() }");
  const [program, argument, option] = await Promise.all([
    node(clock, "-c", "true"),
    node(clock, "argument"),
    node(clock, "--nonsense"),
  ]);
  expect([program.status, argument.status, option.status]).toEqual([1, 1, 1]);
  expect(program.err).toContain("made without the kernel model");
  expect(argument.err).toContain("fixed when it was compiled");
  expect(option.err).toContain("--nonsense");
  const nowhere = await utap(["--standalone", "/nowhere/file", "-e", "probe begin { exit() }"]);
  expect([nowhere.status, nowhere.err.includes("/nowhere/file")]).toEqual([1, true]);
});

it("what is no file is written to and stays what it is; a link leads to the file", async () => {
  const script = ["-e", "probe begin { println(1) exit() }"];
  const [pipe, link] = [join(folder, "pipe"), join(folder, "link")];
  execFileSync("mkfifo", [pipe]);
  symlinkSync("target.mjs", link);
  writeFileSync(join(folder, "target.mjs"), "");
  const reader = run("cat", [pipe]);
  expect(await utap(["--standalone", pipe, ...script])).toEqual({ status: 0, out: "", err: "" });
  expect(lstatSync(pipe).isFIFO()).toBe(true);
  expect((await reader).out).toMatch(/^#!\/usr\/bin\/env node\n/);
  expect(await utap(["--standalone", link, ...script])).toEqual({ status: 0, out: "", err: "" });
  expect(lstatSync(link).isSymbolicLink()).toBe(true);
  expect(await node(join(folder, "target.mjs"))).toEqual({ status: 0, out: "1\n", err: "" });
});

it("a place that cannot be written is said in words", async () => {
  const { status, err } = await utap(["--standalone", join(folder, "no/file"), "-e", "probe begin { exit() }"]);
  expect(status).toBe(1);
  expect(err).toMatch(/^error\[usage\]: cannot write \S+: No such file or directory\n$/);
});
