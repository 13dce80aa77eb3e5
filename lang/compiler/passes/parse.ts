/** Pass "parse": the trees of the main script and of those of -E. All files are parsed, also after a mistake in one. */
import { parse as parseSource } from "../../parser/parse.ts";
import type { Compilation } from "../compilation.ts";

export function parse(c: Compilation): void {
  for (const source of c.options.sources) {
    const { file, diagnostics } = parseSource(source, { args: c.options.args, guru: c.options.guru });
    c.files.push(file);
    for (const diagnostic of diagnostics) c.diagnostics.add(diagnostic);
  }
}
