/**
 * JavaScript programs among Debian's: dash runs them, in pipes with programs of coreutils, and they run dash.
 *
 * What comes out follows from the programs; the tools that stand beside them (tr, wc, sort) are the oracle of the pipes.
 */
import { execFileSync } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect } from "vitest";
import { probe, type ScriptedProgram } from "../../testing/index.ts";
import { missingOracles, testWith } from "../oracles.ts";

const it = testWith("apt-get");
const root = join(tmpdir(), "utap-riscv64-dash");

beforeAll(() => {
  if (missingOracles("apt-get").length > 0) return;
  execFileSync("node", ["tools/riscv64-root.mjs", root, "coreutils", "dash", "libc6"], { stdio: "inherit" });
}, 120_000);

/** `tr a-z A-Z`; its status is the number of its arguments. */
const upper: ScriptedProgram = {
  *main(sys, memory, argv) {
    const buffer = memory.alloc(16);
    for (let n: number; (n = yield sys.read(0, buffer, 16)) > 0; ) {
      memory.write(
        buffer,
        memory.read(buffer, n).map((byte) => (byte >= 97 && byte <= 122 ? byte - 32 : byte)),
      );
      yield sys.write(1, buffer, n);
    }
    return argv.length;
  },
};

/** `sh -c argv[1]`, its output in capitals. */
const loud: ScriptedProgram = {
  *main(sys, memory, argv, envp) {
    const fds = memory.make("int[2]");
    yield sys.pipe2(fds, 0);
    const [input = 0, output = 0] = memory.get<number[]>(fds, "int[2]");
    const child = yield sys.fork(function* (sys) {
      yield sys.dup3(output, 1, 0);
      yield sys.close(input);
      yield sys.close(output);
      yield sys.execve("/usr/bin/dash", ["sh", "-c", argv[1] ?? "", null], [...envp, null]);
      return 126;
    });
    yield sys.close(output);
    const buffer = memory.alloc(64);
    for (let n: number; (n = yield sys.read(input, buffer, 64)) > 0; ) {
      const text = Buffer.from(memory.read(buffer, n)).toString().toUpperCase();
      yield sys.write(1, text, n);
    }
    const status = memory.make("int");
    yield sys.wait4(child, status, 0, 0);
    return memory.get(status, "int") >> 8;
  },
};

function sh(command: string, script = 'probe end { print("") }') {
  const { out, err, status } = probe(script, {
    root,
    programs: { "/usr/bin/upper": upper, "/usr/bin/loud": loud },
    program: "/usr/bin/dash",
    argv: ["dash", "-c", command],
    envp: ["PATH=/usr/bin"],
  });
  return { out, err, status };
}

describe("dash", () => {
  // biome-ignore format: table
  const rows: readonly (readonly [command: string, out: string, status: number])[] = [
    ["echo one two | upper", "ONE TWO\n", 1],
    ["printf 'c\\nb\\na\\n' | sort | upper a b | tr -d '\\n'; echo", "ABC\n", 0],
    ["seq 1 200 | upper | wc -c; x=$(echo deep | upper); echo $x", "692\nDEEP\n", 0],
    ["upper x y <<E\nhere\nE\necho $?", "HERE\n3\n", 0],
    ["loud 'echo from dash; exit 5'; echo $?", "FROM DASH\n5\n", 0],
    ["loud 'loud \"echo twice | cat\"' | wc -l", "1\n", 0],
    ["yes | upper | head -n 2", "Y\nY\n", 0],
    ["{ upper & kill -TERM $!; wait $!; } 2>&1; echo $?", "Terminated\n143\n", 0],
  ];
  for (const [command, out, status] of rows) {
    it(command, () => expect(sh(command)).toEqual({ out, err: "", status }));
  }

  it("a script sees programs of both kinds start and end", () => {
    const { out } = sh(
      "echo hi | upper | cat",
      'probe process.begin { printf("%s\\n", execname()) } probe process("/usr/bin/upper").end { println("end of ", execname()) }',
    );
    expect(
      out
        .split("\n")
        .filter((line) => /upper|cat|HI/.test(line))
        .sort(),
    ).toEqual(["HI", "cat", "end of upper", "upper"]);
  });
});
