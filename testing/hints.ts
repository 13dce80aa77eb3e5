/** What the author of a program can do about mistakes that a script has beside it. Called by `probe`. */
import type { Diagnostic } from "../base/diagnostics.ts";
import { readDeclarations } from "../kernel/scripted/c/declarations.ts";
import type { WorldOptions } from "./options.ts";

const SHOWN = 3;

/** For `$variables` that are not found: the functions that say nothing of theirs. */
export function hintFor(diagnostics: readonly Diagnostic[], { program, programs = {} }: WorldOptions): string {
  if (!diagnostics.some(({ code }) => code === "sem-target-variable")) return "";
  const all = [...(typeof program === "object" ? [program] : []), ...Object.values(programs)];
  const silent = all.flatMap(({ functions = {}, declarations = "" }) => {
    const declared = readDeclarations(declarations).functions;
    return Object.keys(functions).filter((name) => !declared.has(name));
  });
  if (silent.length === 0) return "";
  const names = [...silent.slice(0, SHOWN), ...(silent.length > SHOWN ? ["…"] : [])].join(", ");
  return `\n\nhint: the program has no declarations of ${names}; \`declarations\` says in C what a function takes.`;
}
