/**
 * Printing a tree and reading it again gives the same tree, for generated scripts.
 *
 * Trees are compared without places. The print writes `while` as the reference does, as a `for`; separators after
 * statements read as empty statements, blocks inside `try` as nested blocks, and a sign before a number as an
 * operator: `canonical` takes these differences out on both sides.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { makeSource } from "../../base/source.ts";
import type { Item, ScriptFile } from "../../lang/ast.ts";
import { parse } from "../../lang/parser/parse.ts";
import { printFile } from "../../lang/print.ts";
import { script } from "./generate.ts";

type Json = null | boolean | number | string | readonly Json[] | { readonly [field: string]: Json };
type Record_ = { readonly [field: string]: Json };

function isRecord(value: Json | undefined): value is Record_ {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A tree without places, and without what `printFile` writes in another way. */
function canonical(value: unknown): Json {
  if (typeof value === "bigint") return String(value);
  if (Array.isArray(value)) return value.map(canonical).flatMap(spread);
  if (typeof value !== "object" || value === null) return typeof value === "number" ? String(value) : (value as Json);
  const entries = Object.entries(value).filter(
    ([field, inner]) => field !== "loc" && field !== "source" && inner !== undefined,
  );
  const node: Record_ = Object.fromEntries(entries.map(([field, inner]) => [field, canonical(inner)]));
  const operand = node.operand;
  if (node.kind === "unary" && node.operator === "-" && isRecord(operand) && operand.kind === "number") {
    return { kind: "number", value: String(BigInt.asIntN(64, -BigInt(String(operand.value)))) };
  }
  return node;
}

/** Empty statements vanish, and the statements of a block inside a block are the outer block's. */
function spread(item: Json): readonly Json[] {
  if (!isRecord(item)) return [item];
  if (item.kind === "null-statement") return [];
  return item.kind === "block" && Array.isArray(item.statements) ? item.statements : [item];
}

const printedOrder: readonly Item["kind"][] = ["embedded-item", "global", "alias", "probe", "function"];

function inPrintedOrder(file: ScriptFile): ScriptFile {
  const rank = (item: Item): number => printedOrder.indexOf(item.kind);
  return { ...file, items: [...file.items].sort((a, b) => rank(a) - rank(b)) };
}

test("print, then parse, gives the same tree", () => {
  fc.assert(
    fc.property(script, (tree) => {
      const text = printFile(tree);
      const { file, diagnostics } = parse(makeSource("printed", text), { guru: true });
      expect(diagnostics.map((item) => `${item.message}\n${text}`)).toEqual([]);
      expect(canonical(file)).toEqual(canonical(inPrintedOrder(tree)));
    }),
    { numRuns: 300, seed: 7 },
  );
});
