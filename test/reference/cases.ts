/**
 * The case files of `cases/`: what a case is, how it is read and written.
 *
 *     --- NAME                          unique in its file
 *     options: -g -u                    of the command line; optional, as are the next two
 *     args: ["5+5", "x"]                the script's arguments, JSON
 *     differs ASPECT: REASON            we differ on purpose; ASPECT is one of `aspects` below
 *     SCRIPT                            one or more lines
 *     -- FILE                           a file of a tapset folder (`-I`), or `-E` for one more script; optional
 *     TEXT
 *     ==> p1                            what follows is recorded by tools/record-reference.mjs
 *     the tree; or `error LINE:COLUMN …`: refused, with the places of all its messages (`-`: without one)
 *     ==> p2                            absent when -p1 refuses
 *     globals, functions and probes; or `error …`
 *     ==> warnings                      absent when there are none, or -p2 refuses
 *     LINE:COLUMN CODE                  the code of base/catalogue.ts that the same warning has here
 *
 * Lines starting with `#` before the first case are the head of the file. Places in other files than the script
 * are FILE:LINE:COLUMN. Bytes are Latin-1.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";

/** What can differ on purpose. `verdict`: we accept or refuse what the reference does not; it implies the others. */
export const aspects = ["verdict", "tree", "place", "p2", "warnings"] as const;
export type Aspect = (typeof aspects)[number];

export interface Answer {
  readonly errors: readonly string[];
  readonly text: string;
}

export interface Answers {
  readonly p1: Answer;
  readonly p2?: Answer;
  readonly warnings: readonly string[];
}

export interface Case {
  readonly section: string;
  readonly name: string;
  readonly options: readonly string[];
  readonly args: readonly string[];
  readonly differs: { readonly [aspect in Aspect]?: string };
  readonly script: string;
  /** In the order written; the name `-E` is one more script. */
  readonly files: readonly { readonly name: string; readonly text: string }[];
  /** What the reference said; absent when it was not asked yet. */
  readonly recorded?: Answers;
}

export interface CaseFile {
  readonly head: string;
  readonly cases: readonly Case[];
}

export function sections(folder: URL): readonly string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".txt"))
    .map((name) => name.slice(0, -4))
    .sort();
}

/** The sections that `words` name; all when they name none. */
export function chosen(folder: URL, words: readonly string[]): readonly string[] {
  const all = sections(folder);
  const named = all.filter((section) => words.includes(section));
  return named.length > 0 ? named : all;
}

export function readCases(folder: URL, section: string): CaseFile {
  const [head = "", ...parts] = `\n${readFileSync(new URL(`${section}.txt`, folder), "latin1")}`.split("\n--- ");
  const cases = parts.map((part) => readCase(section, part));
  const names = new Set(cases.map(({ name }) => name));
  if (names.size < cases.length) {
    const twice = cases.find(({ name }, i) => cases.findIndex((other) => other.name === name) < i);
    throw new Error(`${section}: two cases named '${twice?.name}'`);
  }
  return { head: head.trim(), cases };
}

export function writeCases(folder: URL, section: string, { head, cases }: CaseFile): void {
  const text = [head, ...cases.map(writeCase)].join("\n");
  writeFileSync(new URL(`${section}.txt`, folder), `${text}\n`, "latin1");
}

function readCase(section: string, part: string): Case {
  const [input = "", ...recorded] = part.replace(/\n+$/, "").split(/\n==> /);
  const lines = input.split("\n");
  const name = lines.shift() ?? "";
  let options: string[] = [];
  let args: string[] = [];
  const differs: { [aspect in Aspect]?: string } = {};
  for (let match = header(lines[0]); match; match = header(lines[0])) {
    const [, key = "", aspect, value = ""] = match;
    if (key === "options") options = value.split(/\s+/);
    else if (key === "args") args = JSON.parse(value);
    else if (aspects.includes(aspect as Aspect)) differs[aspect as Aspect] = value;
    else throw new Error(`${section}/${name}: '${aspect}' is not something that can differ`);
    lines.shift();
  }
  const [script = "", ...files] = lines.join("\n").split(/^-- /m);
  return {
    section,
    name,
    options,
    args,
    differs,
    script: files.length > 0 ? script.replace(/\n$/, "") : script,
    files: files.map((file) => {
      const end = file.indexOf("\n");
      return { name: file.slice(0, end), text: file.slice(end + 1) };
    }),
    ...(recorded.length > 0 && { recorded: readAnswers(recorded) }),
  };
}

function header(line: string | undefined): RegExpMatchArray | undefined {
  return line?.match(/^(options|args|differs (\w+)): (.*)$/) ?? undefined;
}

function readAnswers(parts: readonly string[]): Answers {
  const body = new Map(parts.map((part) => [part.split("\n", 1)[0], part.split("\n").slice(1).join("\n")]));
  const p2 = body.get("p2");
  return {
    p1: readAnswer(body.get("p1") ?? ""),
    ...(p2 !== undefined && { p2: readAnswer(p2) }),
    warnings: body.get("warnings")?.split("\n") ?? [],
  };
}

function readAnswer(text: string): Answer {
  return text.startsWith("error ") ? { errors: text.split(" ").slice(1), text: "" } : { errors: [], text };
}

function writeCase(item: Case): string {
  const { name, options, args, differs, script, files, recorded } = item;
  const lines = [`--- ${name}`];
  if (options.length > 0) lines.push(`options: ${options.join(" ")}`);
  if (args.length > 0) lines.push(`args: ${JSON.stringify(args)}`);
  for (const aspect of aspects) if (differs[aspect]) lines.push(`differs ${aspect}: ${differs[aspect]}`);
  lines.push(script, ...files.flatMap((file) => [`-- ${file.name}`, file.text.replace(/\n$/, "")]));
  if (recorded) {
    lines.push("==> p1", writeAnswer(recorded.p1));
    if (recorded.p2) lines.push("==> p2", writeAnswer(recorded.p2));
    if (recorded.warnings.length > 0) lines.push("==> warnings", ...recorded.warnings);
  }
  return lines.join("\n");
}

function writeAnswer({ errors, text }: Answer): string {
  return errors.length > 0 ? `error ${errors.join(" ")}` : text;
}
