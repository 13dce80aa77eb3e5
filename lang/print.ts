/**
 * The canonical text of a tree: what `-p1` prints, in the shape of the reference translator.
 *
 * Called by the command line, and by messages and `-p2` for points and expressions. Parsing the text again gives the
 * same tree. Operands stand in parentheses, so the text shows precedence as it was understood; items are grouped:
 * embedded code, globals, aliases, probes, functions.
 */
import { quoteBytes } from "../base/escape.ts";
import type {
  AliasItem,
  Block,
  EmbeddedCode,
  Expression,
  ForeachStatement,
  FunctionItem,
  GlobalItem,
  Item,
  Print,
  ProbePoint,
  ScriptFile,
  Statement,
  StringLiteral,
  TargetComponent,
  Wildcard,
} from "./ast.ts";

const GROUPS: readonly Item["kind"][] = ["embedded-item", "global", "alias", "probe", "function"];

export function printFile(file: ScriptFile): string {
  const items = GROUPS.flatMap((kind) => file.items.filter((item) => item.kind === kind));
  return `# parse tree dump\n# file ${file.source.name}\n${items.map(printItem).join("")}`;
}

function printItem(item: Item): string {
  switch (item.kind) {
    case "embedded-item":
      return `${printEmbedded(item.code)}\n`;
    case "global":
      return printGlobal(item);
    case "alias":
      return printAlias(item);
    case "probe":
      return `probe ${item.points.map(printPoint).join(",")}${printStatement(item.body)}\n`;
    case "function":
      return printFunction(item);
  }
}

function printGlobal(item: GlobalItem): string {
  const size = item.size === undefined ? "" : `[${item.size}]`;
  const init = item.init ? ` = ${printExpression(item.init)}` : "";
  return `${item.private ? "private " : ""}global ${item.name}${item.wrap ? "%" : ""}${size}${init}\n`;
}

function printAlias(item: AliasItem): string {
  const names = item.names.map((name) => `${printPoint(name)} ${item.style === "prologue" ? "=" : "+="} `).join("");
  const epilogue = item.epilogue ? `, ${printStatement(item.epilogue)}` : "";
  return `probe ${names}${item.points.map(printPoint).join(",")}${printStatement(item.body)}${epilogue}\n`;
}

function printFunction(item: FunctionItem): string {
  const parameters = item.parameters.map(({ name, type }) => (type ? `${name}:${type}` : name)).join(", ");
  const returns = item.returns ? `:${item.returns}` : "";
  const priority = item.priority === undefined ? "" : `:${item.priority}`;
  const body = item.body.kind === "embedded" ? printEmbedded(item.body) : printStatement(item.body);
  return `${item.private ? "private " : ""}function ${item.name}${returns} (${parameters})${priority}\n${body}\n`;
}

function printEmbedded(code: EmbeddedCode): string {
  return `%{${code.text}%}`;
}

export function printPoint(point: ProbePoint): string {
  const components = point.components.map(({ name, argument }) =>
    argument ? `${name}(${printExpression(argument)})` : name,
  );
  const mark = point.sufficient ? "!" : point.optional ? "?" : "";
  const condition = point.condition ? ` if (${printExpression(point.condition)})` : "";
  return `${components.join(".")}${mark}${condition}`;
}

export function printStatement(statement: Statement): string {
  switch (statement.kind) {
    case "block":
      return printBlock(statement);
    case "expression-statement":
      return printExpression(statement.expression);
    case "null-statement":
      return ";";
    case "if": {
      const otherwise = statement.otherwise ? `else ${printStatement(statement.otherwise)}\n` : "";
      return `if (${printExpression(statement.condition)}) ${printStatement(statement.then)}\n${otherwise}`;
    }
    case "while":
      return `while (${printExpression(statement.condition)}) ${printStatement(statement.body)}`;
    case "for": {
      const { init, condition, step } = statement;
      const parts = [init, condition, step].map((part) => (part ? printExpression(part) : ""));
      return `for (${parts.join("; ")}) ${printStatement(statement.body)}`;
    }
    case "foreach":
      return printForeach(statement);
    case "break":
    case "continue":
    case "next":
      return statement.kind;
    case "return":
      return statement.value ? `return ${printExpression(statement.value)}` : "return";
    case "delete":
      return `delete ${printExpression(statement.target)}`;
    case "try": {
      const variable = statement.variable ? ` (${statement.variable.name})` : "";
      return `try ${printBlock(statement.body)} catch${variable} ${printBlock(statement.handler)}`;
    }
  }
}

