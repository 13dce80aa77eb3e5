/**
 * The rules of types for expressions: what each kind needs of its parts, gives to its surroundings, and teaches names.
 *
 * `visit` is called by the steps of statements.ts, as often as something it asked for has become known. The rules, and
 * the order in which they look at things, are those of the reference translator, because they decide at which of
 * two places that do not agree a script is wrong: a mention of a name learns from its surroundings before it learns from
 * the name, and teaches the name the next time it is visited.
 */
import { limits } from "../../../base/limits.ts";
import type {
  Assignment,
  AtOperation,
  Binary,
  Call,
  Expression,
  Membership,
  Print,
  Ternary,
  Wildcard,
} from "../../ast.ts";
import type { Compilation } from "../compilation.ts";
import { embeddedGlobals, embeddedType } from "../embedded/markers.ts";
import { candidates, type FunctionSymbol, type GlobalSymbol } from "../program.ts";
import type { Complaints } from "./complaints.ts";
import { formatArguments } from "./format-arguments.ts";
import type { Knowledge, Type, TypeKnowledge } from "./knowledge.ts";

type Given = "long" | "string" | undefined;

export class ExpressionRules {
  readonly #c: Compilation;
  readonly #known: TypeKnowledge;
  readonly #complaints: Complaints;

  constructor(c: Compilation, known: TypeKnowledge, complaints: Complaints) {
    this.#c = c;
    this.#known = known;
    this.#complaints = complaints;
  }

  /** `wanted`: what the surroundings need. */
  visit(e: Expression, wanted: Type): void {
    const type = this.#rule(e, wanted);
    if (type) this.#gives(e, type, wanted);
  }

