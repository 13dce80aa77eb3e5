/** The text of `-p2`: globals, functions and probes with their types, in the shape of the reference translator. */
import type { Block } from "../ast.ts";
import { printExpression, printStatement } from "../print.ts";
import type { BuiltinSymbol, DerivedProbe, FunctionSymbol, GlobalSymbol, LocalSymbol, Program } from "./program.ts";

export interface PrintProgramOptions {
  /** Also the handlers and functions as the optimisations left them: `-p2 -v`. */
  readonly bodies?: boolean;
}

type Printed = Pick<Program, "globals" | "functions" | "builtins" | "probes" | "embedded">;

export function printProgram(program: Printed, { bodies = false }: PrintProgramOptions = {}): string {
  const bodyLines = (body: Block): readonly string[] => (bodies ? [bodyText(body)] : []);
  const lines: string[] = [];
  const section = (title: string, body: readonly string[]) => {
    if (body.length > 0) lines.push(`# ${title}`, ...body);
  };
  const topLevel = [...program.embedded.values()].filter((ready) => ready.kind === "top");
  section(
    "global embedded code",
    topLevel.map(({ code }) => `%{${code.text}%}`),
  );
  section(
    "globals",
    program.globals.filter((symbol) => !symbol.synthetic).map((symbol) => globalLine(symbol, bodies)),
  );
  const builtins = program.builtins.map((symbol) => ({
    order: mangledName(symbol),
    lines: [builtinLine(symbol)],
  }));
  const functions = program.functions.map((symbol) => ({
    order: mangledName(symbol),
    lines: functionLines(symbol, bodyLines),
  }));
  const sorted = [...builtins, ...functions].sort((a, b) => (a.order < b.order ? -1 : 1));
  section(
    "functions",
    sorted.flatMap((item) => item.lines),
  );
  section(
    "probes",
    visible(program.probes).flatMap((probe) => [
      `${probe.printed} /* <- ${probe.origin} */`,
      ...localLines(probe.locals),
      ...bodyLines(probe.body),
    ]),
  );
  return lines.map((line) => `${line}\n`).join("");
}

/** Without the probes that the compiler made up: to keep values for others, and to say when to arm them. */
function visible(probes: readonly DerivedProbe[]): readonly DerivedProbe[] {
  return probes.filter(({ resolved: { spec } }) => spec.kind !== "entry" && spec.kind !== "condition");
}

/** The name by which the reference sorts functions: public ones first, overloads by their number, as text. */
export function mangledName(symbol: FunctionSymbol | BuiltinSymbol): string {
  if (symbol.kind === "builtin") return `__global_${symbol.name}__overload_0/${symbol.prototype.required}`;
  const { private: isPrivate, loc } = symbol.item;
  const file = loc.source.name.replace(/[^A-Za-z0-9]/g, "_");
  const prefix = isPrivate ? `__private_${file}_` : "__global_";
  return `${prefix}${symbol.name}__overload_${symbol.overload}`;
}

function builtinLine({ name, prototype }: BuiltinSymbol): string {
  const parameters = prototype.parameters.map((type, i) => `${prototype.names[i]}:${type}`).join(", ");
  return `${name}:${typeText(prototype.result)} (${parameters})`;
}

function globalLine({ name, item, type, keys }: GlobalSymbol, values: boolean): string {
  const size = item.size === undefined ? "" : `[${item.size}]`;
  const wrap = item.wrap ? "%" : "";
  const init = values && item.init ? ` = ${printExpression(item.init)}` : "";
  return `${name}${wrap}${size}:${type}${keys.length > 0 ? ` [${keys.join(", ")}]` : ""}${init}`;
}

function functionLines(symbol: FunctionSymbol, bodyLines: (body: Block) => readonly string[]): string[] {
  const parameters = symbol.parameters.map(({ name, type }) => `${name}:${type}`).join(", ");
  const { body } = symbol.item;
  const text = body.kind === "block" ? bodyLines(body) : [];
  return [`${symbol.name}:${typeText(symbol.returns)} (${parameters})`, ...localLines(symbol.locals), ...text];
}

function localLines(locals: readonly LocalSymbol[]): string[] {
  return locals.length > 0 ? ["  # locals", ...locals.map(({ name, type }) => `  ${name}:${type}`)] : [];
}

function typeText(type: string): string {
  return type === "void" ? "unknown" : type;
}

function bodyText(body: Block): string {
  const [first] = body.statements;
  return `{ ${printStatement(first && body.statements.length === 1 ? first : body)} }`;
}
