/**
 * The reference CPU of the model against qemu-riscv64, on one program (`programs/sieve.elf`).
 *
 * Gives no rows where qemu-riscv64 is not installed. What qemu needs to start is measured with a program that does
 * almost nothing, and taken away.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { loadElf, runProgram } from "../test/riscv/machine.ts";
import type { Row } from "./main.ts";
import { best } from "./script.ts";

const RUNS = 5;

/** `root` is the folder of the repository. */
export function benchCpu(root: string): readonly Row[] {
  const program = join(root, "bench/programs/sieve.elf");
  const trivial = join(root, "test/fixtures/riscv/integer.elf");
  if (![program, trivial].every(existsSync) || spawnSync("qemu-riscv64", ["--version"]).status !== 0) return [];
  const elf = readFileSync(program);
  const qemu = (path: string): void => {
    const { status } = spawnSync("qemu-riscv64", [path]);
    if (status !== 0) throw new Error(`qemu-riscv64 ${path}: status ${status}`);
  };
  const ours = best(RUNS, () => {
    const { end } = runProgram(loadElf(elf));
    if (end !== 0) throw new Error(`the model ends with ${JSON.stringify(end)}`);
  });
  const theirs = best(RUNS, () => qemu(program)) - best(RUNS, () => qemu(trivial));
  return [{ name: "cpu: a sieve, 26 million instructions", against: "qemu-riscv64", ratio: ours / theirs }];
}
