/**
 * System calls on files, pipes and sockets, case by case, against qemu-riscv64.
 *
 * `test/fixtures/kernel-files/calls` runs every case in a child and a folder of its own and prints calls with their results. What
 * file-calls.txt holds is what qemu-riscv64 7.2 printed, as root, in an empty folder of ext4:
 *   (cd "$(mktemp -d)" && qemu-riscv64 …/test/fixtures/kernel-files/calls </dev/null | cat) >test/kernel/file-calls.txt
 * Where qemu-riscv64 is installed and we are root it is asked again.
 *
 * What qemu-user 7.2 does not know (openat2, clone with CLONE_FILES alone) or tells otherwise than the kernel below it
 * (control messages without room) is in file-calls-host.txt instead: what the same sources print as a program of x86-64
 * Linux 6.18, under the same conditions:
 *   gcc -static -w -o /tmp/calls $(sed -n 's/.*-o calls //p' calls.c | head -1) && cd "$(mktemp -d)" && /tmp/calls CASE… </dev/null | cat
 */
import { spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { openHostFolder } from "../../cli/host-files.ts";
import { testWith } from "../oracles.ts";
import { run } from "./run.ts";

const program = new URL("../fixtures/kernel-files/calls", import.meta.url).pathname;
const read = (name: string): string => readFileSync(new URL(name, import.meta.url), "latin1");
const recorded = read("file-calls.txt");
const byHost = read("file-calls-host.txt");
const root = mkdtempSync(join(tmpdir(), "utap-calls-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

function casesOf(output: string): Map<string, string> {
  const parts = output.split(/^=== (\w+)\n/m).slice(1);
  return new Map(parts.flatMap((name, i) => (i % 2 === 0 ? [[name, parts[i + 1]!]] : [])));
}

/** The folder is the model's root; what it writes stays in its memory. */
function inModel() {
  for (const name of ["dev", "proc"]) mkdirSync(join(root, name), { recursive: true });
  chmodSync(root, 0o755);
  copyFileSync(program, join(root, "calls"));
  const got = run("/calls", [], { root: openHostFolder(root), uid: 0, gid: 0 });
  const missing = [...got.model.machine.missingCalls.keys()];
  return { cases: casesOf(got.output), missing, result: got.result, output: got.output, ns: got.model.monotonicNs() };
}

function underQemu(names: readonly string[]): Map<string, string> {
  const cwd = mkdtempSync(join(tmpdir(), "utap-calls-"));
  // Through a pipe: what spawnSync gives itself is a socket.
  const script = 'timeout -s KILL 40 qemu-riscv64 "$0" "$@" </dev/null | cat';
  const real = spawnSync("sh", ["-c", script, program, ...names], { cwd, encoding: "latin1", timeout: 45_000 });
  rmSync(cwd, { recursive: true, force: true });
  return casesOf(real.stdout);
}

describe("calls on files", () => {
  const [ofQemu, ofHost] = [casesOf(recorded), casesOf(byHost)];
  const expected = new Map([...ofQemu, ...ofHost]);
  let seen: ReturnType<typeof inModel> | undefined;
  const model = (): ReturnType<typeof inModel> => {
    seen ??= inModel();
    return seen;
  };

  it("the program runs to its end, and no call is missing", () => {
    expect([model().result, model().missing]).toEqual([{ exitCode: 0 }, []]);
  });

  it.each([...expected.keys()])("%s", (name) => {
    expect(model().cases.get(name)).toBe(expected.get(name));
  });

  it("nothing else, and the same every time", () => {
    expect([...model().cases.keys()].sort()).toEqual([...expected.keys()].sort());
    const again = inModel();
    expect([again.output, again.ns]).toEqual([model().output, model().ns]);
  });

  testWith("qemu-riscv64")("qemu-riscv64 agrees with what is recorded", () => {
    if (process.getuid?.() !== 0) return;
    // On a loaded machine echoes may come late: what differs is asked again.
    const differs = (real: Map<string, string>) => (name: string) => real.get(name) !== ofQemu.get(name);
    let names = [...ofQemu.keys()];
    for (let tries = 0; tries < 3 && names.length > 0; tries++) names = names.filter(differs(underQemu(names)));
    expect(names).toEqual([]);
  });
});
