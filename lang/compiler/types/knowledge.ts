/**
 * What inference has learned: the types of names, of keys, and of each mention of a name.
 *
 * Made by infer.ts for one run over the script. Every type is learned once and never changes; whoever asks for one
 * that is not known yet is a step of rules (see steps.ts), which is taken again when it becomes known.
 */
import type { ValueType } from "../../../abi/values.ts";
import type { Loc } from "../../../base/source.ts";
import type { Expression } from "../../ast.ts";
import type { Compilation } from "../compilation.ts";
import type { GlobalSymbol, ProgramSymbol } from "../program.ts";

export type Type = ValueType | "unknown";

/** What is known of a name, a key, a parameter or the value of a function. */
export interface Knowledge {
  type: Type;
  /** The place that said so. */
  site?: Loc;
  /** It was complained about, which happens once. */
  blamed?: boolean;
  readonly name: string;
  /** The steps that asked before the type was known. */
  readonly askers: Set<number>;
}

export class TypeKnowledge {
  /** The step that is being taken; `dirty` tells which must be taken again. */
  step = 0;
  readonly dirty: Uint8Array;
  readonly #symbols = new Map<ProgramSymbol, Knowledge>();
  readonly #keys = new Map<GlobalSymbol, readonly Knowledge[]>();
  readonly #mentions = new Map<Expression, Type>();

  constructor(c: Compilation, steps: number) {
    this.dirty = new Uint8Array(steps).fill(1);
    for (const { parameters, item } of c.functions) {
      for (const [i, parameter] of parameters.entries()) {
        const type = item.parameters[i]?.type;
        if (type) this.#symbols.set(parameter, { ...unknown(parameter.name), type, site: parameter.loc });
      }
    }
  }

  of(symbol: ProgramSymbol): Knowledge {
    let known = this.#symbols.get(symbol);
    if (!known) {
      known = { ...unknown(symbol.name), ...declared(symbol) };
      this.#symbols.set(symbol, known);
    }
    if (known.type === "unknown") known.askers.add(this.step);
    return known;
  }

  /** Of an array with `count` keys; nothing when it has another number of them, which is told elsewhere. */
  keysOf(symbol: GlobalSymbol, count: number): readonly Knowledge[] {
    let keys = this.#keys.get(symbol);
    if (!keys) {
      keys = symbol.keys.map((type, i) => ({ ...unknown(`${symbol.name}[${i}]`), type }));
      this.#keys.set(symbol, keys);
    }
    for (const key of keys) if (key.type === "unknown") key.askers.add(this.step);
    return keys.length === count ? keys : [];
  }

  typeOf(e: Expression): Type {
    if (e.kind === "number") return "long";
    return e.kind === "string" ? "string" : (this.#mentions.get(e) ?? "unknown");
  }

  /** The mention `e` is of `type`; its surroundings, which are of the same step, look again. */
  learn(e: Expression, type: Type): void {
    if (type === "unknown" || this.typeOf(e) !== "unknown") return;
    this.#mentions.set(e, type);
    this.dirty[this.step] = 1;
  }

  teach(known: Knowledge, type: Type, loc: Loc): void {
    if (type === "unknown" || known.type !== "unknown") return;
    known.type = type;
    known.site = loc;
    for (const step of known.askers) this.dirty[step] = 1;
    known.askers.clear();
  }
}

function unknown(name: string): Knowledge {
  return { type: "unknown", name, askers: new Set() };
}

/** What a declaration says, or an earlier run found out. */
function declared(symbol: ProgramSymbol): Pick<Knowledge, "type" | "site" | "blamed"> {
  switch (symbol.kind) {
    case "global":
      return {
        blamed: symbol.misused === true,
        ...(symbol.item.init
          ? { type: symbol.item.init.kind === "number" ? "long" : "string", site: symbol.item.loc }
          : { type: symbol.type }),
      };
    case "function":
      return symbol.item.returns ? { type: symbol.item.returns, site: symbol.item.loc } : { type: "unknown" };
    case "local":
      return { type: symbol.type };
    case "builtin":
      return { type: "unknown" };
  }
}
