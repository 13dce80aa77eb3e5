/**
 * `-c 'PROGRAM ARGS'`: words as a shell would make them, and nothing else that a shell does.
 */
import { parse } from "shell-quote";
import { DiagnosticError } from "../base/diagnostics.ts";

/** The program and its arguments. */
export function splitCommand(command: string): readonly string[] {
  // `$name` stays as it is: the program gets what was written, as with quotes.
  const words = parse(command, (name) => `$${name}`).map((word) => {
    if (typeof word === "string") return word;
    if ("op" in word && word.op === "glob") return word.pattern;
    const sign = "op" in word ? word.op : "#";
    throw new DiagnosticError([
      {
        code: "usage",
        severity: "error",
        message: `-c '${command}': '${sign}' is a shell's, and no shell runs the command`,
        hints: [`quote it to pass it on, or run a shell: -c 'sh -c "${command}"'`],
      },
    ]);
  });
  if (words.length === 0 || words[0] === "") {
    throw new DiagnosticError([{ code: "usage", severity: "error", message: "-c needs a program" }]);
  }
  return words;
}
