/**
 * `npm run soak -- --sqlite`: Debian's sqlite3 inserts 100,000 rows into a file and asks for them, in the model and under
 * qemu-riscv64, with the same output. Another number on the command line is another number of rows. The status is 1 if they differ.
 */
import { spawnSync } from "node:child_process";
import { openSync } from "node:fs";
import { withDebianPrograms } from "./debian-programs.ts";

const ROWS = 100_000;

/** The command; `root` is the folder of the repository. */
export function main(root: string, words: readonly string[]): number {
  const rows = Number(words[0] ?? ROWS);
  const [status = 1] = withDebianPrograms(
    root,
    ([_lua, sqlite]) => {
      const { words: command, input, run } = sqlite!;
      const start = performance.now();
      const ours = run("wasm");
      const seconds = (performance.now() - start) / 1000;
      const theirs = spawnSync("qemu-riscv64", command, {
        stdio: [openSync(input, "r"), "pipe", "inherit"],
        encoding: "latin1",
      });
      console.log(`${rows} inserts in ${seconds.toFixed(1)} s: ${ours.trim().replaceAll("\n", ", ")}`);
      if (theirs.status === 0 && theirs.stdout === ours) return [0];
      console.log(`PROBLEM: qemu-riscv64 ends with ${theirs.status}: ${theirs.stdout}`);
      return [1];
    },
    rows,
  );
  return status;
}
