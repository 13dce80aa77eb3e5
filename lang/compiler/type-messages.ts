/**
 * Where a script with a conflict of types is wrong: the places at which the reference translator points.
 *
 * infer-types finds out that types do not agree, in one walk; it cannot say which of two places is the wrong one.
 * The reference goes over all bodies again and again, each mention of a name learns its type from around it, and the
 * name learns from its mentions one round later; when a round teaches nothing it goes over them once more and
 * complains. This does the same, for scripts that are refused, so its cost does not matter for others; the number
 * of rounds is bounded. A name is complained about once.
 */
import type { ValueType } from "../../abi/values.ts";
import { Diagnostics } from "../../base/diagnostics.ts";
import type { Loc } from "../../base/source.ts";
import type { Expression, ForeachStatement, Print, Statement, Wildcard } from "../ast.ts";
import { childrenOf } from "../visit.ts";
import type { Compilation } from "./compilation.ts";
import { embeddedType } from "./embedded/markers.ts";
import { formatArguments } from "./format-arguments.ts";
import { bodiesOf } from "./passes/bodies.ts";
import { mangledName } from "./print-program.ts";
import { candidates, type FunctionSymbol, type GlobalSymbol, type ProgramSymbol } from "./program.ts";

/** More than scripts need; a chain of names that each learn from the next takes a round a link. */
const MOST_ROUNDS = 60;

type Type = ValueType | "unknown";

/** What is known of a name, a key, a parameter or the value of a function. */
interface Knowledge {
  type: Type;
  site?: Loc;
  blamed?: boolean;
  readonly name: string;
}

/** Complains into `diagnostics`; nothing there means that the reference has no objection in its pass 2. */
export function explainTypes(c: Compilation, diagnostics: Diagnostics): void {
  const told = new Diagnostics();
  const { conflict, unknowns } = new Rounds(c, told).run();
  // Where types conflict, what is unknown may be known once that is put right.
  for (const item of told.items) if (!conflict || !unknowns.has(item.message)) diagnostics.add(item);
}

class Rounds {
  readonly #c: Compilation;
  readonly #diagnostics: Diagnostics;
  readonly #symbols = new Map<ProgramSymbol, Knowledge>();
  readonly #keys = new Map<GlobalSymbol, Knowledge[]>();
  readonly #mentions = new Map<Expression, Type>();
  #conflicting = false;
  readonly #unknowns = new Set<string>();
  #learned = false;
  #last = false;
  #within: FunctionSymbol | undefined;

  constructor(c: Compilation, diagnostics: Diagnostics) {
    this.#c = c;
    this.#diagnostics = diagnostics;
    for (const { parameters, item } of c.functions) {
      for (const [i, parameter] of parameters.entries()) {
        const type = item.parameters[i]?.type;
        if (type) this.#symbols.set(parameter, { type, site: parameter.loc, name: parameter.name });
      }
    }
  }

  /** Whether types conflict, and the messages about types that are unknown. */
  run(): { readonly conflict: boolean; readonly unknowns: ReadonlySet<string> } {
    for (let round = 0; round < MOST_ROUNDS; round++) {
      this.#learned = false;
      this.#round();
      if (!this.#learned) break;
    }
    this.#last = true;
    this.#round();
    return { conflict: this.#conflicting, unknowns: this.#unknowns };
  }

  #round(): void {
    const owners = bodiesOf(this.#c);
    const key = (symbol: FunctionSymbol | undefined): string => (symbol ? mangledName(symbol) : "~");
    for (const owner of [...owners].sort((a, b) =>
      key(a.function) < key(b.function) ? -1 : key(a.function) > key(b.function) ? 1 : 0,
    )) {
      this.#within = owner.function;
      this.#statement(owner.body);
      for (const local of owner.locals) this.#mustBeKnown(this.#of(local), local.loc);
    }
    for (const symbol of this.#c.globals) this.#mustBeKnown(this.#of(symbol), symbol.item.loc);
  }

  // ---- what is known ----

  #of(symbol: ProgramSymbol): Knowledge {
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

  #keysOf(symbol: GlobalSymbol, count: number): Knowledge[] {
    let keys = this.#keys.get(symbol);
    if (!keys) {
      keys = Array.from({ length: count }, (_, i) => ({ type: "unknown" as const, name: `${symbol.name}[${i}]` }));
      this.#keys.set(symbol, keys);
    }
    return keys;
  }

  #typeOf(e: Expression): Type {
    if (e.kind === "number") return "long";
    return e.kind === "string" ? "string" : (this.#mentions.get(e) ?? "unknown");
  }

  #learn(e: Expression, type: Type): void {
    if (type === "unknown" || this.#typeOf(e) !== "unknown") return;
    this.#mentions.set(e, type);
    this.#learned = true;
  }

  #teach(known: Knowledge, type: Type, loc: Loc): void {
    if (type === "unknown" || known.type !== "unknown") return;
    known.type = type;
    known.site = loc;
    this.#learned = true;
  }

  // ---- complaints ----

  #mustBeKnown(known: Knowledge, loc: Loc): void {
    if (known.type === "unknown") this.#unresolved(known.name, loc, known);
  }

