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
import type { Block, Expression, ScriptFile, Statement } from "../../lang/ast.ts";
import { parse } from "../../lang/parser/parse.ts";
import { printFile } from "../../lang/print.ts";

const loc = { source: makeSource("generated", ""), start: 0, end: 0 };
const name = fc.constantFrom("a", "b", "count", "x1");
const array = fc
  .constantFrom("m", "table")
  .map((text): Expression & { kind: "name" } => ({ kind: "name", name: text, loc }));

const leaf: fc.Arbitrary<Expression> = fc.oneof(
  fc.nat().map((value): Expression => ({ kind: "number", value, loc })),
  fc.bigInt(2n ** 53n, 2n ** 63n - 1n).map((value): Expression => ({ kind: "number", value, loc })),
  fc
    .string({ unit: fc.integer({ min: 1, max: 255 }).map((code) => String.fromCharCode(code)), maxLength: 8 })
    .map((value): Expression => ({ kind: "string", value, loc })),
  name.map((text): Expression => ({ kind: "name", name: text, loc })),
  name.map((text): Expression => ({ kind: "target", name: `$${text}`, components: [], addressOf: false, loc })),
);

const binary = fc.constantFrom(
  ...([
    "||",
    "&&",
    "|",
    "^",
    "&",
    "<",
    ">",
    "<=",
    ">=",
    "==",
    "!=",
    "<<",
    ">>",
    ">>>",
    ".",
    "+",
    "-",
    "*",
    "/",
    "%",
  ] as const),
);

const { expression } = fc.letrec<{ expression: Expression }>((tie) => ({
  expression: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    leaf,
    fc
      .tuple(tie("expression"), binary, tie("expression"))
      .map(([left, operator, right]): Expression => ({ kind: "binary", operator, left, right, loc })),
    fc
      .tuple(fc.constantFrom("-", "!", "~", "+" as const), tie("expression"))
      .map(([operator, operand]): Expression => ({ kind: "unary", operator, operand, loc })),
    fc
      .tuple(tie("expression"), tie("expression"), tie("expression"))
      .map(([condition, then, otherwise]): Expression => ({ kind: "ternary", condition, then, otherwise, loc })),
    fc
      .tuple(name, fc.array(tie("expression"), { maxLength: 3 }))
      .map(([text, args]): Expression => ({ kind: "call", name: text, arguments: args, loc })),
    fc
      .tuple(array, fc.array(tie("expression"), { minLength: 1, maxLength: 3 }))
      .map(([of, indexes]): Expression => ({ kind: "index", array: of, indexes, loc })),
    fc
      .tuple(fc.array(tie("expression"), { minLength: 1, maxLength: 3 }), array)
      .map(([indexes, of]): Expression => ({ kind: "in", indexes, array: of, loc })),
    fc
      .tuple(array, fc.constantFrom("@count", "@sum", "@avg" as const))
      .map(([operand, operator]): Expression => ({ kind: "stat", operator, operand, parameters: [], loc })),
    fc.tuple(name, fc.constantFrom("=", "+=", "<<<", ".=", ">>=" as const), tie("expression")).map(
      ([text, operator, value]): Expression => ({
        kind: "assignment",
        operator,
        target: { kind: "name", name: text, loc },
        value,
        loc,
      }),
    ),
  ),
}));

const { statement } = fc.letrec<{ statement: Statement; block: Block }>((tie) => ({
  block: fc
    .array(tie("statement"), { maxLength: 3, depthIdentifier: "statement" })
    .map((statements): Block => ({ kind: "block", statements, loc })),
  statement: fc.oneof(
    { depthSize: "small", depthIdentifier: "statement", withCrossShrink: true },
    expression.map((e): Statement => ({ kind: "expression-statement", expression: e, loc })),
    fc.constantFrom<Statement>({ kind: "next", loc }),
    tie("block"),
    fc.tuple(expression, tie("block"), fc.option(tie("block"), { nil: undefined })).map(
      ([condition, then, otherwise]): Statement => ({
        kind: "if",
        condition,
        then,
        ...(otherwise && { otherwise }),
        loc,
      }),
    ),
    fc
      .tuple(expression, expression, expression, tie("block"))
      .map(([init, condition, step, body]): Statement => ({ kind: "for", init, condition, step, body, loc })),
    fc.tuple(array, name, fc.option(expression, { nil: undefined }), tie("block")).map(
      ([of, key, limit, body]): Statement => ({
        kind: "foreach",
        keys: [{ kind: "name", name: key, loc }],
        array: of,
        sort: { direction: -1, by: "value" },
        sortAt: "array",
        ...(limit && { limit }),
        body,
        loc,
      }),
    ),
    fc.tuple(tie("block"), name, tie("block")).map(
      ([body, variable, handler]): Statement => ({
        kind: "try",
        body,
        variable: { kind: "name", name: variable, loc },
        handler,
        loc,
      }),
    ),
  ),
}));

const script = fc.array(statement, { maxLength: 4 }).map(
  (statements): ScriptFile => ({
    kind: "file",
    source: loc.source,
    items: [
      {
        kind: "probe",
        points: [{ kind: "point", components: [{ name: "begin", loc }], optional: false, sufficient: false, loc }],
        body: { kind: "block", statements, loc },
        loc,
      },
    ],
  }),
);

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

test("print, then parse, gives the same tree", () => {
  fc.assert(
    fc.property(script, (tree) => {
      const text = printFile(tree);
      const { file, diagnostics } = parse(makeSource("printed", text));
      expect(diagnostics.map((item) => `${item.message}\n${text}`)).toEqual([]);
      expect(canonical(file)).toEqual(canonical(tree));
    }),
    { numRuns: 300, seed: 7 },
  );
});
