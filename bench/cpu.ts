/**
 * The CPUs of the model against qemu-riscv64, on the same programs (`programs/`, and two of Debian's): time of the processor,
 * not of the clock.
 *
 * Gives no rows where qemu-riscv64 is not installed. Runs of both alternate, and the shortest of each counts. What qemu needs
 * to start is measured with a program that does almost nothing, and taken away. Ours is measured from the
 * second run on, as a tracer's user sees it after a moment: the engine has compiled the interpreter for good then.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { CpuKind } from "../kernel/riscv/cpu.ts";
import { loadElf, runProgram } from "../test/riscv/machine.ts";
import { withDebianPrograms } from "./debian-programs.ts";
import type { Row } from "./main.ts";

const ROUNDS = 5;
/** Of qemu at a time: a shell counts milliseconds. */
const REPEATS = 5;

/** What runs on both. */
interface Contest {
  readonly title: string;
  readonly kinds: readonly CpuKind[];
  /** Of qemu, and the file that is its standard input. */
  readonly words: readonly string[];
  readonly input: string;
  run(kind: CpuKind): void;
}

// biome-ignore format: table
const programs: readonly { readonly name: string; readonly title: string; readonly kinds: readonly CpuKind[] }[] = [
  { name: "loop",   title: "a loop, 150 million instructions",     kinds: ["wasm"] },
  { name: "sieve",  title: "a sieve, 26 million instructions",     kinds: ["wasm", "reference"] },
  { name: "sha256", title: "SHA-256, 460 million instructions",    kinds: ["wasm"] },
  { name: "fib",    title: "recursion, 116 million instructions",  kinds: ["wasm"] },
];

/** `root` is the folder of the repository. */
export function benchCpu(root: string): readonly Row[] {
  const trivial = join(root, "test/fixtures/riscv/integer.elf");
  if (!existsSync(trivial) || spawnSync("qemu-riscv64", ["--version"]).status !== 0) return [];
  const own = programs.flatMap(({ name, title, kinds }): readonly Contest[] => {
    const path = join(root, "bench/programs", `${name}.elf`);
    if (!existsSync(path)) return [];
    const elf = readFileSync(path);
    return [{ title, kinds, words: [path], input: "/dev/null", run: (kind) => runElf(elf, kind) }];
  });
  const rows = (contests: readonly Contest[]): readonly Row[] => contests.flatMap((contest) => hold(contest, trivial));
  const debian = withDebianPrograms(root, (found) => rows(found.map((program) => ({ ...program, kinds: ["wasm"] }))));
  return [...rows(own), ...debian];
}

function hold({ title, kinds, words, input, run }: Contest, trivial: string): readonly Row[] {
  const [start, theirs, ...ours] = shortest([
    () => qemu([trivial], "/dev/null"),
    () => qemu(words, input),
    ...kinds.map((kind) => () => model(() => run(kind))),
  ]);
  return kinds.map((kind, i) => ({
    name: `cpu: ${title}${kind === "reference" ? ", reference CPU" : ""}`,
    against: "qemu-riscv64",
    ratio: (ours[i] ?? 0) / ((theirs ?? 0) - (start ?? 0)),
  }));
}

/** The shortest time of each, of rounds in which every one runs once. */
function shortest(runs: readonly (() => number)[]): readonly number[] {
  const best = runs.map(() => Number.POSITIVE_INFINITY);
  for (let round = 0; round < ROUNDS; round++) {
    runs.forEach((run, i) => {
      best[i] = Math.min(best[i] ?? 0, run());
    });
  }
  return best;
}

function model(run: () => void): number {
  const before = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

function runElf(elf: Uint8Array, kind: CpuKind): void {
  const { end } = runProgram(loadElf(elf, kind));
  if (end !== 0) throw new Error(`the model ends with ${JSON.stringify(end)}`);
}

/** Microseconds of the processor for one run, as a shell counts them for its children. */
function qemu(words: readonly string[], input: string): number {
  const script = `for ((i = 0; i < ${REPEATS}; i++)); do qemu-riscv64 "$@" <"$0" || exit; done; times`;
  const { stdout, status } = spawnSync("bash", ["-c", script, input, ...words], { encoding: "latin1" });
  if (status !== 0) throw new Error(`qemu-riscv64 ${words.join(" ")}: status ${status}`);
  const children = stdout.trim().split("\n").at(-1) ?? "";
  const times = [...children.matchAll(/(\d+)m([\d.]+)s/g)];
  return times.reduce((sum, [, minutes, seconds]) => sum + Number(minutes) * 6e7 + Number(seconds) * 1e6, 0) / REPEATS;
}
