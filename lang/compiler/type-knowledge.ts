/**
 * What type-messages has learned of each name and each mention of it, and the complaints about what does not fit.
 *
 * Nothing is complained about before the last round, and about a name once.
 */
import type { ValueType } from "../../abi/values.ts";
import type { Diagnostics } from "../../base/diagnostics.ts";
import type { Loc } from "../../base/source.ts";
import type { Expression } from "../ast.ts";
import type { Compilation } from "./compilation.ts";
import type { GlobalSymbol, ProgramSymbol } from "./program.ts";

export type Type = ValueType | "unknown";

/** What is known of a name, a key, a parameter or the value of a function. */
export interface Knowledge {
  type: Type;
  site?: Loc;
  blamed?: boolean;
  readonly name: string;
}

export class TypeKnowledge {
  /** Something was learned since this was last set to false. */
  learned = false;
  /** From now on complaints are made. */
  last = false;
  conflicting = false;
  /** The messages about types that are unknown. */
  readonly unknowns = new Set<string>();
  readonly #diagnostics: Diagnostics;
  readonly #symbols = new Map<ProgramSymbol, Knowledge>();
  readonly #keys = new Map<GlobalSymbol, Knowledge[]>();
  readonly #mentions = new Map<Expression, Type>();

  constructor(c: Compilation, diagnostics: Diagnostics) {
    this.#diagnostics = diagnostics;
    for (const { parameters, item } of c.functions) {
      for (const [i, parameter] of parameters.entries()) {
        const type = item.parameters[i]?.type;
        if (type) this.#symbols.set(parameter, { type, site: parameter.loc, name: parameter.name });
      }
    }
  }

  // ---- what is known ----

  of(symbol: ProgramSymbol): Knowledge {
    let known = this.#symbols.get(symbol);
    if (!known) {
      known = { type: "unknown", name: symbol.name };
      if (symbol.kind === "global" && symbol.item.init) {
        known.type = symbol.item.init.kind === "number" ? "long" : "string";
        known.site = symbol.item.loc;
      }
      if (symbol.kind === "function" && symbol.item.returns)
        known = { ...known, type: symbol.item.returns, site: symbol.item.loc };
      this.#symbols.set(symbol, known);
    }
    return known;
  }

  keysOf(symbol: GlobalSymbol, count: number): Knowledge[] {
    let keys = this.#keys.get(symbol);
    if (!keys) {
      keys = Array.from({ length: count }, (_, i) => ({ type: "unknown" as const, name: `${symbol.name}[${i}]` }));
      this.#keys.set(symbol, keys);
    }
    return keys;
  }

  typeOf(e: Expression): Type {
    if (e.kind === "number") return "long";
    return e.kind === "string" ? "string" : (this.#mentions.get(e) ?? "unknown");
  }

  learn(e: Expression, type: Type): void {
    if (type === "unknown" || this.typeOf(e) !== "unknown") return;
    this.#mentions.set(e, type);
    this.learned = true;
  }

  teach(known: Knowledge, type: Type, loc: Loc): void {
    if (type === "unknown" || known.type !== "unknown") return;
    known.type = type;
    known.site = loc;
    this.learned = true;
  }

  // ---- complaints ----

  mustBeKnown(known: Knowledge, loc: Loc): void {
    if (known.type === "unknown") this.unresolved(known.name, loc, known);
  }

  unresolved(name: string, loc: Loc, known?: Knowledge): void {
    if (!this.last || known?.blamed) return;
    if (known) known.blamed = true;
    const message = name === "" ? "unresolved type" : `unresolved type of '${name}'`;
    this.#diagnostics.error("sem-type", message, loc);
    this.unknowns.add(message);
  }

  conflict(loc: Loc, found: Type, wanted: Type, known?: Knowledge): void {
    if (!this.last || known?.blamed) return;
    if (known) known.blamed = true;
    this.conflicting = true;
    const site = known?.site;
    const related = site && site !== loc ? [{ message: `first known as ${known.type} here`, loc: site }] : [];
    this.#diagnostics.error("sem-type", `type mismatch: ${found} here, ${wanted} wanted`, loc, { related });
  }

  wholeStatistic(loc: Loc): void {
    if (!this.last) return;
    this.#diagnostics.error("sem-type", "a statistic has no value by itself", loc, {
      hints: ["Read it with @count, @sum, @min, @max or @avg, add to it with <<<."],
    });
  }

  needsGlobal(symbol: ProgramSymbol, operator: string, loc: Loc): void {
    const known = this.of(symbol);
    if (!this.last || known.blamed) return;
    known.blamed = true;
    this.#diagnostics.error("sem-type", `${operator} needs a global statistic`, loc);
  }

  /** How much has been complained about. */
  get complaints(): number {
    return this.#diagnostics.items.length;
  }
}
