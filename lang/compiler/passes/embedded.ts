/**
 * Pass "embedded": reads all embedded JavaScript of the script and of the library files that came in.
 *
 * What is checked of one piece is in embedded/check.ts; here pieces meet: names that top-level code declares are
 * seen by all others and are declared once. A piece is found again by its `loc`, which outlives rewriting of trees.
 */
import type { Item } from "../../ast.ts";
import { walk } from "../../visit.ts";
import type { Compilation } from "../compilation.ts";
import { checkNames, type ReadyCode, readCode } from "../embedded/check.ts";
import { placeIn } from "../embedded/parse.ts";

export function embedded(c: Compilation): void {
  const items = c.files.flatMap((file): readonly Item[] => file.items);
  const shared = new Map<string, ReadyCode["declared"][number] & { readonly in: ReadyCode }>();
  for (const item of items) {
    if (item.kind !== "embedded-item") continue;
    const ready = readCode(c.diagnostics, item.code, "top");
    if (!ready) continue;
    c.embedded.set(item.code.loc, ready);
    for (const name of ready.declared) declare(c, shared, name, ready);
  }
  const names: ReadonlySet<string> = new Set(shared.keys());
  for (const ready of c.embedded.values()) checkNames(c.diagnostics, ready, undefined, names);
  for (const item of items) {
    walk(item, (n) => {
      if (n.kind !== "embedded" || item.kind === "embedded-item") return;
      const isBody = item.kind === "function" && n === item.body;
      const ready = readCode(c.diagnostics, n, isBody ? "function" : "expression");
      if (!ready) return;
      c.embedded.set(n.loc, ready);
      checkNames(c.diagnostics, ready, isBody ? item : undefined, names);
    });
  }
}

function declare(
  c: Compilation,
  shared: Map<string, ReadyCode["declared"][number] & { readonly in: ReadyCode }>,
  name: ReadyCode["declared"][number],
  ready: ReadyCode,
): void {
  const earlier = shared.get(name.name);
  if (earlier && earlier.in !== ready) {
    const related = [{ message: "first declared here", loc: placeIn(earlier.in.code, earlier) }];
    const message = `'${name.name}' is declared twice in embedded code`;
    c.diagnostics.error("emit-embedded", message, placeIn(ready.code, name), { related });
  } else shared.set(name.name, { ...name, in: ready });
}
