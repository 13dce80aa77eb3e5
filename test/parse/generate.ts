/**
 * Arbitrary trees over the whole language, of the shapes that the parser makes: every kind of node, every operator.
 *
 * Used by round-trip.test.ts. What cannot be written is not made: an index of a called value, a bare `return` before
 * an expression, a literal below zero where a sign is an operator.
 */
import fc from "fast-check";
import { makeSource } from "../../base/source.ts";
import type * as Ast from "../../lang/ast.ts";

export const loc = { source: makeSource("generated", ""), start: 0, end: 0 };

const word = fc.constantFrom("a", "b", "count", "x1", "_y");
const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const name = word.map((text): Ast.Name => ({ kind: "name", name: text, loc }));
const array = fc.constantFrom("m", "table").map((text): Ast.Name => ({ kind: "name", name: text, loc }));

const text = fc
  .string({ unit: fc.integer({ min: 1, max: 255 }).map((code) => String.fromCharCode(code)), maxLength: 8 })
  .map((value): Ast.StringLiteral => ({ kind: "string", value, loc }));
const positive = fc.oneof(
  fc.nat().map((value): Ast.NumberLiteral => ({ kind: "number", value, loc })),
  fc.bigInt(2n ** 53n, 2n ** 63n - 1n).map((value): Ast.NumberLiteral => ({ kind: "number", value, loc })),
);
/** Where the language asks for a literal, which may have a sign. */
const signed = fc.oneof(
  fc.integer().map((value): Ast.NumberLiteral => ({ kind: "number", value, loc })),
  fc.bigInt(-(2n ** 63n), -(2n ** 53n)).map((value): Ast.NumberLiteral => ({ kind: "number", value, loc })),
);

// biome-ignore format: table
const binaryOperator = fc.constantFrom<Ast.BinaryOperator>(
  "||", "&&", "|", "^", "&", "<", ">", "<=", ">=", "==", "!=", "<<", ">>", ">>>", ".", "+", "-", "*", "/", "%",
);
// biome-ignore format: table
const assignmentOperator = fc.constantFrom<Ast.AssignmentOperator>(
  "=", "<<<", "+=", "-=", "*=", "/=", "%=", "<<=", ">>=", "&=", "^=", "|=", ".=",
);
const statOperator = fc.constantFrom<Ast.StatOperator>("@count", "@sum", "@min", "@max", "@avg", "@variance");

const embedded = fc
  .constantFrom(" 1 + 2 ", " /* string */ 'x' ", " ")
  .map((code): Ast.EmbeddedCode => ({ kind: "embedded", text: code, loc }));

type Nodes = {
  expression: Ast.Expression;
  histogram: Ast.HistogramOperation;
  components: Ast.TargetComponent[];
  lvalue: Ast.Expression;
};

