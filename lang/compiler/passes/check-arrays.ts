/**
 * Pass "check-arrays": how many keys each global has, which all of its uses must agree on.
 *
 * The declaration decides, else the first use, where the reference translator looks first: functions by name, then probes; also
 * in code that cannot run. Writes `keys` of the global, whose types infer-types finds.
 */
import { limits } from "../../../base/limits.ts";
import type { Loc } from "../../../base/source.ts";
import type { Name } from "../../ast.ts";
import { type TreeNode, walk } from "../../visit.ts";
import type { Compilation } from "../compilation.ts";
import { mangledName } from "../print-program.ts";
import type { GlobalSymbol } from "../program.ts";
import { bodiesOf } from "./bodies.ts";

interface Use {
  readonly name: Name;
  readonly count: number;
}

export function checkArrays(c: Compilation): void {
  const first = new Map<GlobalSymbol, Use>();
  for (const { name, count } of usesOf(c)) {
    const symbol = c.symbols.get(name);
    if (symbol?.kind !== "global") continue;
    const complain = (message: string, loc: Loc, other: Loc): void => {
      symbol.misused = true;
      c.diagnostics.error("sem-arity", message, loc, {
        related: [{ message: "declared or used otherwise here", loc: other }],
      });
    };
    const before = first.get(symbol);
    if (before) {
      if (before.count === count) continue;
      const message = `'${name.name}' has ${keys(count)} here and ${keys(before.count)} elsewhere`;
      complain(message, name.loc, before.name.loc);
      continue;
    }
    first.set(symbol, { name, count });
    symbol.keys = Array.from({ length: count }, () => "unknown" as const);
    const { item } = symbol;
    if (item.init && count > 0) complain(`'${name.name}' is declared as no array`, name.loc, item.loc);
    if ((item.size !== undefined || item.wrap) && count === 0) {
      complain(`'${name.name}' is declared as an array and used without a key`, item.loc, name.loc);
    }
    if (count > limits.maxIndexes) complain(`an array has at most ${limits.maxIndexes} keys`, name.loc, item.loc);
  }
}

function keys(count: number): string {
  return count === 0 ? "no key" : count === 1 ? "one key" : `${count} keys`;
}

function usesOf(c: Compilation): readonly Use[] {
  const functions = c.functions.flatMap((symbol) => {
    const { body } = symbol.item;
    return body.kind === "block" ? [{ key: mangledName(symbol), body }] : [];
  });
  functions.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  const probes = bodiesOf(c).filter((owner) => owner.draft);
  return [...functions, ...probes].flatMap(({ body }) => usesIn(body));
}

function usesIn(body: TreeNode): readonly Use[] {
  const uses: Use[] = [];
  const arrays = new Set<TreeNode>();
  const add = (name: Name, count: number): void => {
    arrays.add(name);
    uses.push({ name, count });
  };
  walk(body, (n) => {
    if (n.kind === "index") add(n.array, n.indexes.length);
    else if (n.kind === "in" && n.array.kind === "name") add(n.array, n.indexes.length);
    else if (n.kind === "foreach" && n.array.kind === "name") {
      add(n.array, n.keys.length);
      if (n.slice) uses.push({ name: n.array, count: n.slice.length });
    } else if (n.kind === "delete" && n.target.kind === "name") arrays.add(n.target);
    else if (n.kind === "name" && !arrays.has(n)) uses.push({ name: n, count: 0 });
  });
  return uses;
}
