/**
 * Pass "pull-tapsets": adds the library files that define what the script uses and does not define.
 *
 * A library file comes in whole and may itself need others. Only files that mention a missing name are parsed,
 * so a large library costs a script nothing that it does not use. Each file is looked at once per name at most.
 */
import type { Source } from "../../../base/source.ts";
import type { Item, ProbePoint, ScriptFile } from "../../ast.ts";
import { parse as parseSource } from "../../parser/parse.ts";
import { walk } from "../../visit.ts";
import type { Compilation } from "../compilation.ts";
import { declareFile } from "./collect.ts";

export function pullTapsets(c: Compilation): void {
  const parsed = new Map<Source, ScriptFile>();
  const pulled = new Set<Source>();
  const wanted = c.files.flatMap((file) => namesUsed(file));
  const asked = new Set<string>();
  for (let name = wanted.pop(); name !== undefined; name = wanted.pop()) {
    if (asked.has(name)) continue;
    asked.add(name);
    if (isDeclared(c, name)) continue;
    for (const source of c.options.tapsets) {
      if (pulled.has(source) || !source.text.includes(name)) continue;
      let file: ScriptFile | undefined = parsed.get(source);
      if (!file) {
        const result = parseSource(source, { args: [], guru: true });
        file = result.file;
        parsed.set(source, file);
        for (const diagnostic of result.diagnostics) c.diagnostics.add(diagnostic);
      }
      if (!file.items.some((item) => defines(item, name))) continue;
      pulled.add(source);
      c.files.push(file);
      declareFile(c, file);
      wanted.push(...namesUsed(file));
    }
  }
}

function isDeclared(c: Compilation, name: string): boolean {
  return (
    c.scope.functions.some((item) => item.name === name) ||
    c.scope.globals.some((item) => item.name === name) ||
    c.aliases.some((item) => item.names.some((alias) => alias.components[0]?.name === name))
  );
}

function defines(item: Item, name: string): boolean {
  if (item.kind === "function" || item.kind === "global") return item.name === name && !item.private;
  return item.kind === "alias" && item.names.some((alias) => alias.components[0]?.name === name);
}

function namesUsed(file: ScriptFile): string[] {
  const names: string[] = [];
  const fromPoints = (points: readonly ProbePoint[]) => {
    for (const point of points) {
      const head = point.components[0];
      if (head) names.push(head.name);
    }
  };
  for (const item of file.items) {
    if (item.kind === "probe" || item.kind === "alias") fromPoints(item.points);
    const bodies =
      item.kind === "probe"
        ? [item.body]
        : item.kind === "alias"
          ? [item.body, ...(item.epilogue ? [item.epilogue] : [])]
          : item.kind === "function" && item.body.kind === "block"
            ? [item.body]
            : [];
    for (const body of bodies) {
      walk(body, (n) => {
        if (n.kind === "name" || n.kind === "call") names.push(n.name);
      });
    }
  }
  return names;
}
