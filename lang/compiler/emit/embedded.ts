/**
 * Embedded JavaScript in a module: one function beside `instantiate` that holds all of it, see abi/embedded.ts.
 *
 * Called by `emit.ts` after all bodies are written, because only then is it known which pieces are used. Text goes in
 * as it was written, from the first column on (a template literal may span lines), with a mark at each token, so
 * that an error thrown there leads to its place in the script.
 */
import { bug } from "../../../base/assert.ts";
import type { EmbeddedCode } from "../../ast.ts";
import { PASS, RETURN, type ReadyCode } from "../embedded/check.ts";
import { embeddedType, hasMarker, pragmas } from "../embedded/markers.ts";
import { placeIn } from "../embedded/parse.ts";
import type { FunctionSymbol, GlobalSymbol } from "../program.ts";
import type { Code, Lines } from "./code.ts";
import { quote } from "./literals.ts";
import { isScalar } from "./manifest.ts";
import type { ModuleScope } from "./scope.ts";

/** `const js = rt.embed(embedded, { x: { get: …, set: … } });`, when there is embedded code. */
export function emitEmbedding(module: ModuleScope, accessors: (symbol: GlobalSymbol) => string, out: Lines): void {
  if (!hasEmbedded(module)) return;
  const scalars = module.program.globals.filter(isScalar);
  if (scalars.length === 0) out.add("const js = rt.embed(embedded, {});");
  else {
    out.add("const js = rt.embed(embedded, {");
    out.indented(() => scalars.forEach((symbol) => void out.add(accessors(symbol))));
    out.add("});");
  }
}

export function emitEmbedded(module: ModuleScope, out: Lines): void {
  if (!hasEmbedded(module)) return;
  out.add("function embedded(STAP_RUNTIME) {");
  out.add("const { STAP_ERROR, STAP_PRINTF } = STAP_RUNTIME;");
  for (const ready of module.program.embedded.values()) {
    if (ready.kind === "top") addText(ready, "", "", out);
  }
  const members: string[] = [];
  for (const [symbol, name] of module.embeddedFunctions) {
    emitFunction(module, symbol, name, out);
    members.push(name);
  }
  for (const [code, name] of module.embeddedExpressions) {
    emitExpression(module, code, name, out);
    members.push(name);
  }
  out.add(`return { ${members.map((name) => `${name}: STAP_FUNCTION_${name}`).join(", ")} };`);
  out.add("}");
}

function hasEmbedded(module: ModuleScope): boolean {
  return module.embeddedFunctions.size + module.embeddedExpressions.size > 0;
}

function emitFunction(module: ModuleScope, symbol: FunctionSymbol, name: string, out: Lines): void {
  const { item } = symbol;
  if (item.body.kind !== "embedded") bug("emit/embedded", `${symbol.name} is not embedded`);
  const ready = readyCode(module, item.body);
  const parameters = symbol.parameters.map((parameter) => `, STAP_ARG_${parameter.name}`).join("");
  const what = quote(symbol.name);
  const empty = symbol.returns === "string" ? '""' : "0";
  const conversion = symbol.returns === "void" || symbol.returns === "unknown" ? undefined : symbol.returns;
  const give = conversion ? `STAP_RUNTIME.${conversion}(${what}, ` : "void (";
  out.add(`function STAP_FUNCTION_${name}(STAP_CONTEXT${parameters}) {`);
  addOutside(module, ready, out);
  if (hasMarker(item.body, "unmangled")) {
    for (const parameter of symbol.parameters) out.add(`let ${parameter.name} = STAP_ARG_${parameter.name};`);
  }
  out.add(`let STAP_RETVALUE = ${empty};`);
  out.add("try {");
  addText(ready, give, `(STAP_CONTEXT.next = 1, ${empty})`, out);
  out.add({ mark: item.body.loc }, "return ", give, "STAP_RETVALUE);");
  out.add(`} catch (STAP_THROWN) { throw STAP_RUNTIME.failed(${what}, STAP_THROWN); }`);
  out.add("}");
}

function emitExpression(module: ModuleScope, code: EmbeddedCode, name: string, out: Lines): void {
  const ready = readyCode(module, code);
  const what = quote("an embedded expression");
  out.add(`function STAP_FUNCTION_${name}(STAP_CONTEXT) {`);
  addOutside(module, ready, out);
  out.add("try {");
  out.add({ mark: code.loc }, `return STAP_RUNTIME.${embeddedType(code)}(${what}, (`);
  addText(ready, "", "", out);
  out.add("));");
  out.add(`} catch (STAP_THROWN) { throw STAP_RUNTIME.failed(${what}, STAP_THROWN); }`);
  out.add("}");
}

/** The globals and builtin functions that a piece uses, under the names that it uses. */
function addOutside(module: ModuleScope, { code, builtins }: ReadyCode, out: Lines): void {
  for (const { access, name } of pragmas(code)) {
    const symbol = module.program.findGlobal(name, code.loc.source);
    if (!symbol) continue;
    const macro = access === "read" ? "get" : "set";
    const key = quote(module.globalNames.get(symbol) ?? symbol.name);
    out.add(`const STAP_GLOBAL_${macro.toUpperCase()}_${name} = STAP_RUNTIME.globals[${key}].${macro};`);
  }
  for (const name of builtins) {
    out.add(`const ${name} = (...values) => STAP_RUNTIME.call(${quote(name)}, STAP_CONTEXT, values);`);
  }
}

function readyCode(module: ModuleScope, code: EmbeddedCode): ReadyCode {
  return module.program.embedded.get(code.loc) ?? bug("emit/embedded", "embedded code that was not read");
}

/** The text with its edits and marks, line by line. */
function addText({ code, tokens, edits }: ReadyCode, give: string, pass: string, out: Lines): void {
  const { text } = code;
  let line: Code[] = [];
  const copy = (from: number, to: number): void => {
    text
      .slice(from, to)
      .split("\n")
      .forEach((part, i) => {
        if (i > 0) {
          out.add(...line);
          line = [];
        }
        line.push(part);
      });
  };
  let at = 0;
  let next = 0;
  const copyTokens = (to: number): void => {
    for (; at < to; next++) {
      const token = tokens[next];
      if (!token || token.start >= to) break;
      if (token.start >= at) {
        copy(at, token.start);
        line.push({ mark: placeIn(code, token) });
        at = token.start;
      }
    }
    if (at < to) copy(at, to);
    at = Math.max(at, to);
  };
  for (const edit of edits) {
    copyTokens(edit.start);
    line.push(edit.text.replace(RETURN, () => give).replace(PASS, () => pass));
    at = edit.end;
  }
  copyTokens(text.length);
  out.add(...line);
}
