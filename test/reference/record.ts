/** Records what the reference says of the cases. Run by tools/record-reference.mjs from the root of the repository. */
import { spawnSync } from "node:child_process";
import { pathToFileURL } from "node:url";
import { ask } from "./ask.ts";
import { chosen, readCases, writeCases } from "./cases.ts";

const folder = new URL("test/reference/cases/", pathToFileURL(`${process.cwd()}/`));

/** `words`: sections (default: all); `--missing`: only cases without a record. */
export function record(words: readonly string[]): void {
  spawnSync("tools/oracle-stap.sh", ["-V"]);
  for (const section of chosen(folder, words)) {
    const { head, cases } = readCases(folder, section);
    const asked = cases.map((item) =>
      item.recorded && words.includes("--missing") ? item : { ...item, recorded: ask(item) },
    );
    writeCases(folder, section, { head, cases: asked });
    console.log(`${section}: ${cases.length}`);
  }
}
