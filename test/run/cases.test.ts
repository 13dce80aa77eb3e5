/**
 * Scripts and what they must print, as text: one file of cases per area in `cases/`.
 *
 *     === title                     what follows up to the first `---` line are remarks: why the output is so
 *     --- args -D MAXERRORS=2       more options, split at blanks (optional)
 *     --- with one two              arguments of the script (optional)
 *     --- run calls 2               run the contract program with these arguments; "none" when absent: virtual clock
 *     --- script
 *     probe begin { … }             {contract} stands for the path of the program
 *     --- out                       all of standard output; absent: none
 *     --- err                       lines that standard error must contain; absent: it is empty
 *     --- status 1                  0 when absent
 */
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { fromText } from "../../base/bytestring.ts";
import { utap } from "./driver.ts";

const contract = resolve(import.meta.dirname, "../fixtures/contract/contract.riscv64");
const folder = join(import.meta.dirname, "cases");

interface Case {
  readonly title: string;
  readonly args: readonly string[];
  readonly out: string;
  readonly err: readonly string[];
  readonly status: number;
}

const words = (text: string | undefined): string[] => (text ?? "").split(" ").filter((word) => word !== "");

function parseCase(text: string): Case {
  const [head = "", ...parts] = text.split(/^--- /m);
  const sections = new Map<string, { readonly line: string; readonly body: string }>();
  for (const part of parts) {
    const [, name = "", line = "", body = ""] = /^(\w+)(?: ([^\n]*))?\n(.*)$/s.exec(part) ?? [];
    expect(["args", "with", "run", "script", "out", "err", "status"]).toContain(name);
    sections.set(name, { line, body });
  }
  const script = (sections.get("script")?.body ?? "").replaceAll("{contract}", contract);
  const run = sections.get("run")?.line;
  return {
    title: head.split("\n")[0] ?? "",
    args: [
      ...words(sections.get("args")?.line),
      ...(run === undefined ? ["--target=model"] : ["-c", `${contract} ${run}`]),
      "-e",
      script,
      ...words(sections.get("with")?.line),
    ],
    out: fromText((sections.get("out")?.body ?? "").replaceAll("{contract}", contract)),
    err: (sections.get("err")?.body ?? "")
      .replaceAll("{contract}", contract)
      .split("\n")
      .filter((line) => line !== ""),
    status: Number(sections.get("status")?.line ?? 0),
  };
}

for (const file of readdirSync(folder)) {
  const cases = readFileSync(join(folder, file), "utf8").split(/^=== /m).slice(1).map(parseCase);
  describe(file.replace(".txt", ""), () => {
    test.each(cases)("$title", ({ args, out, err, status }) => {
      const result = utap(args);
      expect(result.out.replace(/\n+$/, "\n")).toBe(out.replace(/\n+$/, "\n"));
      for (const line of err) expect(result.err).toContain(line);
      if (err.length === 0) expect(result.err).toBe("");
      expect(result.status).toBe(status);
    });
  });
}
