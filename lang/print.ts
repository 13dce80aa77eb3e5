/**
 * Trees as text: what `-p1` prints, and expressions for `-p2` and for messages.
 *
 * The shape is that of the reference translator, so that dumps can be compared by machine: items sorted by kind,
 * every operand in parentheses, `while` as `for`, `;` behind every statement of a block, the parts of `try` in
 * double braces. What is printed parses again, to a tree of the same meaning. So that nothing is lost this adds
 * what the reference leaves out: types, `private`, priorities and the second body of an alias; and string
 * literals are escaped once, in one canonical way. Recursion is bounded: the parser refuses trees deeper than
 * `limits.maxSyntaxDepth`.
 */
import { quoteBytes } from "../base/escape.ts";
import type * as Ast from "./ast.ts";

export function printFile(file: Ast.ScriptFile): string {
  const rank = (item: Ast.Item): number => itemOrder.indexOf(item.kind);
  const items = [...file.items].sort((a, b) => rank(a) - rank(b));
  return `# parse tree dump\n# file ${file.source.name}\n${items.map(printItem).join("")}\n`;
}

const itemOrder: readonly Ast.Item["kind"][] = ["embedded-item", "global", "alias", "probe", "function"];

function printItem(n: Ast.Item): string {
  switch (n.kind) {
    case "embedded-item":
      return embeddedText(n.code);
    case "global": {
      const size = n.size === undefined ? "" : `[${n.size}]`;
      const init = n.init ? ` = ${printExpression(n.init)}` : "";
      return `${privacy(n)}global ${n.name}${n.wrap ? "%" : ""}${size}${init}\n`;
    }
    case "alias": {
      const names = n.names.map(printPoint).join(" = ");
      const epilogue = n.epilogue ? `, ${printBlock(n.epilogue)}` : "";
      const sign = n.style === "epilogue" ? "+=" : "=";
      return `probe ${names} ${sign} ${n.points.map(printPoint).join(", ")}${printBlock(n.body)}${epilogue}\n`;
    }
    case "probe":
      return `probe ${printPoints(n.points)}${printBlock(n.body)}\n`;
    case "function": {
      const parameters = n.parameters.map((parameter) => parameter.name + typeMark(parameter.type)).join(", ");
      const priority = n.priority === undefined ? "" : `:${n.priority}`;
      const head = `${privacy(n)}function ${n.name}${typeMark(n.returns)} (${parameters})${priority}`;
      return `${head}\n${n.body.kind === "block" ? printBlock(n.body) : embeddedText(n.body)}\n`;
    }
  }
}

function privacy(n: { readonly private: boolean }): string {
  return n.private ? "private " : "";
}

function typeMark(type: Ast.ScalarTypeName | undefined): string {
  return type === undefined ? "" : `:${type}`;
}

function embeddedText(n: Ast.EmbeddedCode): string {
  return `%{${n.text}%}`;
}

// ---- probe points ----

export function printPoint(n: Ast.ProbePoint): string {
  const components = n.components.map(({ name, argument }) =>
    argument ? `${name}(${printExpression(argument)})` : name,
  );
  const mark = n.sufficient ? "!" : n.optional ? "?" : "";
  const condition = n.condition ? ` if (${printExpression(n.condition)})` : "";
  return components.join(".") + mark + condition;
}

function printPoints(points: readonly Ast.ProbePoint[]): string {
  return points.map(printPoint).join(",");
}

// ---- statements ----

/** A statement without the `;\n` that a block puts behind it. */
export function printStatement(n: Ast.Statement): string {
  switch (n.kind) {
    case "block":
      return printBlock(n);
    case "expression-statement":
      return printExpression(n.expression);
    case "null-statement":
      return ";";
    case "if": {
      const head = `if (${printExpression(n.condition)}) ${printStatement(n.then)}`;
      if (!n.otherwise) return `${head}\n`;
      // a bare `return` would take `else` for the start of its value
      const semicolon = /\breturn$/.test(head) ? ";" : "";
      return `${head}${semicolon}\nelse ${printStatement(n.otherwise)}\n`;
    }
    case "while":
      return `for (; ${printExpression(n.condition)}; ) ${printStatement(n.body)}`;
    case "for": {
      const condition = n.condition ? printExpression(n.condition) : "1";
      return `for (${optional(n.init)}; ${condition}; ${optional(n.step)}) ${printStatement(n.body)}`;
    }
    case "foreach":
      return printForeach(n);
    case "break":
    case "continue":
    case "next":
      return n.kind;
    case "return":
      return n.value ? `return ${printExpression(n.value)}` : "return";
    case "delete":
      return `delete ${printExpression(n.target)}`;
    case "try": {
      const variable = n.variable ? ` (${n.variable.name})` : "";
      return `try {\n${printBlock(n.body)}\n} catch${variable} {\n${printBlock(n.handler)}\n}\n`;
    }
  }
}

