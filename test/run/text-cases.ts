/**
 * Scripts and what they must print, as text: one file of cases per area in a folder.
 *
 *     === title                     what follows up to the first `---` line are remarks: why the output is so
 *     --- args -D MAXERRORS=2       more options, split at blanks (optional)
 *     --- with one two              arguments of the script (optional)
 *     --- run calls 2               run the program with these arguments; "none" when absent: virtual clock
 *     --- input                     standard input
 *     --- script
 *     probe begin { … }             {contract}, as the program is called, stands for its path
 *     --- out                       all of standard output; absent: none
 *     --- err                       lines that standard error must contain; absent: it is empty
 *     --- status 1                  0 when absent
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { fromText } from "../../base/bytestring.ts";
import { utap } from "./driver.ts";

/** What `--- run` runs. */
export interface CaseProgram {
  readonly name: string;
  readonly path: string;
}

interface Case {
  readonly title: string;
  readonly args: readonly string[];
  readonly input: string;
  readonly out: string;
  readonly err: readonly string[];
  readonly status: number;
}

const words = (text: string | undefined): string[] => (text ?? "").split(" ").filter((word) => word !== "");

function parseCase(text: string, { name, path }: CaseProgram): Case {
  const named = (part: string): string => part.replaceAll(`{${name}}`, path);
  const [head = "", ...parts] = text.split(/^--- /m);
  const sections = new Map<string, { readonly line: string; readonly body: string }>();
  for (const part of parts) {
    const [, section = "", line = "", body = ""] = /^(\w+)(?: ([^\n]*))?\n(.*)$/s.exec(part) ?? [];
    expect(["args", "with", "run", "input", "script", "out", "err", "status"]).toContain(section);
    sections.set(section, { line, body });
  }
  const script = named(sections.get("script")?.body ?? "");
  const run = sections.get("run")?.line;
  return {
    title: head.split("\n")[0] ?? "",
    args: [
      ...words(sections.get("args")?.line),
      ...(run === undefined ? ["--target=model"] : ["-c", `${path} ${run}`]),
      "-e",
      script,
      ...words(sections.get("with")?.line),
    ],
    input: sections.get("input")?.body ?? "",
    out: fromText(named(sections.get("out")?.body ?? "")),
    err: named(sections.get("err")?.body ?? "")
      .split("\n")
      .filter((line) => line !== ""),
    status: Number(sections.get("status")?.line ?? 0),
  };
}

export function testCases(folder: string, program: CaseProgram): void {
  for (const file of readdirSync(folder)) {
    const cases = readFileSync(join(folder, file), "utf8")
      .split(/^=== /m)
      .slice(1)
      .map((text) => parseCase(text, program));
    describe(file.replace(".txt", ""), () => {
      test.each(cases)("$title", ({ args, input, out, err, status }) => {
        const result = utap(args, input);
        expect(result.out.replace(/\n+$/, "\n")).toBe(out.replace(/\n+$/, "\n"));
        for (const line of err) expect(result.err).toContain(line);
        if (err.length === 0) expect(result.err).toBe("");
        expect(result.status).toBe(status);
      });
    });
  }
}
