/**
 * Function probes of a host program in -p2, as the reference prints them: place, pc and origin.
 *
 * The program is compiled here, position-independent and not, with and without optimisation. The reference also
 * lists functions it makes for every `$variable`; only its probe lines are compared.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { makeSource } from "../../base/source.ts";
import { createSymbolSource } from "../../cli/symbol-source.ts";
import { compile } from "../../lang/compiler/compile.ts";
import { printProgram } from "../../lang/compiler/print-program.ts";
import { testWith } from "../oracles.ts";

const source = `struct pair { int x; long y; };
int add(int a, struct pair *q) { int z = a + q->x; return z; }
static int twice(int n) { return add(n, &(struct pair){ n, 2 }); }
int main(int argc, char **argv) { struct pair v = { 1, 2 }; return add(argc, &v) + twice(argc + (argv != 0)); }
`;
const files = {
  resolve: (path: string) => realpathSync(path),
  read: (path: string) => readFileSync(path),
  list: () => undefined,
};

testWith("stap", "gcc")("function probes are where the reference puts them", () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "utap-functions-")));
  writeFileSync(join(folder, "prog.c"), source);
  for (const [name, flags] of Object.entries({
    pie: ["-O0"],
    fixed: ["-O0", "-no-pie"],
    quick: ["-O2", "-fno-inline"],
  })) {
    execFileSync("gcc", ["-g", ...flags, "-o", name, "prog.c"], { cwd: folder });
    const program = join(folder, name);
    const script = ["add", "main", "twice"]
      .map((f) => `probe process("${program}").function("${f}") { println(1) }`)
      .join("\n");
    const text = execFileSync("tools/oracle-stap.sh", ["-p2", "-e", script], {
      encoding: "latin1",
      stdio: ["ignore", "pipe", "ignore"],
    });
    const { program: typed } = compile({
      main: makeSource("<input>", script),
      symbols: createSymbolSource(files),
      now: () => 0,
    });
    const probes = (all: string): string[] => all.split("\n").filter((line) => line.startsWith("process("));
    expect(probes(text)).toHaveLength(3);
    expect(probes(typed ? printProgram(typed) : "")).toEqual(probes(text));
  }
});