  /** The type of the kinds that have one whatever their operands are. */
  #rule(e: Expression, wanted: Type): Given {
    switch (e.kind) {
      case "number":
        return "long";
      case "string":
        return "string";
      case "name": {
        const symbol = this.#c.symbols.get(e);
        if (symbol) this.mention(e, this.#known.of(symbol), wanted);
        return undefined;
      }
      case "index": {
        const symbol = this.#global(e.array);
        if (!symbol) return undefined;
        this.mention(e, this.#known.of(symbol), wanted);
        this.matchKeys(e.indexes, this.#known.keysOf(symbol, e.indexes.length));
        return undefined;
      }
      case "in":
        this.#membership(e.indexes, e.array);
        return "long";
      case "call":
        this.#call(e, wanted);
        return undefined;
      case "print":
        return this.#print(e);
      case "ternary":
        this.#ternary(e, wanted);
        return undefined;
      case "assignment":
        return this.#assignment(e, wanted);
      case "binary":
        return this.#binary(e);
      case "unary":
      case "increment":
        this.visit(e.operand, "long");
        return "long";
      case "regex":
        this.visit(e.left, "string");
        return "long";
      case "stat":
        this.#statistic(e.operand, e.operator);
        return "long";
      case "histogram":
        this.#statistic(e.operand, e.operator);
        return undefined;
      case "bucket":
        this.visit(e.histogram, "unknown");
        this.visit(e.index, "long");
        return "long";
      case "embedded":
        for (const { symbol } of embeddedGlobals(this.#c, e)) this.usedByEmbedded(symbol);
        return embeddedType(e);
      case "target":
      case "atvar":
      case "cast":
      case "autocast":
        return this.#target(e);
      case "at":
        return this.#operation(e, wanted);
    }
  }

  /** A mention of a name, or of an element of an array. */
  mention(e: Expression, known: Knowledge, wanted: Type, mayBeVoid = false): void {
    const own = this.#known.typeOf(e);
    const { loc } = e;
    if (own !== "unknown" && own === known.type && (wanted === "unknown" || wanted === own)) return;
    if (differ(own, known.type)) this.#complaints.conflict(loc, own, known.type, known);
    else if (differ(own, wanted)) this.#complaints.conflict(loc, own, wanted, known);
    else if (differ(known.type, wanted)) this.#complaints.conflict(loc, wanted, known.type, known);
    else if (own === "unknown" && wanted !== "unknown") this.#known.learn(e, wanted);
    else if (own === "unknown" && known.type !== "unknown") this.#known.learn(e, known.type);
    else if (own !== "unknown") this.#known.teach(known, own, loc);
    else if (!mayBeVoid) this.#complaints.unresolved(known.name, loc, known);
  }

  matchKeys(indexes: readonly (Expression | Wildcard)[], keys: readonly Knowledge[]): void {
    for (const [i, index] of indexes.entries()) {
      const key = keys[i];
      if (index.kind === "wildcard" || !key) continue;
      this.pass(index, key);
      this.#mustBeValue(index);
    }
  }

  /** The value of `e` goes where `known` is the type: a key, a parameter, the value of a function. */
  pass(e: Expression, known: Knowledge): void {
    this.#complaints.within({ loc: e.loc, known }, () => this.visit(e, known.type));
    const type = this.#known.typeOf(e);
    if (type === "stats") this.#complaints.wholeStatistic(e.loc);
    else this.#known.teach(known, type, e.loc);
  }

  /** A global that embedded code says it uses: it has a type, which is none of statistics. */
  usedByEmbedded(symbol: GlobalSymbol): void {
    this.#complaints.mustBeKnown(symbol, symbol.item.loc);
    if (this.#known.of(symbol).type !== "stats") return;
    const message = `embedded code cannot use '${symbol.name}', which is a statistic`;
    this.#complaints.say("sem-type", message, symbol.item.loc);
  }

  #gives(e: Expression, type: "long" | "string", wanted: Type): void {
    this.#known.learn(e, type);
    if (differ(wanted, type)) this.#complaints.conflict(e.loc, type, wanted);
  }

  #global(e: Expression): GlobalSymbol | undefined {
    const symbol = this.#c.symbols.get(e);
    return symbol?.kind === "global" ? symbol : undefined;
  }

  #membership(indexes: Membership["indexes"], array: Membership["array"]): void {
    if (array.kind === "histogram") {
      this.visit(array, "unknown");
      for (const index of indexes) if (index.kind !== "wildcard") this.visit(index, "long");
      if (indexes.length > 1)
        this.#complaints.say("sem-arity", "the buckets of a histogram have one number each", array.loc);
      return;
    }
    const symbol = this.#global(array);
    if (!symbol) return;
    this.mention(array, this.#known.of(symbol), "unknown");
    this.matchKeys(indexes, this.#known.keysOf(symbol, indexes.length));
  }

  #statistic(operand: Expression, operator: string): void {
    const name = operand.kind === "index" ? operand.array : operand;
    const symbol = this.#c.symbols.get(name);
    if (symbol?.kind === "global") this.visit(operand, "stats");
    else if (symbol || name.kind !== "name") this.#complaints.needsGlobal(symbol, operator, operand.loc);
  }

  #target(e: Expression & { kind: "target" | "atvar" | "cast" | "autocast" }): Given {
    if (e.kind === "cast" || e.kind === "autocast") this.visit(e.operand, "long");
    let isText = this.#c.texts.has(e) || (e.kind === "target" && e.name.startsWith("$$"));
    for (const component of e.components) {
      if (component.kind === "element") this.visit(component.index, "long");
      if (component.kind === "pretty") isText = true;
    }
    return isText ? "string" : "long";
  }

  #operation(e: AtOperation, wanted: Type): Given {
    const [first, second] = e.arguments;
    if (e.operator === "@entry" && first) {
      this.visit(first, wanted);
      this.#known.learn(e, this.#known.typeOf(first));
      return undefined;
    }
    if (e.operator === "@enumname" && first) this.visit(first, "long");
    if (e.operator === "@uderef" && second) this.visit(second, "long");
    return e.operator === "@enumname" ? "string" : "long";
  }

  #ternary(e: Ternary, wanted: Type): void {
    const type = wanted === "unknown" ? this.#known.typeOf(e) : wanted;
    this.visit(e.condition, "long");
    this.visit(e.then, type);
    this.visit(e.otherwise, type);
    this.#known.learn(e, firstKnown(type, this.#known.typeOf(e.then), this.#known.typeOf(e.otherwise)));
  }

