/**
 * Exact SIGSEGV and SIGBUS: random sequences of mmap, mprotect, munmap, ftruncate, madvise and touches give the same values and
 * the same faults (signal, si_code, si_addr) as under qemu-riscv64, which leaves memory to the kernel of the host.
 *
 * test/fixtures/kernel/faults.c carries out what this file makes up from a fixed seed. One file is only mapped shared and the
 * other only privately. No page is write-only or execute-only: those the machines read differently.
 */
import { spawnSync } from "node:child_process";
import { expect } from "vitest";
import { openHostFolder } from "../../cli/host-files.ts";
import { RESUME } from "../../target/events.ts";
import { testWith } from "../oracles.ts";
import { fixtures, start } from "./run.ts";

const SEQUENCES = 220;
const LENGTH = 60;
/** By number of the operation, as in faults.c; 0 begins a sequence. */
const WEIGHTS = [0, 6, 4, 4, 4, 6, 14, 14, 2, 2];

const [RESET, UNMAP, PROTECT, LOAD, DONT_NEED] = [0, 4, 5, 6, 9];

/** A small generator with a fixed seed: the same sequences in every run. */
function makeOperations(seed: number): Uint8Array {
  let state = seed;
  const next = (below: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const total = WEIGHTS.reduce((sum, weight) => sum + weight, 0);
  const bytes: number[] = [];
  const mapped = new Set<number>();
  for (let i = 0; i < SEQUENCES * LENGTH; i++) {
    let left = next(total);
    let operation = i % LENGTH === 0 ? RESET : WEIGHTS.findIndex((weight) => (left -= weight) < 0);
    const [page, count] = [next(16), next(4)];
    const range = Array.from({ length: count + 1 }, (_, k) => page + k);
    // qemu-user loses what mprotect and madvise did beside a hole: protect_errors and advise_errors in calls-linux.txt have that.
    if ((operation === PROTECT || operation === DONT_NEED) && !range.every((p) => mapped.has(p))) operation = LOAD;
    if (operation === RESET) mapped.clear();
    else if (operation === UNMAP) for (const p of range) mapped.delete(p);
    else if (operation < UNMAP) for (const p of range) mapped.add(p);
    bytes.push(operation, page, count, next(256));
  }
  return Uint8Array.from(bytes);
}

function inModel(input: Uint8Array): string {
  let output = "";
  let at = 0;
  const { model } = start("/faults", {
    root: openHostFolder(fixtures),
    console: {
      write: (_stream, bytes) => {
        output += Buffer.from(bytes).toString("latin1");
        return undefined;
      },
      read: (max) => {
        if (at >= input.length) return "eof";
        at += max;
        return input.slice(at - max, at);
      },
      isTty: () => false,
      windowSize: () => ({ rows: 24, columns: 80 }),
    },
  });
  model.run({ event: () => RESUME, nextTimer: () => Number.POSITIVE_INFINITY, timer: () => {}, poll: () => "run" });
  return output;
}

testWith("qemu-riscv64")("random sequences fault alike", () => {
  const input = makeOperations(1);
  const real = spawnSync("qemu-riscv64", ["./faults"], {
    cwd: fixtures,
    input,
    encoding: "latin1",
    timeout: 20_000,
    killSignal: "SIGKILL",
  });
  const [expected, got] = [real.stdout.split("\n"), inModel(input).split("\n")];
  // All kinds of faults are among them: MAPERR and ACCERR of SIGSEGV, ADRERR of SIGBUS.
  for (const kind of ["signal 11 code 1 ", "signal 11 code 2 ", "signal 7 code 2 "])
    expect(real.stdout).toContain(kind);
  const differs = got.findIndex((line, i) => line !== expected[i]);
  expect(
    differs < 0 ? "equal" : [differs, got.slice(differs - (differs % LENGTH), differs + 1), expected[differs]],
  ).toBe("equal");
  expect(got.length).toBe(SEQUENCES * LENGTH + 1);
});