function printBlock(n: Ast.Block): string {
  return `{\n${n.statements.map((statement) => `${printStatement(statement)};\n`).join("")}}`;
}

function printForeach(n: Ast.ForeachStatement): string {
  const mark = n.sort && (n.sort.direction > 0 ? "+" : "-");
  const keys = n.keys.map(({ name }, i) => (n.sort?.by === i ? `${name}${mark}` : name)).join(", ");
  const value = n.value ? `${n.value.name} = ` : "";
  const slice = n.slice ? `[${indexes(n.slice)}]` : "";
  const operator = n.sort?.operator ? ` ${n.sort.operator}` : "";
  const sort = n.sort?.by === "value" ? `${operator}${mark}` : "";
  const limit = n.limit ? ` limit ${printExpression(n.limit)}` : "";
  const array = printExpression(n.array) + slice + sort + limit;
  return `foreach (${value}[${keys}] in ${array}) ${printStatement(n.body)}`;
}

function optional(n: Ast.Expression | undefined): string {
  return n ? printExpression(n) : "";
}

// ---- expressions ----

/** An expression without parentheses around the whole. */
export function printExpression(n: Ast.Expression | Ast.Wildcard): string {
  switch (n.kind) {
    case "number":
      return String(n.value);
    case "string":
      return quoteBytes(n.value);
    case "name":
      return n.name;
    case "wildcard":
      return "*";
    case "embedded":
      return embeddedText(n);
    case "index":
      return `${n.array.name}[${indexes(n.indexes)}]`;
    case "call":
      return `${n.name}(${list(n.arguments)})`;
    case "print":
      return `${n.name}(${list([...present(n.format), ...present(n.delimiter), ...n.arguments])})`;
    case "unary":
      return n.operator + enclosed(n.operand);
    case "increment":
      return n.prefix ? n.operator + enclosed(n.operand) : enclosed(n.operand) + n.operator;
    case "binary":
      return `${enclosed(n.left)} ${n.operator} ${enclosed(n.right)}`;
    case "regex":
      return `${enclosed(n.left)} ${n.operator} ${quoteBytes(n.pattern.value)}`;
    case "in":
      return `[${indexes(n.indexes)}] in ${printExpression(n.array)}`;
    case "ternary":
      return `${enclosed(n.condition)}?${enclosed(n.then)}:${enclosed(n.otherwise)}`;
    case "assignment":
      return `${enclosed(n.target)} ${n.operator} ${enclosed(n.value)}`;
    case "stat":
    case "histogram":
      return `${n.operator}(${list([n.operand, ...n.parameters])})`;
    case "bucket":
      return `${printExpression(n.histogram)}[${printExpression(n.index)}]`;
    case "target":
      return dereferenced(n, n.name);
    case "atvar":
      return dereferenced(n, `@var(${list([n.name, ...present(n.module)])})`);
    case "cast":
      return dereferenced(n, `@cast(${list([n.operand, n.type, ...present(n.module)])})`);
    case "autocast":
      return dereferenced(n, enclosed(n.operand));
    case "at":
      return `${n.operator}(${list(n.arguments)})`;
  }
}

interface Dereferenced {
  readonly addressOf: boolean;
  readonly components: readonly Ast.TargetComponent[];
}

function dereferenced(n: Dereferenced, base: string): string {
  return (n.addressOf ? "&" : "") + base + n.components.map(printComponent).join("");
}

function printComponent(n: Ast.TargetComponent): string {
  switch (n.kind) {
    case "member":
      return `->${n.name}`;
    case "element":
      return `[${printExpression(n.index)}]`;
    case "pretty":
      return n.deep ? "->$$" : "->$";
  }
}

function enclosed(n: Ast.Expression): string {
  return `(${printExpression(n)})`;
}

function present<T>(value: T | undefined): readonly T[] {
  return value === undefined ? [] : [value];
}

function list(items: readonly (Ast.Expression | Ast.Wildcard)[]): string {
  return items.map(printExpression).join(", ");
}

/** An index cannot begin with a `[`. */
function indexes(items: readonly (Ast.Expression | Ast.Wildcard)[]): string {
  return items.map((n) => (n.kind === "in" ? enclosed(n) : printExpression(n))).join(", ");
}