const nodes = fc.letrec<Nodes>((tie) => {
  const e = tie("expression");
  const index = fc.oneof({ weight: 4, arbitrary: e }, fc.constant<Ast.Wildcard>({ kind: "wildcard", loc }));
  const indexes = fc.array(index, { minLength: 1, maxLength: 3 });
  const list = fc.array(e, { maxLength: 3 });
  const record = <T extends Ast.Expression>(model: { [K in keyof Omit<T, "loc">]: fc.Arbitrary<T[K]> }) =>
    fc.record({ ...model, loc: fc.constant(loc) }) as unknown as fc.Arbitrary<Ast.Expression>;
  const kind = <K extends string>(value: K) => fc.constant(value);
  const dereferenced = { components: tie("components"), addressOf: fc.boolean() };
  const at = (operator: Ast.AtOperation["operator"], ...given: fc.Arbitrary<Ast.Expression>[]) =>
    fc.tuple(...given).map((values): Ast.Expression => ({ kind: "at", operator, arguments: values, loc }));
  return {
    lvalue: fc.oneof(
      name,
      record<Ast.Index>({ kind: kind("index"), array, indexes: fc.array(e, { minLength: 1, maxLength: 2 }) }),
      record<Ast.TargetVariable>({
        kind: kind("target"),
        name: fc.constantFrom("$x", "$argc"),
        components: fc.constant([]),
        addressOf: fc.constant(false),
      }),
    ),
    components: fc
      .tuple(
        fc.array(
          fc.oneof(
            fc
              .constantFrom("next", "f", "string")
              .map((member): Ast.TargetComponent => ({ kind: "member", name: member, loc })),
            e.map((value): Ast.TargetComponent => ({ kind: "element", index: value, loc })),
          ),
          { maxLength: 2 },
        ),
        optional(fc.boolean()),
      )
      .map(([parts, deep]) => [...parts, ...(deep === undefined ? [] : [{ kind: "pretty" as const, deep, loc }])]),
    histogram: fc.oneof(
      fc.tuple(array, fc.constant([])).map(
        ([operand, parameters]): Ast.HistogramOperation => ({
          kind: "histogram",
          operator: "@hist_log",
          operand,
          parameters,
          loc,
        }),
      ),
      fc.tuple(array, fc.tuple(signed, signed, positive)).map(
        ([operand, parameters]): Ast.HistogramOperation => ({
          kind: "histogram",
          operator: "@hist_linear",
          operand,
          parameters,
          loc,
        }),
      ),
    ),
    expression: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      positive,
      text,
      name,
      embedded,
      record<Ast.Binary>({ kind: kind("binary"), operator: binaryOperator, left: e, right: e }),
      record<Ast.Unary>({ kind: kind("unary"), operator: fc.constantFrom("-", "!", "~", "+"), operand: e }),
      record<Ast.Increment>({
        kind: kind("increment"),
        operator: fc.constantFrom("++", "--"),
        prefix: fc.boolean(),
        operand: tie("lvalue"),
      }),
      // biome-ignore lint/suspicious/noThenProperty: the name of a part of the tree
      record<Ast.Ternary>({ kind: kind("ternary"), condition: e, then: e, otherwise: e }),
      record<Ast.Assignment>({
        kind: kind("assignment"),
        operator: assignmentOperator,
        target: tie("lvalue"),
        value: e,
      }),
      record<Ast.Call>({ kind: kind("call"), name: fc.constantFrom("f", "g"), arguments: list }),
      record<Ast.Index>({ kind: kind("index"), array, indexes }),
      record<Ast.Membership>({ kind: kind("in"), indexes, array }),
      record<Ast.RegexMatch>({ kind: kind("regex"), operator: fc.constantFrom("=~", "!~"), left: e, pattern: text }),
      record<Ast.StatOperation>({
        kind: kind("stat"),
        operator: statOperator,
        operand: fc.oneof(array, tie("lvalue")),
        parameters: fc.constant([]),
      }),
      record<Ast.HistogramBucket>({ kind: kind("bucket"), histogram: tie("histogram"), index: e }),
      record<Ast.TargetVariable>({
        kind: kind("target"),
        name: fc.constantFrom("$x", "$argc", "$$vars"),
        ...dereferenced,
      }),
      record<Ast.Cast>({ kind: kind("cast"), operand: e, type: text, ...dereferenced }),
      record<Ast.AtVar>({
        kind: kind("atvar"),
        name: text,
        module: text,
        ...dereferenced,
      }),
      fc
        .tuple(fc.oneof(name, positive), tie("components"), fc.boolean())
        .filter(([, components, addressOf]) => addressOf || (components.length > 0 && components[0]?.kind === "member"))
        .map(
          ([operand, components, addressOf]): Ast.Expression => ({
            kind: "autocast",
            operand,
            components,
            addressOf,
            loc,
          }),
        ),
      at("@defined", record<Ast.TargetVariable>({ kind: kind("target"), name: kind("$x"), ...dereferenced })),
      at("@entry", e),
      at("@const", text),
      at("@enum", text),
      at("@enumname", e, text),
      at("@perf", text),
      at("@probewrite", name),
      at("@uregister", positive),
      at("@uderef", positive, e),
      fc
        .tuple(
          fc.constantFrom<Ast.PrintName>("print", "sprint", "print_char"),
          fc.array(e, { minLength: 1, maxLength: 1 }),
        )
        .map(([of, values]): Ast.Expression => ({ kind: "print", name: of, arguments: values, loc })),
      fc
        .tuple(fc.constantFrom<Ast.PrintName>("println", "sprintln"), list)
        .map(([of, values]): Ast.Expression => ({ kind: "print", name: of, arguments: values, loc })),
      tie("histogram").map((of): Ast.Expression => ({ kind: "print", name: "print", arguments: [of], loc })),
      fc
        .tuple(fc.constantFrom<Ast.PrintName>("printd", "sprintdln"), text, fc.array(e, { minLength: 2, maxLength: 3 }))
        .map(
          ([of, delimiter, values]): Ast.Expression => ({ kind: "print", name: of, delimiter, arguments: values, loc }),
        ),
      fc.tuple(fc.constantFrom<Ast.PrintName>("printf", "sprintf"), fc.constantFrom("%d", "a%%b %-5s\n"), list).map(
        ([of, format, values]): Ast.Expression => ({
          kind: "print",
          name: of,
          format: { kind: "string", value: format, loc },
          arguments: values,
          loc,
        }),
      ),
    ),
  };
});

export const { expression } = nodes;

/** Fields that are undefined are not there, as the tree's types want it. */
function present<T extends object>(node: T): T {
  return Object.fromEntries(Object.entries(node).filter(([, value]) => value !== undefined)) as T;
}

const made = <T extends { readonly kind: string }>(kind: T["kind"], model: object): fc.Arbitrary<T> =>
  fc
    .record(model as { [key: string]: fc.Arbitrary<unknown> })
    .map((fields) => present({ kind, ...fields, loc }) as unknown as T);

