/**
 * The names of a script: globals, functions and builtins, and who may see them.
 *
 * Filled by the collect and pull-tapsets passes, asked by resolve-names. A private name is seen only in its own
 * file. Functions of one name are overloads: those of equal arity form a chain in order of priority (user 0,
 * library and builtins 1, or what the declaration says), then of declaration, the library before the user.
 */
import { builtins } from "../../abi/builtins.ts";
import { parsePrototype } from "../../abi/values.ts";
import type { Source } from "../../base/source.ts";
import type { FunctionItem, GlobalItem } from "../ast.ts";
import type { BuiltinSymbol, FunctionSymbol, GlobalSymbol, LocalSymbol } from "./program.ts";

type Candidate = FunctionSymbol | BuiltinSymbol;

export class Scope {
  readonly #globals = new Globals();
  readonly #functions: FunctionSymbol[] = [];
  readonly #byName = new Map<string, FunctionSymbol[]>();
  readonly #builtins = new Map<string, readonly BuiltinSymbol[]>();
  /** The symbols of one function that stand in different chains; nearly always one. */
  readonly #linked = new Map<FunctionItem, FunctionSymbol[]>();

  /** The earlier global that the new one collides with, if any. */
  addGlobal(item: GlobalItem): GlobalItem | undefined {
    return this.#globals.add(item);
  }

  addFunction(item: FunctionItem): void {
    const named = this.#byName.get(item.name) ?? [];
    this.#byName.set(item.name, named);
    const symbol = makeFunction(item, named.length);
    named.push(symbol);
    const before = this.#findBuiltins(item.name).length;
    for (const [i, one] of [...named].sort((a, b) => age(a) - age(b)).entries()) one.overload = before + i;
    this.#functions.push(symbol);
  }

  findGlobal(name: string, from: Source): GlobalSymbol | undefined {
    return this.#globals.find(name, from);
  }

  /** All functions of a name that a file sees, whatever their arity, in the order in which a call tries them. */
  findFunctions(name: string, from: Source): readonly Candidate[] {
    const seen: Candidate[] = (this.#byName.get(name) ?? []).filter(
      (f) => !f.item.private || f.item.loc.source === from,
    );
    seen.push(...this.#findBuiltins(name));
    // A stable sort: equal ones stay in order of declaration, less that the library was declared first.
    return seen.sort((a, b) => priority(a) - priority(b) || age(a) - age(b));
  }

  /**
   * The first of the candidates of a call; the others hang on it by `next`. The same candidates of the same name
   * give the same symbol: only where a private function stands in between do two files see different chains, and
   * then a function that is in both gets a second symbol.
   */
  chain(seen: readonly Candidate[]): Candidate | undefined {
    const builtin = seen.findIndex((candidate) => candidate.kind === "builtin");
    const reached = builtin < 0 ? seen : seen.slice(0, builtin + 1);
    let next: Candidate | undefined;
    for (const candidate of [...reached].reverse())
      next = candidate.kind === "builtin" ? candidate : this.#link(candidate, next);
    return next;
  }

  get globals(): readonly GlobalSymbol[] {
    return this.#globals.all;
  }

  get functions(): readonly FunctionSymbol[] {
    return this.#functions;
  }

  functionNames(): readonly string[] {
    return [...this.#functions.map((item) => item.name), ...Object.keys(builtins)];
  }

  #link(symbol: FunctionSymbol, next: Candidate | undefined): FunctionSymbol {
    const linked = this.#linked.get(symbol.item) ?? [];
    const known = linked.find((item) => item.next === next);
    if (known) return known;
    const fresh = linked.length === 0 ? symbol : makeFunction(symbol.item, symbol.overload);
    if (next) fresh.next = next;
    this.#linked.set(symbol.item, [...linked, fresh]);
    return fresh;
  }

  /** A builtin with optional parameters is one function for each number of them. */
  #findBuiltins(name: string): readonly BuiltinSymbol[] {
    if (!Object.hasOwn(builtins, name)) return [];
    let found = this.#builtins.get(name);
    if (!found) {
      const { result, parameters, names, required } = parsePrototype(builtins[name] ?? "");
      found = Array.from({ length: parameters.length - required + 1 }, (_, i): BuiltinSymbol => {
        const count = required + i;
        const prototype = {
          result,
          parameters: parameters.slice(0, count),
          names: names.slice(0, count),
          required: count,
        };
        return { kind: "builtin", name, prototype };
      });
      this.#builtins.set(name, found);
    }
    return found;
  }
}

function priority(candidate: Candidate): number {
  if (candidate.kind === "builtin") return 1;
  return candidate.item.priority ?? (candidate.item.loc.source.role === "user" ? 0 : 1);
}

/** Before all of the user's stands what the library has. */
function age(candidate: Candidate): number {
  return candidate.kind === "builtin" || candidate.item.loc.source.role === "tapset" ? 0 : 1;
}

/** Globals with their visibility, in order of declaration. */
class Globals {
  readonly all: GlobalSymbol[] = [];
  readonly #public = new Map<string, GlobalSymbol>();
  readonly #private = new Map<Source, Map<string, GlobalSymbol>>();

  /** What has the name already: in the same file whatever its visibility, in another one unless it is private. */
  add(item: GlobalItem): GlobalItem | undefined {
    const { source } = item.loc;
    const own = this.#private.get(source) ?? new Map<string, GlobalSymbol>();
    this.#private.set(source, own);
    const shared = this.#public.get(item.name);
    const clash = own.get(item.name) ?? (!item.private || shared?.item.loc.source === source ? shared : undefined);
    const hidden = source.role === "tapset" && clash?.item.loc.source.role === "user";
    if (clash && !hidden) return clash.item;
    const symbol = makeGlobal(item);
    if (item.private) own.set(item.name, symbol);
    else if (!clash) this.#public.set(item.name, symbol);
    this.all.push(symbol);
    return undefined;
  }

  find(name: string, from: Source): GlobalSymbol | undefined {
    return this.#private.get(from)?.get(name) ?? this.#public.get(name);
  }
}

function makeGlobal(item: GlobalItem): GlobalSymbol {
  return { kind: "global", name: item.name, item, index: -1, type: "unknown", keys: [], read: false, written: false };
}

function makeFunction(item: FunctionItem, overload: number): FunctionSymbol {
  const parameters = item.parameters.map(
    (parameter): LocalSymbol => ({
      kind: "local",
      name: parameter.name,
      loc: parameter.loc,
      type: parameter.type ?? "unknown",
    }),
  );
  const returns = item.returns ?? "unknown";
  return { kind: "function", name: item.name, item, parameters, locals: [], returns, recursive: false, overload };
}
