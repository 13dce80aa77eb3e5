/**
 * What the emitter knows while it writes: of the module, and of the function at hand.
 *
 * A `ModuleScope` hands out names (unique, with the prefixes of `abi/contract.ts`), compiled formats and members of
 * the runtime; a `FunctionScope` hands out temporaries and remembers which functions are called. Temporaries are never
 * used twice, so an inner expression cannot overwrite what an outer one keeps.
 */
import { bug } from "../../../base/assert.ts";
import { scriptLimits } from "../../../base/limits.ts";
import type { Call, EmbeddedCode, Expression, Name } from "../../ast.ts";
import { canMoveOn } from "../passes/overloads.ts";
import type {
  DerivedProbe,
  ExpressionType,
  FunctionSymbol,
  GlobalSymbol,
  LocalSymbol,
  Program,
  ProgramSymbol,
  TargetNode,
  TargetUse,
} from "../program.ts";
import { type StableSymbol, stableCalls } from "./stable.ts";

export class ModuleScope {
  readonly program: Program;
  /** Names of globals as the manifest and `scalars` have them: those of the script, made unique. */
  readonly globalNames = new Map<GlobalSymbol, string>();
  readonly functionNames = new Map<FunctionSymbol, string>();
  /** Functions with an embedded body, and embedded expressions → their names in `js`. */
  readonly embeddedFunctions = new Map<FunctionSymbol, string>();
  readonly embeddedExpressions = new Map<EmbeddedCode, string>();
  /** The first function of a chain that is called → what tries the candidates one after another. */
  readonly dispatchers = new Map<FunctionSymbol, string>();
  readonly #functions = new Names();
  /** Text of a format → its `fmt_` name. */
  readonly formats = new Map<string, string>();
  /** Pattern of a regular expression → its `re_` name. */
  readonly regexes = new Map<string, string>();
  /** Members of `rt` that the module takes out of it. */
  readonly used = new Set<string>();
  /** Globals that were given a pointer. */
  readonly pointers = new Set<GlobalSymbol>();
  /** Bytes of a string. */
  readonly maxString: number;

  constructor(program: Program) {
    this.program = program;
    this.maxString = Math.max(0, (program.limits.MAXSTRINGLEN ?? scriptLimits.MAXSTRINGLEN) - 1);
    const globals = new Names();
    for (const symbol of program.globals) this.globalNames.set(symbol, globals.take(symbol.name));
    for (const symbol of program.functions) {
      const name = `f_${this.#functions.take(symbol.name)}`;
      if (symbol.item.body.kind === "embedded") this.embeddedFunctions.set(symbol, name);
      else this.functionNames.set(symbol, name);
    }
  }

  globalName(symbol: GlobalSymbol): string {
    return `g_${this.globalNames.get(symbol) ?? bug("emit/scope", `no global ${symbol.name}`)}`;
  }

  /** What a call calls: the function itself, or what tries its candidates one after another. */
  callName(symbol: FunctionSymbol): string {
    if (symbol.next === undefined && !canMoveOn(symbol)) return this.functionName(symbol);
    const name = this.dispatchers.get(symbol) ?? `f_${this.#functions.take(symbol.name)}`;
    this.dispatchers.set(symbol, name);
    return name;
  }

  functionName(symbol: FunctionSymbol): string {
    const embedded = this.embeddedFunctions.get(symbol);
    if (embedded !== undefined) return `js.${embedded}`;
    return this.functionNames.get(symbol) ?? bug("emit/scope", `no function ${symbol.name}`);
  }

  embeddedExpression(code: EmbeddedCode): string {
    const name = this.embeddedExpressions.get(code) ?? `e_${this.embeddedExpressions.size}`;
    this.embeddedExpressions.set(code, name);
    return `js.${name}`;
  }

  /** A function of the runtime, taken out of `rt` under its own name. */
  rt(member: string): string {
    this.used.add(member);
    return member;
  }