const { block, statement } = fc.letrec<{ statement: Ast.Statement; block: Ast.Block }>((tie) => {
  const e = nodes.expression;
  const sortMark = fc.constantFrom<1 | -1>(1, -1);
  const sort = fc.oneof(
    fc.record({ direction: sortMark, by: fc.constant("value" as const) }),
    fc.record({ direction: sortMark, by: fc.constant("value" as const), operator: statOperator }),
    fc.record({ direction: sortMark, by: fc.constant(0) }),
  );
  return {
    block: made<Ast.Block>("block", {
      statements: fc.array(tie("statement"), { maxLength: 3, depthIdentifier: "statement" }),
    }),
    statement: fc.oneof(
      { depthSize: "small", depthIdentifier: "statement", withCrossShrink: true },
      made<Ast.ExpressionStatement>("expression-statement", { expression: e }),
      fc.constantFrom<Ast.Statement>({ kind: "next", loc }, { kind: "break", loc }, { kind: "continue", loc }),
      tie("block"),
      // biome-ignore lint/suspicious/noThenProperty: the name of a part of the tree
      made<Ast.IfStatement>("if", { condition: e, then: tie("block"), otherwise: optional(tie("block")) }),
      made<Ast.ForStatement>("for", { init: optional(e), condition: e, step: optional(e), body: tie("block") }),
      made<Ast.ForeachStatement>("foreach", {
        keys: fc.array(name, { minLength: 1, maxLength: 3 }),
        value: optional(name),
        array: fc.oneof(array, nodes.histogram),
        sort: optional(sort),
        limit: optional(e),
        body: tie("block"),
      }).map(
        (n): Ast.ForeachStatement => ({
          ...n,
          sortAt: n.sort === undefined ? "none" : n.sort.by === "value" ? "array" : "name",
        }),
      ),
      made<Ast.DeleteStatement>("delete", { target: nodes.lvalue }),
      made<Ast.TryStatement>("try", { body: tie("block"), variable: optional(name), handler: tie("block") }),
    ),
  };
});

export { statement };

// ---- items ----

const component = fc
  .tuple(fc.constantFrom("process", "function", "return", "sys*", "**", "_a"), optional(fc.oneof(text, signed)))
  .map(([part, argument]): Ast.PointComponent => ({ name: part, ...(argument && { argument }), loc }));

const point = fc
  .tuple(fc.array(component, { minLength: 1, maxLength: 3 }), fc.constantFrom("", "?", "!"), optional(nodes.expression))
  .map(
    ([components, mark, condition]): Ast.ProbePoint => ({
      kind: "point",
      components,
      optional: mark === "?",
      sufficient: mark === "!",
      ...(condition && { condition }),
      loc,
    }),
  );
const points = fc.array(point, { minLength: 1, maxLength: 3 });
const plainPoint = fc
  .array(component, { minLength: 1, maxLength: 2 })
  .map((components): Ast.ProbePoint => ({ kind: "point", components, optional: false, sufficient: false, loc }));
const type = optional(fc.constantFrom<Ast.ScalarTypeName>("long", "string"));

const item: fc.Arbitrary<Ast.Item> = fc.oneof(
  made<Ast.ProbeItem>("probe", { points, body: block }),
  made<Ast.AliasItem>("alias", {
    names: fc.array(plainPoint, { minLength: 1, maxLength: 2 }),
    points,
    body: block,
    style: fc.constant("prologue"),
    epilogue: optional(block),
  }),
  made<Ast.AliasItem>("alias", { names: fc.tuple(plainPoint), points, body: block, style: fc.constant("epilogue") }),
  made<Ast.FunctionItem>("function", {
    name: word,
    private: fc.boolean(),
    parameters: fc.uniqueArray(
      fc.tuple(word, type).map(([of, t]): Ast.Parameter => ({ name: of, ...(t && { type: t }), loc })),
      { maxLength: 3, selector: (parameter) => parameter.name },
    ),
    returns: type,
    priority: optional(fc.integer({ min: 1, max: 9 })),
    body: fc.oneof(block, embedded),
  }),
  made<Ast.EmbeddedItem>("embedded-item", { code: embedded }),
);

const globals = fc.uniqueArray(
  fc.oneof(
    made<Ast.GlobalItem>("global", {
      name: word,
      private: fc.boolean(),
      init: optional(fc.oneof(signed, text)),
      wrap: fc.constant(false),
    }),
    made<Ast.GlobalItem>("global", {
      name: word,
      private: fc.boolean(),
      size: optional(fc.integer({ min: 1, max: 5000 })),
      wrap: fc.boolean(),
    }),
  ),
  { maxLength: 3, selector: (global) => global.name },
);

export const script = fc
  .tuple(globals, fc.array(item, { minLength: 1, maxLength: 4 }))
  .map(([variables, items]): Ast.ScriptFile => ({ kind: "file", source: loc.source, items: [...variables, ...items] }));
