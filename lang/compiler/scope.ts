/**
 * The names of a script: globals, functions and builtins, and who may see them.
 *
 * Filled by the collect and pull-tapsets passes, asked by resolve-names. A private name is seen only in its own
 * file; a script's function hides a library's and a builtin of the same name.
 */
import { builtins } from "../../abi/builtins.ts";
import { parsePrototype } from "../../abi/values.ts";
import type { Source } from "../../base/source.ts";
import type { FunctionItem, GlobalItem } from "../ast.ts";
import type { BuiltinSymbol, FunctionSymbol, GlobalSymbol, LocalSymbol } from "./program.ts";

export class Scope {
  readonly #globals = new Table<GlobalSymbol>();
  readonly #functions = new Table<FunctionSymbol>();
  readonly #builtins = new Map<string, BuiltinSymbol>();

  /** The earlier global or function that the new one collides with, if any. */
  addGlobal(item: GlobalItem): GlobalItem | undefined {
    return this.#globals.add(makeGlobal(item))?.item;
  }

  addFunction(item: FunctionItem): FunctionItem | undefined {
    return this.#functions.add(makeFunction(item))?.item;
  }

  findGlobal(name: string, from: Source): GlobalSymbol | undefined {
    return this.#globals.find(name, from);
  }

  findFunction(name: string, from: Source): FunctionSymbol | BuiltinSymbol | undefined {
    const found = this.#functions.find(name, from);
    if (found) return found;
    if (!Object.hasOwn(builtins, name)) return undefined;
    let builtin = this.#builtins.get(name);
    if (!builtin) {
      builtin = { kind: "builtin", name, prototype: parsePrototype(builtins[name] ?? "") };
      this.#builtins.set(name, builtin);
    }
    return builtin;
  }

  get globals(): readonly GlobalSymbol[] {
    return this.#globals.all;
  }

  get functions(): readonly FunctionSymbol[] {
    return this.#functions.all;
  }

  functionNames(): readonly string[] {
    return [...this.#functions.all.map((item) => item.name), ...Object.keys(builtins)];
  }
}

interface Declared {
  readonly name: string;
  readonly item: GlobalItem | FunctionItem;
}

/** Names with their visibility, in order of declaration. */
class Table<S extends Declared> {
  readonly all: S[] = [];
  readonly #public = new Map<string, S>();
  readonly #private = new Map<Source, Map<string, S>>();

  /** The symbol that has the name already and is not hidden by the new one. */
  add(symbol: S): S | undefined {
    const source = symbol.item.loc.source;
    if (symbol.item.private) {
      const own = this.#private.get(source) ?? new Map<string, S>();
      this.#private.set(source, own);
      const publicOne = this.#public.get(symbol.name);
      const clash = own.get(symbol.name) ?? (publicOne?.item.loc.source === source ? publicOne : undefined);
      if (clash) return clash;
      own.set(symbol.name, symbol);
    } else {
      const clash = this.#private.get(source)?.get(symbol.name) ?? this.#public.get(symbol.name);
      const library = source.role === "tapset" && clash?.item.loc.source.role === "user";
      if (clash && !library) return clash;
      if (!clash) this.#public.set(symbol.name, symbol);
    }
    this.all.push(symbol);
    return undefined;
  }

  find(name: string, from: Source): S | undefined {
    return this.#private.get(from)?.get(name) ?? this.#public.get(name);
  }
}

function makeGlobal(item: GlobalItem): GlobalSymbol {
  return { kind: "global", name: item.name, item, index: -1, type: "unknown", keys: [], read: false, written: false };
}

function makeFunction(item: FunctionItem): FunctionSymbol {
  const parameters = item.parameters.map(
    (parameter): LocalSymbol => ({ kind: "local", name: parameter.name, type: parameter.type ?? "unknown" }),
  );
  const returns = item.returns ?? "unknown";
  return { kind: "function", name: item.name, item, parameters, locals: [], returns, recursive: false };
}
