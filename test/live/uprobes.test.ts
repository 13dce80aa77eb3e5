/**
 * Breakpoints on every instruction and return probes on every function of a real program leave it as it was: what it
 * prints, its status and its files are those of a run without.
 *
 * test/fixtures/x86/busy.c and throws.cc do what breakpoints disturb: faults and signals amid instructions, several stacks, jumps
 * out of calls, threads, fork and vfork, traps of its own.
 */
import { spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { launch } from "../../live/live.ts";
import { type Uprobe, Uprobes } from "../../runtime/uprobes/uprobes.ts";
import { Utrace } from "../../runtime/utrace/utrace.ts";
import type { RunResult, Target } from "../../target/target.ts";
import { missingOracles } from "../oracles.ts";

const busy = resolve(import.meta.dirname, "../fixtures/x86/busy.x86_64");
const throws = resolve(import.meta.dirname, "../fixtures/x86/throws.x86_64");
const folder = mkdtempSync(join(tmpdir(), "utap-uprobes-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Run {
  readonly result: RunResult;
  readonly output: string;
  readonly hits: number;
  readonly returns: number;
  readonly warnings: readonly string[];
}

interface Options {
  readonly args?: readonly string[];
  /** Called at every hit. */
  readonly onHit?: (uprobes: Uprobes, probes: readonly Uprobe[], hits: number, target: Target) => void;
  /** The session ends after so many hits. */
  readonly leaveAfter?: number;
}

function runProbed(
  path: string,
  instructions: readonly number[],
  functions: readonly number[],
  options: Options = {},
): Run {
  const file = join(folder, "out");
  const fd = openSync(file, "w");
  const target = launch(
    { path, argv: [path, ...(options.args ?? [])], envp: [], stdout: fd },
    { noFilter: options.leaveAfter !== undefined },
  );
  closeSync(fd);
  const utrace = new Utrace();
  const warnings: string[] = [];
  const uprobes = new Uprobes(target, utrace, (message) => warnings.push(message));
  let hits = 0;
  let returns = 0;
  const probes: Uprobe[] = [];
  for (const fileOffset of instructions) {
    probes.push({
      path,
      fileOffset,
      hit(task, address) {
        hits++;
        expect(task.pc).toBe(address);
        options.onHit?.(uprobes, probes, hits, target);
      },
    });
  }
  for (const fileOffset of functions) {
    probes.push({ path, fileOffset, hit: () => undefined, returned: () => void returns++ });
  }
  for (const probe of probes) uprobes.register(probe);
  for (const task of target.tasks()) uprobes.attach(task);
  let left = false;
  const result = target.run({
    event: (event) => utrace.report(event),
    nextTimer: () => Number.POSITIVE_INFINITY,
    timer: () => {},
    poll() {
      if (hits < (options.leaveAfter ?? Number.POSITIVE_INFINITY)) return "run";
      if (!left) {
        uprobes.removeAll();
        utrace.detachAll();
        left = true;
      }
      return "detach";
    },
  });
  return { result, output: readFileSync(file, "utf8"), hits, returns, warnings };
}

/** Offsets in the file, which are addresses in the text of this program, by objdump. */
function placesOf(program: string): {
  readonly instructions: readonly number[];
  readonly functions: readonly number[];
} {
  const { stdout } = spawnSync("objdump", ["-d", "-w", "-j", ".text", program], {
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  const instructions: number[] = [];
  const functions: number[] = [];
  for (const line of stdout.split("\n")) {
    const instruction = /^\s+([0-9a-f]+):\t(?:[0-9a-f]{2} )+\s*\t(\S+)/.exec(line);
    if (instruction && instruction[2] !== "int3") instructions.push(Number.parseInt(instruction[1] ?? "", 16));
    const start = /^([0-9a-f]+) <(\w+)>:/.exec(line);
    if (start && start[2] !== "_start") functions.push(Number.parseInt(start[1] ?? "", 16));
  }
  return { instructions, functions };
}

const missing = process.platform !== "linux" || process.arch !== "x64" ? ["x86-64"] : missingOracles("objdump");

describe.skipIf(missing.length > 0)("a program with breakpoints all over", () => {
  const plain = spawnSync(busy, { encoding: "utf8", env: {} });
  const { instructions, functions } = missing.length > 0 ? { instructions: [], functions: [] } : placesOf(busy);
  const expectSame = ({ result, output, warnings }: Run): void => {
    expect(warnings).toEqual([]);
    expect(result).toEqual({ exitCode: 5 });
    expect(output).toBe(plain.stdout);
  };

  test("on every instruction", () => {
    const run = runProbed(busy, instructions, []);
    expectSame(run);
    expect(run.hits).toBeGreaterThan(5000);
  });

  test("on every return", () => {
    const run = runProbed(busy, [], functions);
    expectSame(run);
    expect(run.returns).toBeGreaterThan(500);
  });

  test("on every return, while exceptions, cancellation and backtraces look at the stack", () => {
    const { stdout } = spawnSync(throws, { encoding: "utf8", env: {} });
    const run = runProbed(throws, [], placesOf(throws).functions);
    expect(run.warnings).toEqual([]);
    expect(run.output).toBe(stdout);
    expect(run.result).toEqual({ exitCode: 5 });
    // Every call of plain, catches, frames and main returns: the unwinder left them alone. 3 + 3 + 1 + 1, 2, 6, 1.
    expect(run.returns).toBeGreaterThanOrEqual(17);
  });

  test("on every instruction and every return", () => {
    expectSame(runProbed(busy, instructions, functions));
  });

  test("switched off and on all the time", () => {
    const run = runProbed(busy, instructions, functions, {
      onHit(uprobes, probes, hits) {
        const other = probes[(hits * 7919) % probes.length];
        if (other) uprobes.setEnabled(other, hits % 3 === 0);
      },
    });
    expectSame(run);
  });

  for (const leaveAfter of [1, 100, 777, 2000, 3000, 4000, 5000, 6000]) {
    test(`left after ${leaveAfter} hits`, () => {
      const run = runProbed(busy, instructions, functions, { leaveAfter });
      expectSame(run);
      expect(run.hits).toBe(leaveAfter);
    });
  }
});
