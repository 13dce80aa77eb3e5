/**
 * Writes lines of `Code` as text, and the source map beside it.
 *
 * Called by `emit.ts` alone, once for a module. Two spaces an indent. Every mark becomes one mapping: generated line
 * (from 1) and column (from 0), place in the script, and as `name` the description of the script's token that
 * the runtime puts into messages (`operator '/'`). The script's own text goes along in `sourcesContent`.
 */
import { SourceMapGenerator } from "source-map";
import { type Loc, lineColumn } from "../../../base/source.ts";
import { describeToken } from "../../parser/describe.ts";
import type { EmittedModule } from "../program.ts";
import type { Code, Line } from "./code.ts";

export function write(lines: readonly Line[], file: string): EmittedModule {
  const map = new SourceMapGenerator({ file });
  const withContent = new Set<string>();
  const text: string[] = [];
  lines.forEach(({ indent, code }, index) => {
    let line = "  ".repeat(indent);
    let marked = -1;
    const put = (part: Code): void => {
      if (typeof part === "string") line += part;
      else if ("mark" in part) {
        // The statement and the first operation in it begin at one place: the operation says more, so it is kept.
        if (marked === line.length) pending.pop();
        marked = line.length;
        pending.push({ column: line.length, loc: part.mark });
      } else for (const inner of part) put(inner);
    };
    const pending: { column: number; loc: Loc }[] = [];
    put(code);
    for (const { column, loc } of pending) {
      const { source } = loc;
      const place = lineColumn(source, loc.start);
      map.addMapping({
        generated: { line: index + 1, column },
        original: { line: place.line, column: place.column - 1 },
        source: source.name,
        name: describeToken(loc),
      });
      if (!withContent.has(source.name)) {
        withContent.add(source.name);
        map.setSourceContent(source.name, source.text);
      }
    }
    text.push(line);
  });
  return { code: `${text.join("\n")}\n`, map: map.toString() };
}
