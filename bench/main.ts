/**
 * `npm run bench`: how long utap takes, as ratios to something that does the same.
 *
 * Seconds depend on the machine, so none are printed: a ratio of 1.5 is half as long again as the other. `--json` prints
 * the rows for a program to compare; names of groups run these alone. Run on an idle machine; no test depends on these
 * numbers.
 */
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { benchCpu } from "./cpu.ts";
import { benchGrowth } from "./growth.ts";
import { benchHandlers } from "./handlers.ts";
import { benchScripts } from "./script.ts";
import { benchStarts } from "./start.ts";

export interface Row {
  readonly name: string;
  readonly against: string;
  /** Our time divided by that of `against`. */
  readonly ratio: number;
}

const groups: { readonly [name: string]: (root: string) => readonly Row[] | Promise<readonly Row[]> } = {
  start: benchStarts,
  scripts: benchScripts,
  handlers: benchHandlers,
  growth: benchGrowth,
  cpu: benchCpu,
};

async function main(root: string): Promise<void> {
  const asked = process.argv.filter((word) => word in groups);
  const rows: Row[] = [];
  for (const [name, bench] of Object.entries(groups)) {
    if (asked.length === 0 || asked.includes(name)) rows.push(...(await bench(root)));
  }
  if (process.argv.includes("--json")) {
    console.log(JSON.stringify(rows, undefined, 2));
    return;
  }
  const width = Math.max(...rows.map(({ name }) => name.length));
  const widthAgainst = Math.max(...rows.map(({ against }) => against.length));
  for (const { name, against, ratio } of rows) {
    console.log(`${name.padEnd(width)}  ${ratio.toFixed(2).padStart(8)} x  ${against.padEnd(widthAgainst)}`);
  }
}

// This file is bundled into dist/ and run as bench/main.ts too; both are one folder below the root.
void main(join(dirname(fileURLToPath(import.meta.url)), ".."));
