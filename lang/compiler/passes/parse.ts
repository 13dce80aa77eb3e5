/**
 * Pass "parse": the trees of the main script and of those of -E. All files are parsed, also after a mistake in one.
 * Also parses the tapset files that "pull-tapsets" asks for: they see the same arguments and library macros.
 */
import type { Source } from "../../../base/source.ts";
import type { ScriptFile } from "../../ast.ts";
import { LibraryMacros } from "../../parser/library-macros.ts";
import { parse as parseSource } from "../../parser/parse.ts";
import { compareVersions } from "../../parser/versions.ts";
import type { Compilation } from "../compilation.ts";

export function parse(c: Compilation): void {
  for (const source of c.options.sources) c.files.push(parseFile(c, source));
}

export function parseFile(c: Compilation, source: Source): ScriptFile {
  const { args, guru, environment, compatible, tapsets } = c.options;
  c.libraryMacros ??= new LibraryMacros((name) => tapsets.filesDefining("macro", name), c.options);
  const known = c.libraryMacros.diagnostics.length;
  const { file, diagnostics } = parseSource(source, {
    args,
    guru,
    environment,
    compatible,
    macros: c.libraryMacros,
    usedArguments: c.usedArguments,
  });
  for (const diagnostic of c.libraryMacros.diagnostics.slice(known)) c.diagnostics.add(diagnostic);
  for (const diagnostic of diagnostics) c.diagnostics.add(diagnostic);
  return file;
}

/** Called when every text that may use an argument is read. */
export function warnOfUnusedArguments(c: Compilation): void {
  if (compareVersions(c.options.compatible, "3.1") < 0) return;
  for (const i of c.options.args.keys()) {
    if (!c.usedArguments.has(i))
      c.diagnostics.warn("parse-warning", `argument $${i + 1} of the script is not used in it`);
  }
}
