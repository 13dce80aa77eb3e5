/**
 * Pass "resolve-names": gives every name, array and call its symbol.
 *
 * A name that is no parameter and no visible global is a local of its body, born at its first use. Bodies that
 * several probes share are resolved once. A function is looked at when something calls it: one that nothing calls
 * may say what it likes. What cannot be resolved stays without a symbol after one diagnostic, and later passes step
 * over it.
 */
import { absentBuiltin } from "../../../abi/absent-builtins.ts";
import { guruBuiltins } from "../../../abi/builtins.ts";
import { type Block, type Call, type EmbeddedCode, type Name, printNames } from "../../ast.ts";
import { similarText } from "../../similar.ts";
import { childrenOf, type TreeNode, walk } from "../../visit.ts";
import type { Compilation } from "../compilation.ts";
import { embeddedGlobals, hasMarker, pragmas } from "../embedded/markers.ts";
import {
  type BuiltinSymbol,
  candidates,
  type FunctionSymbol,
  type GlobalSymbol,
  type LocalSymbol,
} from "../program.ts";

interface Frame {
  readonly names: Map<string, LocalSymbol>;
  readonly locals: LocalSymbol[];
}

export function resolveNames(c: Compilation): void {
  const shared = new Map<Block, LocalSymbol[]>();
  const queue = new Set<FunctionSymbol>();
  const visit = (body: Block, frame: Frame) => resolve(c, body, frame, queue);
  for (const draft of c.drafts) {
    const locals = shared.get(draft.body) ?? draft.locals;
    draft.locals = locals;
    if (shared.has(draft.body)) continue;
    shared.set(draft.body, locals);
    visit(draft.body, { names: new Map(), locals });
  }
  // A set that grows while it is walked: each function once.
  for (const symbol of queue) {
    const { body } = symbol.item;
    if (body.kind === "embedded") {
      checkMarkers(c, body, true);
      continue;
    }
    const names = new Map(symbol.parameters.map((parameter) => [parameter.name, parameter]));
    visit(body, { names, locals: symbol.locals });
  }
  c.functions = [...queue];
  const mentioned = new Set(c.symbols.values());
  for (const symbol of queue) for (const global of globalsBelow(c, symbol.item.body)) mentioned.add(global);
  for (const body of shared.keys()) for (const global of globalsBelow(c, body)) mentioned.add(global);
  c.globals = [...mentioned].filter((symbol) => symbol.kind === "global");
}

function resolve(c: Compilation, n: TreeNode, frame: Frame, queue: Set<FunctionSymbol>): void {
  if (n.kind === "call") resolveCall(c, n, queue);
  if (n.kind === "embedded") checkMarkers(c, n, false);
  if (n.kind === "name") {
    c.symbols.set(n, findGlobal(c, n, frame) ?? findLocal(n, frame));
    return;
  }
  const array = n.kind === "index" || n.kind === "in" ? n.array : n.kind === "foreach" ? n.array : undefined;
  for (const child of childrenOf(n)) {
    if (child === array && child.kind === "name") resolveArray(c, child, frame);
    else if (n.kind === "delete" && child.kind === "name" && !frame.names.has(child.name))
      resolveArray(c, child, frame);
    else resolve(c, child, frame, queue);
  }
}

function findGlobal(c: Compilation, n: Name, frame: Frame): GlobalSymbol | undefined {
  return frame.names.has(n.name) ? undefined : c.scope.findGlobal(n.name, n.loc.source);
}

function findLocal(n: Name, frame: Frame): LocalSymbol {
  let local = frame.names.get(n.name);
  if (!local) {
    local = { kind: "local", name: n.name, loc: n.loc, type: "unknown" };
    frame.names.set(n.name, local);
    frame.locals.push(local);
  }
  return local;
}

function resolveArray(c: Compilation, n: Name, frame: Frame): void {
  const symbol = findGlobal(c, n, frame);
  if (symbol) {
    c.symbols.set(n, symbol);
    return;
  }
  const names = c.scope.globals.map((item) => item.name);
  c.diagnostics.error("sem-unresolved", `unresolved array '${n.name}'${similarText(n.name, names)}`, n.loc, {
    hints: [`Declare it at top level: global ${n.name}`],
  });
}

/** What the marker comments of embedded code say must hold. */
function checkMarkers(c: Compilation, code: EmbeddedCode, isFunction: boolean): void {
  for (const { access, name } of pragmas(code)) {
    if (c.scope.findGlobal(name, code.loc.source)) continue;
    const names = c.scope.globals.map((item) => item.name);
    const message = `pragma:${access} of an unresolved global '${name}'${similarText(name, names)}`;
    c.diagnostics.error("sem-unresolved", message, code.loc);
  }
  if (isFunction && hasMarker(code, "stable") && !hasMarker(code, "pure"))
    c.diagnostics.error("sem-context", "a function that is /* stable */ must be /* pure */ too", code.loc);
}

function globalsBelow(c: Compilation, body: Block | EmbeddedCode): readonly GlobalSymbol[] {
  const found: GlobalSymbol[] = [];
  walk(body, (n) => {
    if (n.kind === "embedded") found.push(...embeddedGlobals(c, n).map(({ symbol }) => symbol));
  });
  return found;
}

function resolveCall(c: Compilation, n: Call, queue: Set<FunctionSymbol>): void {
  const named = c.scope.findFunctions(n.name, n.loc.source);
  if (named.length === 0) {
    const absent = absentBuiltin(n.name);
    if (absent !== undefined) {
      c.diagnostics.error("sem-unsupported", `function '${n.name}' is not supported: ${absent}`, n.loc);
      return;
    }
    const known = [...printNames, ...c.scope.functionNames(), ...c.options.tapsets.names("function")];
    const similar = similarText(n.name, known);
    c.diagnostics.error("sem-unresolved", `unresolved function '${n.name}'${similar}`, n.loc);
    return;
  }
  const symbol = c.scope.chain(named.filter((candidate) => arity(candidate) === n.arguments.length));
  if (!symbol) {
    reportArity(c, n, named);
    for (const candidate of named) if (candidate.kind === "function") queue.add(candidate);
    return;
  }
  for (const candidate of candidates(symbol)) {
    if (candidate.kind !== "function") {
      if (!c.options.guru && guruBuiltins.has(n.name))
        c.diagnostics.error("sem-context", `function '${n.name}' can only be used with -g`, n.loc);
      continue;
    }
    queue.add(candidate);
    const { body } = candidate.item;
    if (!c.options.guru && body.kind === "embedded" && hasMarker(body, "guru"))
      c.diagnostics.error("sem-context", `function '${n.name}' can only be used with -g`, n.loc);
  }
  c.symbols.set(n, symbol);
}

function arity(candidate: FunctionSymbol | BuiltinSymbol): number {
  return candidate.kind === "function" ? candidate.parameters.length : candidate.prototype.parameters.length;
}

function reportArity(c: Compilation, n: Call, named: readonly (FunctionSymbol | BuiltinSymbol)[]): void {
  const counts = [...new Set(named.map(arity))].sort((a, b) => a - b);
  const related = named.flatMap((candidate) =>
    candidate.kind === "function" ? [{ message: "defined here", loc: candidate.item.loc }] : [],
  );
  const message = `function '${n.name}' takes ${counts.join(" or ")} arguments, not ${n.arguments.length}`;
  c.diagnostics.error("sem-arity", message, n.loc, { related });
}