function printBlock(block: Block): string {
  return `{\n${block.statements.map((statement) => `${printStatement(statement)};\n`).join("")}}`;
}

function printForeach(statement: ForeachStatement): string {
  const { sort, sortAt } = statement;
  const sign = sort ? (sort.direction === 1 ? "+" : "-") : "";
  const markOf = (by: number | "value"): string => (sortAt === "name" && sort?.by === by ? sign : "");
  const keys = statement.keys.map(({ name }, i) => `${name}${markOf(i)}`);
  const bracketed = keys.length === 1 ? (keys[0] ?? "") : `[${keys.join(", ")}]`;
  const value = statement.value ? `${statement.value.name}${markOf("value")} = ` : "";
  const slice = statement.slice ? `[${statement.slice.map(printIndex).join(", ")}]` : "";
  const sorted = sortAt === "array" ? (sort?.operator ? ` ${sort.operator}${sign}` : sign) : "";
  const limit = statement.limit ? ` limit ${printExpression(statement.limit)}` : "";
  const head = `${value}${bracketed} in ${printExpression(statement.array)}${slice}${sorted}${limit}`;
  return `foreach (${head}) ${printStatement(statement.body)}`;
}

function printIndex(index: Expression | Wildcard): string {
  return index.kind === "wildcard" ? "*" : printExpression(index);
}

const list = (items: readonly (Expression | Wildcard)[]): string => items.map(printIndex).join(", ");

export function printExpression(e: Expression): string {
  switch (e.kind) {
    case "number":
      return String(e.value);
    case "string":
      return quoteBytes(e.value);
    case "name":
      return e.name;
    case "index":
      return `${e.array.name}[${list(e.indexes)}]`;
    case "call":
      return `${e.name}(${list(e.arguments)})`;
    case "print":
      return printPrint(e);
    case "unary":
      return `${e.operator}(${printExpression(e.operand)})`;
    case "increment": {
      const operand = `(${printExpression(e.operand)})`;
      return e.prefix ? `${e.operator}${operand}` : `${operand}${e.operator}`;
    }
    case "binary":
      return `(${printExpression(e.left)}) ${e.operator} (${printExpression(e.right)})`;
    case "regex":
      return `(${printExpression(e.left)}) ${e.operator} ${printExpression(e.pattern)}`;
    case "in":
      return `[${list(e.indexes)}] in ${e.array.name}`;
    case "ternary":
      return `(${printExpression(e.condition)})?(${printExpression(e.then)}):(${printExpression(e.otherwise)})`;
    case "assignment":
      return `(${printExpression(e.target)}) ${e.operator} (${printExpression(e.value)})`;
    case "stat":
    case "histogram":
      return `${e.operator}(${list([e.operand, ...e.parameters])})`;
    case "bucket":
      return `${printExpression(e.histogram)}[${printExpression(e.index)}]`;
    case "target":
      return `${e.addressOf ? "&" : ""}${e.name}${printComponents(e.components)}`;
    case "atvar":
      return `${e.addressOf ? "&" : ""}@var(${printWith(e.name, e.module)})${printComponents(e.components)}`;
    case "cast": {
      const rest = printWith(e.type, e.module);
      return `${e.addressOf ? "&" : ""}@cast(${printExpression(e.operand)}, ${rest})${printComponents(e.components)}`;
    }
    case "autocast":
      return `${e.addressOf ? "&" : ""}(${printExpression(e.operand)})${printComponents(e.components)}`;
    case "at":
      return `${e.operator}(${list(e.arguments)})`;
    case "embedded":
      return printEmbedded(e);
  }
}

function printPrint(e: Print): string {
  const first = e.format ?? e.delimiter;
  return `${e.name}(${list(first ? [first, ...e.arguments] : e.arguments)})`;
}

function printWith(first: StringLiteral, module: StringLiteral | undefined): string {
  return list(module ? [first, module] : [first]);
}

function printComponents(components: readonly TargetComponent[]): string {
  return components
    .map((component) => {
      if (component.kind === "member") return `->${component.name}`;
      if (component.kind === "element") return `[${printExpression(component.index)}]`;
      return component.deep ? "$$" : "$";
    })
    .join("");
}
