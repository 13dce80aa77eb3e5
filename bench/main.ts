/**
 * `npm run bench`: how long utap takes, as ratios to something that does the same.
 *
 * Seconds depend on the machine, so none are printed: a ratio of 1.5 is half as long again as the other. `--json` prints
 * the rows for a program to compare; names of groups run these alone, and any other word the rows of `handlers` and `live`
 * in whose names it is. Run on an idle machine; no test depends on these numbers.
 */
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { benchCpu } from "./cpu.ts";
import { benchCrowd } from "./crowd.ts";
import { benchGrowth } from "./growth.ts";
import { benchHandlers } from "./handlers.ts";
import { benchHits } from "./hits.ts";
import { benchLive } from "./live.ts";
import { benchScripts } from "./script.ts";
import { benchStarts } from "./start.ts";

export interface Row {
  readonly name: string;
  readonly against: string;
  /** Our time divided by that of `against`. */
  readonly ratio: number;
}

type Group = (root: string, isAsked: (row: string) => boolean) => readonly Row[] | Promise<readonly Row[]>;

const groups: { readonly [name: string]: Group } = {
  start: benchStarts,
  scripts: benchScripts,
  handlers: (_root, isAsked) => benchHandlers(isAsked),
  growth: benchGrowth,
  crowd: benchCrowd,
  hits: benchHits,
  cpu: benchCpu,
  live: benchLive,
};

async function main(root: string): Promise<void> {
  const words = process.argv.slice(1).filter((word) => word !== "--json");
  const asked = words.filter((word) => word in groups);
  const parts = words.filter((word) => !(word in groups));
  const isAsked = (row: string): boolean => parts.length === 0 || parts.some((part) => row.includes(part));
  const rows: Row[] = [];
  for (const [name, bench] of Object.entries(groups)) {
    if (asked.length === 0 || asked.includes(name)) rows.push(...(await bench(root, isAsked)));
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
