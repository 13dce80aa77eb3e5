/**
 * How long a start takes, against `node -e 0`: from nothing, and from the script cache.
 *
 * Processes are started in turn and medians compared, so that what else the machine does meets all of them.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Row } from "./main.ts";
import { generate } from "./script.ts";

const RUNS = 21;
const HI = 'probe begin { println("hi") exit() }';

/** `root` is the folder of the repository. */
export function benchStarts(root: string): readonly Row[] {
  const folder = mkdtempSync(join(tmpdir(), "utap-bench-"));
  const env = { ...process.env, UTAP_CACHE_DIR: folder };
  const utap = join(root, "bin/utap");
  const long = join(folder, "long.stp");
  writeFileSync(long, generate(2000));
  // biome-ignore format: table
  const starts: readonly { readonly name: string; readonly args: readonly string[] }[] = [
    { name: "node",                                        args: ["-e", "0"] },
    { name: "start: hello, compiled",                      args: [utap, "--disable-cache", "-e", HI] },
    { name: "start: hello, from the script cache",         args: [utap, "-e", HI] },
    { name: "start: a timer that exits, compiled",         args: [utap, "--disable-cache", "-e", "probe timer.ms(1) { exit() }"] },
    { name: "start: a timer that exits, from the cache",   args: [utap, "-e", "probe timer.ms(1) { exit() }"] },
    { name: "start: passes 1 to 3 of 5 lines, cold",       args: [utap, "-p3", "-e", "global n\nprobe begin {\n  println(gettimeofday_s())\n  n++\n}"] },
    { name: "start: passes 1 to 3 of 2,000 lines, cold",   args: [utap, "-p3", long] },
  ];
  const times = starts.map((): number[] => []);
  try {
    for (let run = -1; run < RUNS; run++) {
      starts.forEach(({ name, args }, i) => {
        const from = performance.now();
        const { status, stderr } = spawnSync(process.execPath, args, { env });
        if (status !== 0) throw new Error(`${name}: status ${status}: ${stderr}`);
        // The first round fills the cache.
        if (run >= 0) times[i]?.push(performance.now() - from);
      });
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  const [node = Number.NaN, ...others] = times.map(median);
  return others.map((time, i) => ({ name: starts[i + 1]?.name ?? "", against: "node -e 0", ratio: time / node }));
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}