  /** What every candidate takes is what the call gives, and what every one gives is the call's value. */
  #call(e: Call, wanted: Type): void {
    const symbol = this.#c.symbols.get(e);
    if (symbol?.kind !== "function" && symbol?.kind !== "builtin") {
      for (const argument of e.arguments) this.visit(argument, "unknown");
      return;
    }
    for (const one of candidates(symbol)) {
      if (one.kind === "builtin") {
        for (const [i, argument] of e.arguments.entries()) this.visit(argument, one.prototype.parameters[i] ?? "long");
        if (one.prototype.result !== "void") this.#gives(e, one.prototype.result, wanted);
      } else this.#callFunction(e, one, wanted);
    }
  }

  #callFunction(e: Call, one: FunctionSymbol, wanted: Type): void {
    this.mention(e, this.#known.of(one), wanted, true);
    for (const [i, argument] of e.arguments.entries()) {
      const parameter = one.parameters[i];
      if (!parameter) continue;
      this.pass(argument, this.#known.of(parameter));
      this.#mustBeValue(argument);
    }
  }

  #print(e: Print): Given {
    if (e.arguments.length > limits.maxPrintArguments) {
      this.#complaints.say("sem-format", `a print has at most ${limits.maxPrintArguments} arguments`, e.loc);
    }
    const types = e.format ? this.#formatted(e, e.format) : undefined;
    let unresolved = false;
    for (const [i, argument] of e.arguments.entries()) {
      this.visit(argument, e.name === "print_char" ? "long" : (types?.[i] ?? "unknown"));
      const type = this.#known.typeOf(argument);
      if (type === "stats" && !e.format) this.#complaints.wholeStatistic(argument.loc);
      if (type !== "unknown" || argument.kind === "histogram") continue;
      unresolved = true;
      this.#mustBeValue(argument);
    }
    return unresolved || !e.name.startsWith("s") ? undefined : "string";
  }

  #formatted(e: Print, format: NonNullable<Print["format"]>): readonly Type[] | undefined {
    const types = formatArguments(format, (message) => this.#complaints.say("sem-format", message, format.loc));
    if (types && types.length !== e.arguments.length) {
      const message = `the format wants ${types.length} arguments, not ${e.arguments.length}`;
      this.#complaints.say("sem-format", message, e.loc);
    }
    return types;
  }

  #binary(e: Binary): Given {
    switch (e.operator) {
      case ".":
        this.visit(e.left, "string");
        this.visit(e.right, "string");
        return "string";
      case "<":
      case ">":
      case "<=":
      case ">=":
      case "==":
      case "!=":
        this.#sameType(e.left, this.#known.typeOf(e.right), e.right, () => this.#known.typeOf(e.left));
        if (this.#known.typeOf(e.left) === "stats") this.#complaints.wholeStatistic(e.left.loc);
        return "long";
      default:
        this.visit(e.left, "long");
        this.visit(e.right, "long");
        return "long";
    }
  }

  #assignment(e: Assignment, wanted: Type): Given {
    if (e.operator === "<<<") {
      this.#statistic(e.target, e.operator);
      this.visit(e.value, "long");
      return "long";
    }
    if (e.operator !== "=") {
      const type = e.operator === ".=" ? "string" : "long";
      this.visit(e.target, type);
      this.visit(e.value, type);
      return type;
    }
    const known = firstKnown(wanted, this.#known.typeOf(e));
    if (this.#known.typeOf(e.value) === "stats") this.#complaints.wholeStatistic(e.value.loc);
    const ofTarget = (): Type => firstKnown(known, this.#known.typeOf(e.target));
    this.#sameType(e.target, firstKnown(known, this.#known.typeOf(e.value)), e.value, ofTarget);
    this.#known.learn(e, ofTarget());
    return undefined;
  }

  /** Two expressions that must agree; when the first is wrong, nothing is said of the second. */
  #sameType(left: Expression, wantedLeft: Type, right: Expression, wantedRight: () => Type): void {
    const before = this.#complaints.count;
    this.visit(left, wantedLeft);
    if (this.#complaints.count === before) this.visit(right, wantedRight());
    if (this.#known.typeOf(right) === "unknown") this.#mustBeValue(left);
  }

  /** A call that gives nothing back is none. Names complain by themselves. */
  #mustBeValue(e: Expression): void {
    if (this.#known.typeOf(e) !== "unknown" || e.kind === "name" || e.kind === "index") return;
    if (e.kind === "call") this.#complaints.nothingReturned(e.name, e.loc);
    else this.#complaints.unresolved("", e.loc);
  }
}

function differ(a: Type, b: Type): boolean {
  return a !== "unknown" && b !== "unknown" && a !== b;
}

function firstKnown(...types: readonly Type[]): Type {
  return types.find((type) => type !== "unknown") ?? "unknown";
}