  format(text: string): string {
    let name = this.formats.get(text);
    if (name === undefined) {
      name = `fmt_${this.formats.size}`;
      this.formats.set(text, name);
    }
    return name;
  }

  regex(pattern: string): string {
    let name = this.regexes.get(pattern);
    if (name === undefined) {
      name = `re_${this.regexes.size}`;
      this.regexes.set(pattern, name);
    }
    return name;
  }

  typeOf(e: Expression): ExpressionType {
    return this.program.types.get(e) ?? bug("emit/scope", `no type for ${e.kind}`);
  }
}

export class FunctionScope {
  readonly module: ModuleScope;
  /** What is called once → the name that holds its value, and the call if it stands at the top. */
  readonly stable = new Map<StableSymbol, { readonly name: string; readonly atTop: boolean }>();
  readonly targets: ReadonlyMap<TargetNode, TargetUse>;
  /** The probe of a handler; undefined in a function. */
  readonly probe: DerivedProbe | undefined;
  /** The function, or undefined in a handler. */
  readonly symbol: FunctionSymbol | undefined;
  readonly calls = new Set<FunctionSymbol>();
  readonly temporaries: string[] = [];
  readonly #locals = new Map<LocalSymbol, string>();
  #walks = 0;
  #catches = 0;

  constructor(module: ModuleScope, of: FunctionSymbol | DerivedProbe) {
    this.module = module;
    const isFunction = "kind" in of;
    this.symbol = isFunction ? of : undefined;
    this.probe = isFunction ? undefined : of;
    this.targets = of.targets ?? module.program.targets;
    const names = new Names();
    for (const local of isFunction ? [...of.parameters, ...of.locals] : of.locals)
      this.#locals.set(local, `l_${names.take(local.name)}`);
    const body = isFunction ? of.item.body : of.body;
    if (body.kind !== "block") return;
    const stable = new Names();
    for (const { symbol, atTop } of stableCalls(module.program, body))
      this.stable.set(symbol, { name: `s_${stable.take(symbol.name)}`, atTop });
  }

  localName(symbol: LocalSymbol): string {
    return this.#locals.get(symbol) ?? bug("emit/scope", `no local ${symbol.name}`);
  }

  /** Whether what a target variable reads is a pointer. */
  isPointer(use: TargetUse): boolean {
    if (use.kind === "access") return this.module.program.plans[use.plan]?.pointer === true;
    const resolved = this.probe?.resolved;
    const plan = use.kind === "plan" ? use.plan : use.kind === "saved" ? resolved?.entryPlans[use.entry] : undefined;
    return plan !== undefined && resolved?.plans[plan]?.pointer === true;
  }

  /** A temporary, declared at the top of the function. */
  temporary(): string {
    const name = `t_${this.temporaries.length}`;
    this.temporaries.push(name);
    return name;
  }

  /** What a loop over an array moves, declared by the loop. */
  cursor(): string {
    return `a_${this.#walks++}`;
  }

  /** The error of a catch clause. */
  caught(): string {
    return `e_${this.#catches++}`;
  }

  symbolOf(node: Name | Call): ProgramSymbol {
    return this.module.program.symbols.get(node) ?? bug("emit/scope", `no symbol for ${node.name}`);
  }

  /** The symbol of an array or of an aggregate. */
  globalOf(node: Name): GlobalSymbol {
    const symbol = this.symbolOf(node);
    return symbol.kind === "global" ? symbol : bug("emit/scope", `${node.name} is not a global`);
  }
}

/** Gives every name once: the second `x` is `x$2`. */
class Names {
  readonly #taken = new Set<string>();

  take(name: string): string {
    const base = name.replace(/[^A-Za-z0-9_$]/g, "_");
    let unique = base;
    for (let n = 2; this.#taken.has(unique); n++) unique = `${base}$${n}`;
    this.#taken.add(unique);
    return unique;
  }
}