  #unresolved(name: string, loc: Loc, known?: Knowledge): void {
    if (!this.#last || known?.blamed) return;
    if (known) known.blamed = true;
    const message = name === "" ? "unresolved type" : `unresolved type of '${name}'`;
    this.#diagnostics.error("sem-type", message, loc);
    this.#unknowns.add(message);
  }

  #conflict(loc: Loc, found: Type, wanted: Type, known?: Knowledge): void {
    if (!this.#last || known?.blamed) return;
    if (known) known.blamed = true;
    this.#conflicting = true;
    const site = known?.site;
    const related = site && site !== loc ? [{ message: `first known as ${known.type} here`, loc: site }] : [];
    this.#diagnostics.error("sem-type", `type mismatch: ${found} here, ${wanted} wanted`, loc, { related });
  }

  #wholeStatistic(loc: Loc): void {
    if (!this.#last) return;
    this.#diagnostics.error("sem-type", "a statistic has no value by itself", loc, {
      hints: ["Read it with @count, @sum, @min, @max or @avg, add to it with <<<."],
    });
  }

  // ---- statements ----

  #statement(n: Statement): void {
    switch (n.kind) {
      case "expression-statement":
        this.#visit(n.expression, "unknown");
        return;
      case "if":
      case "while":
        this.#visit(n.condition, "long");
        break;
      case "for":
        if (n.init) this.#visit(n.init, "unknown");
        if (n.condition) this.#visit(n.condition, "long");
        if (n.step) this.#visit(n.step, "unknown");
        this.#statement(n.body);
        return;
      case "foreach":
        this.#foreach(n);
        this.#statement(n.body);
        return;
      case "return":
        if (n.value && this.#within) this.#return(n.value, this.#of(this.#within));
        return;
      case "delete":
        this.#visit(n.target, "unknown");
        return;
      case "try":
        this.#statement(n.body);
        if (n.variable) this.#visit(n.variable, "string");
        this.#statement(n.handler);
        return;
      default:
    }
    for (const child of childrenOf(n)) if (isStatement(child)) this.#statement(child);
  }

  #return(value: Expression, known: Knowledge): void {
    this.#visit(value, known.type);
    const type = this.#typeOf(value);
    if (type === "stats") this.#wholeStatistic(value.loc);
    else this.#teach(known, type, value.loc);
  }

  #foreach(n: ForeachStatement): void {
    if (n.array.kind !== "name") {
      this.#visit(n.array, "unknown");
      for (const name of n.value ? [...n.keys, n.value] : n.keys) this.#visit(name, "long");
    } else {
      const symbol = this.#c.symbols.get(n.array);
      if (symbol?.kind === "global") {
        const keys = this.#keysOf(symbol, n.keys.length);
        this.#matchKeys(n.keys, keys);
        if (n.slice) this.#matchKeys(n.slice, keys);
        this.#mention(n.array, this.#of(symbol), "unknown");
        if (n.value) this.#walkedValue(n.value, this.#of(symbol).type);
      }
    }
    if (n.limit) this.#visit(n.limit, "long");
  }

  #walkedValue(value: Expression, type: Type): void {
    if (type !== "stats") {
      this.#visit(value, type);
      return;
    }
    this.#wholeStatistic(value.loc);
    const symbol = this.#c.symbols.get(value);
    if (symbol && this.#last) this.#of(symbol).blamed = true;
  }

  #matchKeys(indexes: readonly (Expression | Wildcard)[], keys: readonly Knowledge[]): void {
    for (const [i, index] of indexes.entries()) {
      const key = keys[i];
      if (index.kind === "wildcard" || !key) continue;
      this.#visit(index, key.type);
      const type = this.#typeOf(index);
      if (type === "stats") this.#wholeStatistic(index.loc);
      else this.#teach(key, type, index.loc);
    }
  }

  // ---- expressions ----

  /** `wanted`: what the surroundings need. */
  #visit(e: Expression, wanted: Type): void {
    switch (e.kind) {
      case "number":
        this.#gives(e, "long", wanted);
        return;
      case "string":
        this.#gives(e, "string", wanted);
        return;
      case "name": {
        const symbol = this.#c.symbols.get(e);
        if (symbol) this.#mention(e, this.#of(symbol), wanted);
        return;
      }
      case "index": {
        const symbol = this.#c.symbols.get(e.array);
        if (symbol?.kind !== "global") return;
        this.#mention(e, this.#of(symbol), wanted);
        this.#matchKeys(e.indexes, this.#keysOf(symbol, e.indexes.length));
        return;
      }
      case "in": {
        const symbol = this.#c.symbols.get(e.array);
        if (symbol?.kind === "global") {
          this.#mention(e.array, this.#of(symbol), "unknown");
          this.#matchKeys(e.indexes, this.#keysOf(symbol, e.indexes.length));
        }
        this.#gives(e, "long", wanted);
        return;
      }
      case "call":
        this.#call(e, wanted);
        return;
      case "print":
        this.#print(e, wanted);
        return;
      case "ternary": {
        const type = wanted === "unknown" ? this.#typeOf(e) : wanted;
        this.#visit(e.condition, "long");
        this.#visit(e.then, type);
        this.#visit(e.otherwise, type);
        const found = this.#typeOf(e.then);
        this.#learn(e, type !== "unknown" ? type : found !== "unknown" ? found : this.#typeOf(e.otherwise));
        return;
      }
      case "assignment":
        this.#assignment(e, wanted);
        return;
      case "binary":
        this.#binary(e, wanted);
        return;
      case "unary":
      case "increment":
        this.#visit(e.operand, "long");
        this.#gives(e, "long", wanted);
        return;
      case "regex":
        this.#visit(e.left, "string");
        this.#gives(e, "long", wanted);
        return;
      case "stat":
        this.#statistic(e.operand, e.operator);
        this.#gives(e, "long", wanted);
        return;
      case "histogram":
        this.#statistic(e.operand, e.operator);
        return;
      case "bucket":
        this.#visit(e.histogram, "unknown");
        this.#visit(e.index, "long");
        this.#gives(e, "long", wanted);
        return;
      case "embedded":
        this.#gives(e, embeddedType(e), wanted);
        return;
      default:
        this.#rest(e, wanted);
        return;
    }
  }

  #statistic(operand: Expression, operator: string): void {
    const name = operand.kind === "index" ? operand.array : operand;
    const symbol = name.kind === "name" ? this.#c.symbols.get(name) : undefined;
    if (symbol?.kind === "global") this.#visit(operand, "stats");
    const known = symbol && symbol.kind !== "global" ? this.#of(symbol) : undefined;
    if (!this.#last || !known || known.blamed) return;
    known.blamed = true;
    this.#diagnostics.error("sem-type", `${operator} needs a global statistic`, operand.loc);
  }

  /** Target variables and the remaining @words, whose types are no question. */
  #rest(e: Expression, wanted: Type): void {
    for (const child of childrenOf(e)) {
      if (child.kind === "element") this.#visit(child.index, "long");
      else if (child.kind !== "member" && child.kind !== "pretty") this.#visit(child as Expression, "unknown");
    }
    const type = this.#c.types.get(e);
    if (type === "long" || type === "string") this.#gives(e, type, wanted);
  }

  /** An expression whose type is known whatever its operands are. */
  #gives(e: Expression, type: ValueType, wanted: Type): void {
    this.#learn(e, type);
    if (wanted !== "unknown" && wanted !== type) this.#conflict(e.loc, type, wanted);
  }

  /** A mention learns from its surroundings before it learns from its name, and teaches the name a round later. */
  #mention(e: Expression, known: Knowledge, wanted: Type, mayBeVoid = false): void {
    const own = this.#typeOf(e);
    const loc = e.loc;
    if (own !== "unknown" && own === known.type && (wanted === "unknown" || wanted === own)) return;
    if (own !== "unknown" && known.type !== "unknown" && own !== known.type)
      this.#conflict(loc, own, known.type, known);
    else if (own !== "unknown" && wanted !== "unknown" && own !== wanted) this.#conflict(loc, own, wanted, known);
    else if (known.type !== "unknown" && wanted !== "unknown" && known.type !== wanted) {
      this.#conflict(loc, wanted, known.type, known);
    } else if (own === "unknown" && wanted !== "unknown") this.#learn(e, wanted);
    else if (own === "unknown" && known.type !== "unknown") this.#learn(e, known.type);
    else if (own !== "unknown") this.#teach(known, own, loc);
    else if (!mayBeVoid) this.#unresolved(known.name, loc, known);
  }

  #call(e: Expression & { kind: "call" }, wanted: Type): void {
    const symbol = this.#c.symbols.get(e);
    if (symbol?.kind !== "function" && symbol?.kind !== "builtin") return;
    for (const one of candidates(symbol)) {
      if (one.kind === "builtin") {
        for (const [i, argument] of e.arguments.entries()) this.#visit(argument, one.prototype.parameters[i] ?? "long");
        if (one.prototype.result !== "void") this.#gives(e, one.prototype.result, wanted);
        continue;
      }
      this.#mention(e, this.#of(one), wanted, true);
      for (const [i, argument] of e.arguments.entries()) {
        const parameter = one.parameters[i];
        if (!parameter) continue;
        const known = this.#of(parameter);
        this.#visit(argument, known.type);
        const type = this.#typeOf(argument);
        if (type === "stats") this.#wholeStatistic(argument.loc);
        else this.#teach(known, type, argument.loc);
      }
    }
  }

  #print(e: Print, wanted: Type): void {
    const types = e.format && formatArguments(e.format, this.#diagnostics);
    let unresolved = false;
    for (const [i, argument] of e.arguments.entries()) {
      this.#visit(argument, types?.[i] ?? "unknown");
      if (this.#typeOf(argument) !== "unknown" || argument.kind === "histogram") continue;
      unresolved = true;
      if (argument.kind === "call") this.#unresolved(argument.name, argument.loc);
    }
    if (!unresolved && e.name.startsWith("s")) this.#gives(e, "string", wanted);
  }

  #binary(e: Expression & { kind: "binary" }, wanted: Type): void {
    switch (e.operator) {
      case ".":
        this.#visit(e.left, "string");
        this.#visit(e.right, "string");
        this.#gives(e, "string", wanted);
        return;
      case "<":
      case ">":
      case "<=":
      case ">=":
      case "==":
      case "!=": {
        const before = this.#diagnostics.items.length;
        this.#visit(e.left, this.#typeOf(e.right));
        if (this.#diagnostics.items.length === before) this.#visit(e.right, this.#typeOf(e.left));
        this.#gives(e, "long", wanted);
        return;
      }
      default:
        this.#visit(e.left, "long");
        this.#visit(e.right, "long");
        this.#gives(e, "long", wanted);
        return;
    }
  }

  #assignment(e: Expression & { kind: "assignment" }, wanted: Type): void {
    if (e.operator === "<<<") {
      this.#statistic(e.target, e.operator);
      this.#visit(e.value, "long");
      this.#gives(e, "long", wanted);
      return;
    }
    if (e.operator !== "=") {
      const type = e.operator === ".=" ? "string" : "long";
      this.#visit(e.target, type);
      this.#visit(e.value, type);
      this.#gives(e, type, wanted);
      return;
    }
    const known = wanted === "unknown" ? this.#typeOf(e) : wanted;
    if (this.#typeOf(e.value) === "stats") this.#wholeStatistic(e.value.loc);
    const before = this.#diagnostics.items.length;
    this.#visit(e.target, known !== "unknown" ? known : this.#typeOf(e.value));
    if (this.#diagnostics.items.length === before)
      this.#visit(e.value, known !== "unknown" ? known : this.#typeOf(e.target));
    this.#learn(e, known !== "unknown" ? known : this.#typeOf(e.target));
  }
}

const statementKinds: ReadonlySet<string> = new Set<Statement["kind"]>([
  "block",
  "expression-statement",
  "if",
  "while",
  "for",
  "foreach",
  "return",
  "delete",
  "try",
]);

function isStatement(n: { readonly kind: string }): n is Statement {
  return statementKinds.has(n.kind);
}
