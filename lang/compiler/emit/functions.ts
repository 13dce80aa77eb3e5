/**
 * Script functions and probe handlers: one JavaScript function each.
 *
 * Locals live for the whole body and begin as 0 or ""; temporaries are declared beside them. Functions check their depth
 * where MAXNESTING is set, by -D or because some of them recurse, and where they are so far up in the tree of calls that
 * a plain chain could fill the stack; one that calls others takes its share of the action budget, or a short script
 * could make 2^n calls without any loop.
 */
import { limits } from "../../../base/limits.ts";
import { formatLoc } from "../../../base/source.ts";
import { canMoveOn } from "../passes/overloads.ts";
import { candidates, type DerivedProbe, type FunctionSymbol, type LocalSymbol } from "../program.ts";
import { Lines } from "./code.ts";
import { commentText, quote } from "./literals.ts";
import { FunctionScope, type ModuleScope } from "./scope.ts";
import { budget, countStatements, defaultReturn, emitStatement } from "./statements.ts";

export function emitHandler(module: ModuleScope, probe: DerivedProbe, out: Lines): void {
  const scope = new FunctionScope(module, probe);
  const body = new Lines();
  emitStatement(scope, probe.body, body);
  const { file, line } = probe.resolved.source;
  out.add(`// ${commentText(`${probe.resolved.point}  ${file}:${line}`)}`);
  out.block(`function probe_${probe.index}(c)`, () => {
    declareLocals(scope, probe.locals, out);
    out.append(body);
  });
}

export function emitFunctions(module: ModuleScope, out: Lines): void {
  const bodies = new Map<FunctionSymbol, { scope: FunctionScope; body: Lines }>();
  for (const symbol of module.program.functions) {
    const scope = new FunctionScope(module, symbol);
    const body = new Lines();
    if (symbol.item.body.kind === "embedded") continue;
    emitStatement(scope, symbol.item.body, body);
    bodies.set(symbol, { scope, body });
  }
  const heights = callHeights(new Map([...bodies].map(([symbol, { scope }]) => [symbol, unguarded(scope.calls)])));
  for (const [symbol, { scope, body }] of bodies) {
    const guarded = module.program.limits.MAXNESTING !== undefined || (heights.get(symbol) ?? 0) >= HIGHEST;
    emitFunction(scope, symbol, body, guarded, out);
  }
}

/**
 * After all that calls functions: a function for each chain that is called, which tries its candidates in order. Its
 * calls have no place in the script, so that an error in a candidate leads past them to the call that was written.
 */
export function emitDispatchers(module: ModuleScope, out: Lines): void {
  for (const [first, name] of module.dispatchers) {
    const scope = new FunctionScope(module, first);
    const values = ["c", ...first.parameters.map((parameter) => scope.localName(parameter))].join(", ");
    const { loc } = first.item;
    out.add(`// ${commentText(`${first.name}  overloaded`)}`);
    out.block(`function ${name}(${values})`, () => {
      out.add(budget(scope, 1, loc));
      out.add("let t_0;");
      for (const candidate of candidates(first)) {
        const callee = candidate.kind === "builtin" ? `rt.fn.${candidate.name}` : module.functionName(candidate);
        const call = `${callee}(${values})`;
        if (candidate.kind === "builtin" || !(candidate.next || canMoveOn(candidate))) {
          out.add("return ", call, ";");
          return;
        }
        out.add("t_0 = ", call, ";");
        out.add("if (c.next === 0) return t_0;");
        out.add("c.next = 0;");
      }
      out.add(`${module.rt("exhausted")}(${quote(first.name)});`);
    });
  }
}

/** A call goes through its function alone, or through a dispatcher too. */
const HIGHEST = limits.maxUncheckedCalls / 2 - 1;

function emitFunction(scope: FunctionScope, symbol: FunctionSymbol, body: Lines, guarded: boolean, out: Lines): void {
  const { item } = symbol;
  const parameters = symbol.parameters.map((parameter) => `, ${scope.localName(parameter)}`).join("");
  out.add(`// ${commentText(`${symbol.name}  ${formatLoc(item.loc)}`)}`);
  out.block(`function ${scope.module.functionName(symbol)}(c${parameters})`, () => {
    if (scope.calls.size > 0 && item.body.kind === "block") {
      out.add(budget(scope, Math.max(1, countStatements(item.body)), item.loc));
    }
    declareLocals(scope, symbol.locals, out);
    const result = defaultReturn(scope);
    const rest = (): void => {
      out.append(body);
      if (result !== "" && !endsInReturn(symbol)) out.add(`return${result};`);
    };
    if (!guarded) {
      rest();
      return;
    }
    out.add({ mark: item.loc }, "c.", { mark: item.loc }, "enter();");
    out.block("try", rest, " finally {");
    out.indented(() => out.add("c.leave();"));
    out.add("}");
  });
}

function declareLocals(scope: FunctionScope, locals: readonly LocalSymbol[], out: Lines): void {
  const start = (local: LocalSymbol): string => `${scope.localName(local)} = ${local.type === "string" ? '""' : "0"}`;
  if (locals.length > 0) out.add(`let ${locals.map(start).join(", ")};`);
  const later: string[] = [];
  for (const [symbol, { name, atTop }] of scope.stable) {
    if (atTop) out.add(`const ${name} = rt.fn.${symbol.name}(c);`);
    else later.push(name);
  }
  if (later.length > 0) out.add(`let ${later.join(", ")};`);
  if (scope.temporaries.length > 0) out.add(`let ${scope.temporaries.join(", ")};`);
}

function endsInReturn({ item }: FunctionSymbol): boolean {
  return item.body.kind === "block" && item.body.statements.at(-1)?.kind === "return";
}

function unguarded(calls: ReadonlySet<FunctionSymbol>): ReadonlySet<FunctionSymbol> {
  return new Set([...calls].filter((symbol) => !symbol.recursive));
}

/** The longest chain of calls of unguarded calls below each function; leaves are 0, and a guarded function begins anew. */
function callHeights(calls: ReadonlyMap<FunctionSymbol, ReadonlySet<FunctionSymbol>>): Map<FunctionSymbol, number> {
  const callers = new Map<FunctionSymbol, FunctionSymbol[]>();
  const waiting = new Map<FunctionSymbol, number>();
  for (const [caller, callees] of calls) {
    waiting.set(caller, callees.size);
    for (const callee of callees) callers.set(callee, [...(callers.get(callee) ?? []), caller]);
  }
  const heights = new Map<FunctionSymbol, number>();
  const ready = [...calls.keys()].filter((symbol) => waiting.get(symbol) === 0);
  for (let symbol = ready.pop(); symbol; symbol = ready.pop()) {
    const height = heights.get(symbol) ?? 0;
    for (const caller of callers.get(symbol) ?? []) {
      heights.set(caller, Math.max(heights.get(caller) ?? 0, height >= HIGHEST ? 0 : height + 1));
      const left = (waiting.get(caller) ?? 0) - 1;
      waiting.set(caller, left);
      if (left === 0) ready.push(caller);
    }
  }
  return heights;
}
