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
import type { Expression, ForeachStatement, Print, Statement, Wildcard } from "../ast.ts";
import { childrenOf } from "../visit.ts";
import type { Compilation } from "./compilation.ts";
import { embeddedType } from "./embedded/markers.ts";
import { formatArguments } from "./format-arguments.ts";
import { bodiesOf } from "./passes/bodies.ts";
import { mangledName } from "./print-program.ts";
import { candidates, type FunctionSymbol } from "./program.ts";
import { type Knowledge, type Type, TypeKnowledge } from "./type-knowledge.ts";

/** More than scripts need; a chain of names that each learn from the next takes a round a link. */
const MOST_ROUNDS = 60;

/** Complains into `diagnostics`; nothing there means that the reference has no objection in its pass 2. */
export function explainTypes(c: Compilation, diagnostics: Diagnostics): void {
  const told = new Diagnostics();
  const { conflicting, unknowns } = new Rounds(c, told).run();
  // Where types conflict, what is unknown may be known once that is put right.
  for (const item of told.items) if (!conflicting || !unknowns.has(item.message)) diagnostics.add(item);
}

class Rounds {
  readonly #c: Compilation;
  readonly #known: TypeKnowledge;
  readonly #diagnostics: Diagnostics;
  #within: FunctionSymbol | undefined;

  constructor(c: Compilation, diagnostics: Diagnostics) {
    this.#c = c;
    this.#known = new TypeKnowledge(c, diagnostics);
    this.#diagnostics = diagnostics;
  }

