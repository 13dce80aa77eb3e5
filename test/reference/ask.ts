/**
 * Asks the installed SystemTap about a case: what passes 1 and 2 print, where its messages point.
 *
 * Called by the recorder and, for a sample of the cases, by the test. Of its messages only the places are kept, and
 * of a warning the code that ours has. Warnings that it suppresses as similar to one it gave are asked for
 * with -v.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { DiagnosticCode } from "../../base/catalogue.ts";
import type { Answer, Answers, Case } from "./cases.ts";
import { normaliseProgram } from "./normalise.ts";

// biome-ignore format: table
const kinds: readonly (readonly [RegExp, DiagnosticCode])[] = [
  [/^never-assigned (global|local)/,            "sem-never-assigned"],
  [/^Eliding assignment/,                       "sem-dead-assignment"],
  [/^(Eliding|Collapsing|Creating if)/,         "sem-no-effect"],
  [/^side-effect-free function/,                "sem-no-effect"],
  [/^Probe '.*' has been elided/,               "sem-elided-probe"],
  [/^macro redefines built-in/,                 "parse-warning"],
  [/^possible erroneous closing/,               "parse-warning"],
  [/^unused command line option/,               "parse-warning"],
  [/^tapset .* has errors/,                     "parse-warning"],
];

const build = join(tmpdir(), `utap-stap-oracle-${process.getuid?.() ?? 0}`);

export function ask(item: Case): Answers {
  const folder = mkdtempSync(join(tmpdir(), "utap-reference-"));
  try {
    return askIn(folder, item);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function askIn(folder: string, item: Case): Answers {
  const words = [...item.options];
  for (const file of item.files) {
    if (file.name === "-E") {
      words.push("-E", file.text);
      continue;
    }
    const path = join(folder, file.name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, file.text, "latin1");
  }
  words.push("-I", folder, "-e", item.script, "--", ...item.args);

  const first = stap(folder, ["-p1", ...words]);
  const p1: Answer = {
    errors: first.errors,
    text: first.text.replace(/^# parse tree dump\n|^# file .*\n/gm, "").trimEnd(),
  };
  if (first.errors.length > 0) return { p1, warnings: [] };
  let second = stap(folder, ["-p2", ...words]);
  const p2: Answer = { errors: second.errors, text: normaliseProgram(second.text) };
  if (second.errors.length > 0) return { p1, p2, warnings: [] };
  if (second.suppressed) second = stap(folder, ["-v", "-p2", ...words]);
  return { p1, p2, warnings: second.warnings };
}

interface Said {
  readonly text: string;
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
  readonly suppressed: boolean;
}

function stap(folder: string, words: readonly string[]): Said {
  // Arguments are bytes; Node would write them as UTF-8, so a shell makes them of octal escapes.
  const command = ["/usr/bin/stap", "-r", build, ...words].map(quote).join(" ");
  // Some wrong scripts make it eat all memory there is, or never end.
  const line = `ulimit -v 4194304 -t 60; exec ${command}`;
  const { stdout, stderr, status } = spawnSync("/bin/bash", ["-c", line], { encoding: "latin1", env: environment });
  const said = readMessages(stderr.replaceAll(`${folder}/`, ""));
  if (status !== 0 && said.errors.length === 0) said.errors.push("-");
  // mistakes in a tapset file that it goes on without
  const errors = status === 0 ? [] : said.errors;
  return { text: stdout, ...said, errors };
}

const environment = { PATH: process.env.PATH, HOME: process.env.HOME, LC_ALL: "C" };

function quote(word: string): string {
  return `$'${word.replace(/[^ -&(-[\]-~]/g, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, "0")}`)}'`;
}

function readMessages(text: string) {
  const errors: string[] = [];
  const warnings: string[] = [];
  let file = "";
  let placeless = false;
  for (const line of text.split("\n")) {
    if (/^\s+source: /.test(line)) continue;
    const [, name, at] = /(?:^| )at ([^\s:]*):(\d+:\d+)$/.exec(line) ?? [];
    // it names a file once, until a message speaks of another
    if (name) file = name;
    const place = at === undefined ? "-" : file === "<input>" ? at : `${file}:${at}`;
    const [, kind, message = ""] = /^(parse error|semantic error|WARNING): (.*)$/.exec(line) ?? [];
    if (kind === "WARNING") {
      if (/^Kernel function symbol table missing/.test(message)) continue;
      if (file !== "<input>" && at !== undefined) continue;
      const found = kinds.find(([pattern]) => pattern.test(message));
      warnings.push(`${place} ${found ? found[1] : "sem-warning"}`);
    } else if (kind !== undefined) {
      errors.push(place);
      placeless = at === undefined;
    } else if (placeless && at !== undefined) {
      errors[errors.length - 1] = place;
      placeless = false;
    }
  }
  return {
    errors,
    warnings: [...new Set(warnings)].sort(byPlace),
    suppressed: /similar warning messages suppressed/.test(text),
  };
}

function byPlace(a: string, b: string): number {
  const [x = [], y = []] = [a, b].map((text) => (text.match(/\d+/g) ?? []).map(Number));
  return (x[0] ?? 0) - (y[0] ?? 0) || (x[1] ?? 0) - (y[1] ?? 0) || (a < b ? -1 : 1);
}
