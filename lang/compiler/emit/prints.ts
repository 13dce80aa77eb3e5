/**
 * The print family.
 *
 * Every call becomes one format, compiled once for the module: `println(a, s)` is `"%d%s\n"`, `printd("|", a, b)`
 * is `"%d|%d"`. A call without anything to format prints its text as it is. The s-forms give a string,
 * cut as every string is; what is printed is not limited.
 */
import { bug } from "../../../base/assert.ts";
import type { Expression, HistogramOperation, Print } from "../../ast.ts";
import { argument, call, list, type Piece, primary } from "./code.ts";
import { histogramNumber, stat, value } from "./expressions.ts";
import { cString, quote } from "./literals.ts";
import type { FunctionScope } from "./scope.ts";

export function emitPrint(scope: FunctionScope, e: Print): Piece {
  const text = textOf(scope, e);
  const [only] = e.arguments;
  if (only?.kind === "histogram" && !e.name.startsWith("s")) return printHistogram(scope, e, only);
  const name = scope.module.rt(e.name.startsWith("s") ? "cut" : "print");
  return call(e.loc, name, [text]);
}

function printHistogram(scope: FunctionScope, e: Print, histogram: HistogramOperation): Piece {
  const { operand } = histogram;
  const node = operand.kind === "index" ? operand.array : operand;
  if (node.kind !== "name") bug("emit/prints", `a histogram of ${node.kind}`);
  const global = scope.globalOf(node);
  const name = scope.module.globalNames.get(global) ?? global.name;
  const values = [histogramNumber(scope, histogram), primary(quote(name))];
  const chart = call(histogram.loc, [stat(scope, operand), ".chart"], values);
  return call(e.loc, scope.module.rt("printHistogram"), [chart]);
}

function textOf(scope: FunctionScope, e: Print): Piece {
  const [only, ...more] = e.arguments;
  if (only?.kind === "histogram") {
    const render = primary(stat(scope, only.operand), ".", { mark: e.loc }, "render(");
    return primary(render.code, argument(histogramNumber(scope, only)), ")");
  }
  const format = formatOf(scope, e);
  if (e.arguments.length === 0) {
    const plain = format.replaceAll("%%", "%");
    if (!plain.includes("%") || !/%[^%]/.test(format.replaceAll("%%", ""))) return primary(quote(plain));
  }
  if (only !== undefined && more.length === 0) {
    // A literal is printed whole; as any other value it would be cut.
    const mark = { mark: only.loc };
    if (only.kind === "string" && format === "%s") return primary(mark, quote(cString(only.value)));
    if (only.kind === "string" && format === "%s\n") return primary(mark, quote(`${cString(only.value)}\n`));
    if (format === "%s") return value(scope, only);
  }
  const values = e.arguments.map((item) => printed(scope, item));
  return primary({ mark: e.loc }, scope.module.format(format), "(", list(values), ")");
}

/** The format that says what a call of the family prints. */
function formatOf(scope: FunctionScope, e: Print): string {
  const values = (delimiter: string): string =>
    e.arguments.map((item) => conversion(scope, item)).join(delimiter.replaceAll("%", "%%"));
  switch (e.name) {
    case "printf":
    case "sprintf":
      return cString(e.format?.value ?? bug("emit/prints", `${e.name} without a format`));
    case "print_char":
      return "%c";
    case "print":
    case "sprint":
      return values("");
    case "println":
    case "sprintln":
      return `${values("")}\n`;
    case "printd":
    case "sprintd":
      return values(cString(e.delimiter?.value ?? ""));
    case "printdln":
    case "sprintdln":
      return `${values(cString(e.delimiter?.value ?? ""))}\n`;
  }
}

function conversion(scope: FunctionScope, e: Expression): string {
  return scope.module.typeOf(e) === "string" ? "%s" : "%d";
}

function printed(scope: FunctionScope, e: Expression): Piece {
  return e.kind === "string" ? primary({ mark: e.loc }, quote(cString(e.value))) : value(scope, e);
}