  run(): TypeKnowledge {
    for (let round = 0; round < MOST_ROUNDS; round++) {
      this.#known.learned = false;
      this.#round();
      if (!this.#known.learned) break;
    }
    this.#known.last = true;
    this.#round();
    return this.#known;
  }

  #round(): void {
    const owners = bodiesOf(this.#c);
    const key = (symbol: FunctionSymbol | undefined): string => (symbol ? mangledName(symbol) : "~");
    for (const owner of [...owners].sort((a, b) =>
      key(a.function) < key(b.function) ? -1 : key(a.function) > key(b.function) ? 1 : 0,
    )) {
      this.#within = owner.function;
      this.#statement(owner.body);
      for (const local of owner.locals) this.#known.mustBeKnown(this.#known.of(local), local.loc);
    }
    for (const symbol of this.#c.globals) this.#known.mustBeKnown(this.#known.of(symbol), symbol.item.loc);
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
        if (n.value && this.#within) this.#return(n.value, this.#known.of(this.#within));
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
    const type = this.#known.typeOf(value);
    if (type === "stats") this.#known.wholeStatistic(value.loc);
    else this.#known.teach(known, type, value.loc);
  }

  #foreach(n: ForeachStatement): void {
    if (n.array.kind !== "name") {
      this.#visit(n.array, "unknown");
      for (const name of n.value ? [...n.keys, n.value] : n.keys) this.#visit(name, "long");
    } else {
      const symbol = this.#c.symbols.get(n.array);
      if (symbol?.kind === "global") {
        const keys = this.#known.keysOf(symbol, n.keys.length);
        this.#matchKeys(n.keys, keys);
        if (n.slice) this.#matchKeys(n.slice, keys);
        this.#mention(n.array, this.#known.of(symbol), "unknown");
        if (n.value) this.#walkedValue(n.value, this.#known.of(symbol).type);
      }
    }
    if (n.limit) this.#visit(n.limit, "long");
  }

  #walkedValue(value: Expression, type: Type): void {
    if (type !== "stats") {
      this.#visit(value, type);
      return;
    }
    this.#known.wholeStatistic(value.loc);
    const symbol = this.#c.symbols.get(value);
    if (symbol && this.#known.last) this.#known.of(symbol).blamed = true;
  }

  #matchKeys(indexes: readonly (Expression | Wildcard)[], keys: readonly Knowledge[]): void {
    for (const [i, index] of indexes.entries()) {
      const key = keys[i];
      if (index.kind === "wildcard" || !key) continue;
      this.#visit(index, key.type);
      const type = this.#known.typeOf(index);
      if (type === "stats") this.#known.wholeStatistic(index.loc);
      else this.#known.teach(key, type, index.loc);
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
        if (symbol) this.#mention(e, this.#known.of(symbol), wanted);
        return;
      }
      case "index": {
        const symbol = this.#c.symbols.get(e.array);
        if (symbol?.kind !== "global") return;
        this.#mention(e, this.#known.of(symbol), wanted);
        this.#matchKeys(e.indexes, this.#known.keysOf(symbol, e.indexes.length));
        return;
      }
      case "in": {
        const symbol = this.#c.symbols.get(e.array);
        if (symbol?.kind === "global") {
          this.#mention(e.array, this.#known.of(symbol), "unknown");
          this.#matchKeys(e.indexes, this.#known.keysOf(symbol, e.indexes.length));
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
        const type = wanted === "unknown" ? this.#known.typeOf(e) : wanted;
        this.#visit(e.condition, "long");
        this.#visit(e.then, type);
        this.#visit(e.otherwise, type);
        const found = this.#known.typeOf(e.then);
        this.#known.learn(e, type !== "unknown" ? type : found !== "unknown" ? found : this.#known.typeOf(e.otherwise));
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
    else if (symbol) this.#known.needsGlobal(symbol, operator, operand.loc);
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
    this.#known.learn(e, type);
    if (wanted !== "unknown" && wanted !== type) this.#known.conflict(e.loc, type, wanted);
  }

  /** A mention learns from its surroundings before it learns from its name, and teaches the name a round later. */
  #mention(e: Expression, known: Knowledge, wanted: Type, mayBeVoid = false): void {
    const own = this.#known.typeOf(e);
    const loc = e.loc;
    if (own !== "unknown" && own === known.type && (wanted === "unknown" || wanted === own)) return;
    if (own !== "unknown" && known.type !== "unknown" && own !== known.type)
      this.#known.conflict(loc, own, known.type, known);
    else if (own !== "unknown" && wanted !== "unknown" && own !== wanted) this.#known.conflict(loc, own, wanted, known);
    else if (known.type !== "unknown" && wanted !== "unknown" && known.type !== wanted) {
      this.#known.conflict(loc, wanted, known.type, known);
    } else if (own === "unknown" && wanted !== "unknown") this.#known.learn(e, wanted);
    else if (own === "unknown" && known.type !== "unknown") this.#known.learn(e, known.type);
    else if (own !== "unknown") this.#known.teach(known, own, loc);
    else if (!mayBeVoid) this.#known.unresolved(known.name, loc, known);
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
      this.#mention(e, this.#known.of(one), wanted, true);
      for (const [i, argument] of e.arguments.entries()) {
        const parameter = one.parameters[i];
        if (!parameter) continue;
        const known = this.#known.of(parameter);
        this.#visit(argument, known.type);
        const type = this.#known.typeOf(argument);
        if (type === "stats") this.#known.wholeStatistic(argument.loc);
        else this.#known.teach(known, type, argument.loc);
      }
    }
  }

  #print(e: Print, wanted: Type): void {
    const types = e.format && formatArguments(e.format, this.#diagnostics);
    let unresolved = false;
    for (const [i, argument] of e.arguments.entries()) {
      this.#visit(argument, types?.[i] ?? "unknown");
      if (this.#known.typeOf(argument) !== "unknown" || argument.kind === "histogram") continue;
      unresolved = true;
      if (argument.kind === "call") this.#known.unresolved(argument.name, argument.loc);
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
        const before = this.#known.complaints;
        this.#visit(e.left, this.#known.typeOf(e.right));
        if (this.#known.complaints === before) this.#visit(e.right, this.#known.typeOf(e.left));
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
    const known = wanted === "unknown" ? this.#known.typeOf(e) : wanted;
    if (this.#known.typeOf(e.value) === "stats") this.#known.wholeStatistic(e.value.loc);
    const before = this.#known.complaints;
    this.#visit(e.target, known !== "unknown" ? known : this.#known.typeOf(e.value));
    if (this.#known.complaints === before)
      this.#visit(e.value, known !== "unknown" ? known : this.#known.typeOf(e.target));
    this.#known.learn(e, known !== "unknown" ? known : this.#known.typeOf(e.target));
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
