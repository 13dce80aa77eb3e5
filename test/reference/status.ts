/** Prints how we compare with the recorded reference. Run by tools/reference-status.mjs from the root of the repository. */
import { pathToFileURL } from "node:url";
import type { Source } from "../../base/source.ts";
import { answer, ownTapsets } from "./answer.ts";
import { type Case, chosen, readCases } from "./cases.ts";
import { compare, type Difference, unexpected } from "./compare.ts";

const root = pathToFileURL(`${process.cwd()}/`);
const folder = new URL("test/reference/cases/", root);

/** `words`: sections or SECTION/NAME; `--brief`: no texts; `--pending`: lines for pending.txt and nothing else. */
export function status(words: readonly string[]): void {
  const library = ownTapsets(new URL("tapsets/", root));
  const only = words.filter((word) => word.includes("/"));
  const lines: string[] = [];
  for (const section of chosen(
    folder,
    words.map((word) => word.split("/", 1)[0] ?? ""),
  )) {
    const { cases } = readCases(folder, section);
    const wrong: string[] = [];
    for (const item of cases) {
      if (only.length > 0 && !only.includes(`${section}/${item.name}`)) continue;
      const { differences, found } = judge(item, library);
      if (found.length === 0) continue;
      if (words.includes("--pending")) lines.push(`${section}/${item.name}: ${found.join(", ")}`);
      wrong.push(words.includes("--brief") ? `  ${item.name}: ${found.join(", ")}` : show(item, found, differences));
    }
    if (!words.includes("--pending"))
      lines.push(`${section}: ${cases.length - wrong.length} of ${cases.length} agree`, ...wrong);
  }
  console.log(lines.join("\n"));
}

function judge(item: Case, library: readonly Source[]) {
  if (!item.recorded) return { differences: [], found: ["not recorded"] };
  try {
    const differences = compare(item.recorded, answer(item, library));
    return { differences, found: unexpected(item, differences) };
  } catch (error) {
    return { differences: [], found: [`it throws ${error}`] };
  }
}

function show(item: Case, found: readonly string[], differences: readonly Difference[]): string {
  const settings = [...item.options, ...(item.args.length > 0 ? ["args", JSON.stringify(item.args)] : [])].join(" ");
  const files = item.files.map(({ name, text }) => `\n-- ${name}\n${text}`).join("");
  const shown = differences.map(
    ({ aspect, pass, reference, ours }) => `  ${aspect} of -p${pass}:\n${diff(reference, ours)}`,
  );
  const heading = `* ${item.section}/${item.name} ${settings}: ${found.join(", ")}`;
  return [heading, indent(item.script + files), ...shown].join("\n");
}

/** Lines that only one of two texts has: `-` the reference, `+` we. */
function diff(reference: string, ours: string): string {
  const [theirs, own] = [reference.split("\n"), ours.split("\n")];
  return [
    ...theirs.filter((line) => !own.includes(line)).map((line) => `    - ${line}`),
    ...own.filter((line) => !theirs.includes(line)).map((line) => `    + ${line}`),
    ...(theirs.every((line) => own.includes(line)) && own.every((line) => theirs.includes(line))
      ? ["    (the same lines in another order or number)"]
      : []),
  ].join("\n");
}

function indent(text: string): string {
  return text.replace(/^/gm, "    ");
}
