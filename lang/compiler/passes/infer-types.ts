/**
 * Pass "infer-types": the type of every expression, local, global, key and function.
 *
 * The language has no conversions and no polymorphism, so inference is unification: each thing of unknown type is
 * a `Cell`, each construct makes two cells one or says what a cell is, and the first place that said so is
 * remembered for the message about the second. One walk over all bodies is enough. A cell that was complained
 * about is not complained about again.
 */
import type { ScalarType, ValueType } from "../../../abi/values.ts";
import { Diagnostics } from "../../../base/diagnostics.ts";
import { limits } from "../../../base/limits.ts";
import type { Loc } from "../../../base/source.ts";
import type {
  AtOperation,
  AtVar,
  AutoCast,
  Call,
  Cast,
  EmbeddedCode,
  Expression,
  ForeachStatement,
  HistogramOperation,
  Index,
  Name,
  Print,
  Statement,
  TargetVariable,
  Wildcard,
} from "../../ast.ts";
import type { Compilation } from "../compilation.ts";
import { embeddedGlobals, embeddedType } from "../embedded/markers.ts";
import { formatArguments } from "../format-arguments.ts";
import { mangledName } from "../print-program.ts";
import {
  type BuiltinSymbol,
  candidates,
  type ExpressionType,
  type FunctionSymbol,
  type GlobalSymbol,
  type LocalSymbol,
} from "../program.ts";
import { Cell, Cells } from "../type-cells.ts";
import { explainTypes } from "../type-messages.ts";

export function inferTypes(c: Compilation): void {
  if (!c.diagnostics.items.some(({ code }) => code === "sem-type")) new Inference(c).run();
}

/** Conflicts alone: called before code that cannot run is dropped, which may hold what has no type yet. */
export function checkTypes(c: Compilation): void {
  new Inference(c).check();
}

class Inference {
  readonly #c: Compilation;
  readonly #cells: Cells;
  /** What unification objects to; `explainTypes` finds better places for it. */
  readonly #conflicts = new Diagnostics();
  readonly #locals = new Map<LocalSymbol, Cell>();
  readonly #globals = new Map<GlobalSymbol, Cell>();
  readonly #keys = new Map<GlobalSymbol, { readonly cells: readonly Cell[]; readonly loc: Loc }>();
  readonly #returns = new Map<FunctionSymbol, Cell>();
  readonly #expressions = new Map<Expression, Cell>();
  /** Cells that must have a type in the end, with the place that needs it. */
  readonly #needed: { readonly cell: Cell; readonly loc: Loc; readonly what: string }[] = [];

  /** `array @sum-`: only statistics can be sorted by an operator. */
  readonly #sortedBy: { readonly cell: Cell; readonly loc: Loc }[] = [];
  readonly #embeddedGlobals: { readonly cell: Cell; readonly symbol: GlobalSymbol }[] = [];

  constructor(c: Compilation) {
    this.#c = c;
    this.#cells = new Cells(this.#conflicts);
  }

  run(): void {
    this.#walk();
    for (const { cell, loc, what } of this.#needed) {
      if (cell.type !== "unknown" || cell.blamed) continue;
      cell.blame();
      this.#conflicts.error("sem-type", `unresolved type${what}`, loc);
    }
    this.#record();
    this.#report();
    for (const { cell, loc } of this.#sortedBy) {
      if (cell.type === "stats" || cell.blamed) continue;
      this.#c.diagnostics.error("sem-type", "an operator can sort an array of statistics alone", loc);
    }
    for (const { cell, symbol } of this.#embeddedGlobals) {
      if (cell.type !== "stats" || cell.blamed) continue;
      const message = `embedded code cannot use '${symbol.name}', which is a statistic`;
      this.#c.diagnostics.error("sem-type", message, symbol.item.loc);
    }
  }

  check(): void {
    this.#walk();
    this.#report();
    // what dropped code says of a type still counts
    for (const [symbol, cell] of this.#locals) symbol.type = scalar(cell);
    for (const [symbol, cell] of this.#globals) symbol.type = value(cell);
    for (const [symbol, { cells }] of this.#keys) symbol.keys = cells.map(scalar);
  }

  #walk(): void {
    // Functions by name, then probes: the order in which the reference looks, which decides what is "first".
    const functions = [...this.#c.functions].sort((a, b) => (mangledName(a) < mangledName(b) ? -1 : 1));
    for (const symbol of functions) {
      if (symbol.item.body.kind === "block") this.#statement(symbol.item.body, symbol);
      else this.#embedded(symbol.item.body);
      this.#needLocals(symbol.locals);
    }
    for (const body of new Set(this.#c.drafts.map((draft) => draft.body))) this.#statement(body, undefined);
    for (const locals of new Set(this.#c.drafts.map((draft) => draft.locals))) this.#needLocals(locals);
    for (const symbol of this.#c.globals) this.#need(this.#globalCell(symbol), symbol.item.loc, ` of '${symbol.name}'`);
  }

  #report(): void {
    if (!this.#conflicts.hasErrors) return;
    const explained = new Diagnostics();
    explainTypes(this.#c, explained);
    for (const item of (explained.hasErrors ? explained : this.#conflicts).items) this.#c.diagnostics.add(item);
  }

  /** Writes what was found into the symbols and the table of types. */
  #record(): void {
    for (const [symbol, cell] of this.#locals) symbol.type = scalar(cell);
    for (const [symbol, cell] of this.#globals) symbol.type = value(cell);
    for (const [symbol, { cells }] of this.#keys) symbol.keys = cells.map(scalar);
    for (const symbol of this.#c.functions) {
      const cell = this.#returnCell(symbol);
      symbol.returns = cell.type === "unknown" ? "void" : scalar(cell);
    }
    for (const [e, cell] of this.#expressions) {
      const type: ExpressionType = e.kind === "call" && cell.type === "unknown" ? "void" : cell.type;
      this.#c.types.set(e, type);
    }
  }

  /** Also those that no code mentions any more: an optimisation may have left them behind. */
  #needLocals(locals: readonly LocalSymbol[]): void {
    for (const symbol of locals) this.#need(this.#localCell(symbol, symbol.loc), symbol.loc, ` of '${symbol.name}'`);
  }

  // ---- cells of symbols ----

  #localCell(symbol: LocalSymbol, loc: Loc): Cell {
    let cell = this.#locals.get(symbol);
    if (!cell) {
      cell = new Cell();
      if (symbol.type !== "unknown") this.#cells.require(cell, symbol.type, loc);
      this.#locals.set(symbol, cell);
    }
    return cell;
  }

  #globalCell(symbol: GlobalSymbol): Cell {
    let cell = this.#globals.get(symbol);
    if (!cell) {
      cell = new Cell();
      const { init } = symbol.item;
      const known = init ? (init.kind === "number" ? "long" : "string") : symbol.type;
      if (known !== "unknown") this.#cells.require(cell, known, symbol.item.loc);
      this.#globals.set(symbol, cell);
    }
    return cell;
  }

  #returnCell(symbol: FunctionSymbol): Cell {
    let cell = this.#returns.get(symbol);
    if (!cell) {
      cell = new Cell();
      if (symbol.item.returns) this.#cells.require(cell, symbol.item.returns, symbol.item.loc);
      this.#returns.set(symbol, cell);
    }
    return cell;
  }

  /** The cells of the keys of a global; the first use decides how many there are. */
  #keyCells(symbol: GlobalSymbol, count: number, loc: Loc): readonly Cell[] | undefined {
    const { item } = symbol;
    const scalarOnly = item.init !== undefined;
    const arrayOnly = item.size !== undefined || item.wrap;
    let keys = this.#keys.get(symbol);
    if (!keys) {
      if ((scalarOnly && count > 0) || (arrayOnly && count === 0)) {
        if (scalarOnly) this.#arity(symbol, `'${symbol.name}' is declared as no array`, loc, item.loc);
        else this.#arity(symbol, `'${symbol.name}' is declared as an array and used without a key`, item.loc, loc);
        return undefined;
      }
      if (count > limits.maxIndexes) {
        this.#arity(symbol, `an array has at most ${limits.maxIndexes} keys`, loc, item.loc);
        return undefined;
      }
      const known = symbol.keys.length === count ? symbol.keys : [];
      keys = { cells: Array.from({ length: count }, (_, i) => this.#known(known[i] ?? "unknown", loc)), loc };
      this.#keys.set(symbol, keys);
    }
    if (keys.cells.length === count) return keys.cells;
    this.#arity(symbol, `'${symbol.name}' has ${count} keys here and ${keys.cells.length} elsewhere`, loc, keys.loc);
    return undefined;
  }

  #arity(symbol: GlobalSymbol, message: string, loc: Loc, first: Loc): void {
    this.#globalCell(symbol).blame();
    this.#c.diagnostics.error("sem-arity", message, loc, {
      related: [{ message: "declared or used otherwise here", loc: first }],
    });
  }

  /** The globals that embedded code says it uses: they have a type, which is none of statistics. */
  #embedded(code: EmbeddedCode): void {
    for (const { symbol } of embeddedGlobals(this.#c, code)) {
      const cell = this.#globalCell(symbol);
      this.#need(cell, symbol.item.loc, ` of '${symbol.name}'`);
      this.#embeddedGlobals.push({ cell, symbol });
    }
  }

  // ---- statements ----

  #statement(n: Statement, within: FunctionSymbol | undefined): void {
    switch (n.kind) {
      case "block":
        for (const statement of n.statements) this.#statement(statement, within);
        return;
      case "expression-statement":
        this.#expression(n.expression);
        return;
      case "if":
        this.#want(n.condition, "long");
        this.#statement(n.then, within);
        if (n.otherwise) this.#statement(n.otherwise, within);
        return;
      case "while":
        this.#want(n.condition, "long");
        this.#statement(n.body, within);
        return;
      case "for":
        if (n.init) this.#expression(n.init);
        if (n.condition) this.#want(n.condition, "long");
        if (n.step) this.#expression(n.step);
        this.#statement(n.body, within);
        return;
      case "foreach":
        this.#foreach(n);
        this.#statement(n.body, within);
        return;
      case "return":
        if (n.value && within) this.#cells.unify(this.#value(n.value), this.#returnCell(within), n.value.loc);
        return;
      case "delete":
        this.#delete(n.target);
        return;
      case "try":
        this.#statement(n.body, within);
        if (n.variable) this.#want(n.variable, "string");
        this.#statement(n.handler, within);
        return;
      case "null-statement":
      case "break":
      case "continue":
      case "next":
        return;
    }
  }

  #foreach(n: ForeachStatement): void {
    if (n.limit) this.#want(n.limit, "long");
    if (n.array.kind !== "name") {
      this.#buckets(n, n.array);
      return;
    }
    const symbol = this.#c.symbols.get(n.array);
    if (symbol?.kind !== "global") {
      for (const name of n.value ? [...n.keys, n.value] : n.keys) this.#expression(name).blame();
      return;
    }
    const value = this.#globalCell(symbol);
    const keys = this.#keyCells(symbol, n.keys.length, n.array.loc);
    if (keys) {
      for (const [i, name] of n.keys.entries()) this.#cells.unify(this.#value(name), keys[i] ?? new Cell(), name.loc);
    }
    if (n.slice) {
      const cells = this.#keyCells(symbol, n.slice.length, n.array.loc);
      if (cells) this.#matchKeys(n.slice, cells);
    }
    this.#need(value, n.array.loc, ` of '${symbol.name}'`);
    this.#expressions.set(n.array, value);
    if (n.sort?.operator) this.#sortedBy.push({ cell: value, loc: n.array.loc });
    if (!n.value) return;
    this.#cells.unify(this.#value(n.value), value, n.value.loc);
    this.#noStats(value, n.value.loc);
  }

  #buckets(n: ForeachStatement, histogram: HistogramOperation): void {
    this.#expression(histogram);
    for (const name of n.value ? [...n.keys, n.value] : n.keys) this.#want(name, "long");
    const [, extra] = n.keys;
    if (extra) this.#c.diagnostics.error("sem-arity", "the buckets of a histogram have one number each", extra.loc);
  }

  #delete(target: Expression): void {
    if (target.kind !== "name" && target.kind !== "index") return;
    const name = target.kind === "name" ? target : target.array;
    const symbol = this.#c.symbols.get(name);
    if (symbol?.kind !== "global") return;
    const cell = this.#globalCell(symbol);
    if (target.kind === "index") {
      const keys = this.#keyCells(symbol, target.indexes.length, name.loc);
      if (keys) this.#matchKeys(target.indexes, keys);
    }
    this.#need(cell, name.loc, ` of '${symbol.name}'`);
    this.#expressions.set(target, cell);
    this.#expressions.set(name, cell);
  }

  #matchKeys(indexes: readonly (Expression | Wildcard)[], keys: readonly Cell[]): void {
    for (const [i, index] of indexes.entries()) {
      if (index.kind === "wildcard") continue;
      const cell = this.#value(index);
      this.#cells.unify(cell, keys[i] ?? new Cell(), index.loc);
      this.#noStats(cell, index.loc);
    }
  }

  // ---- expressions ----

  #need(cell: Cell, loc: Loc, what: string): void {
    this.#needed.push({ cell, loc, what });
  }

  #noStats(cell: Cell, loc: Loc): void {
    this.#cells.forbidStats(cell, loc);
  }

  /** An expression whose value is used. */
  #value(e: Expression): Cell {
    const cell = this.#expression(e);
    const name = e.kind === "name" ? e.name : e.kind === "call" ? e.name : e.kind === "index" ? e.array.name : "";
    this.#need(cell, e.loc, name === "" ? "" : ` of '${name}'`);
    return cell;
  }

  #want(e: Expression, type: ValueType): Cell {
    const cell = this.#value(e);
    this.#cells.require(cell, type, e.loc);
    return cell;
  }

  #expression(e: Expression): Cell {
    const cell = this.#cellOf(e);
    this.#expressions.set(e, cell);
    return cell;
  }

  #constant(type: ValueType, loc: Loc): Cell {
    const cell = new Cell();
    this.#cells.require(cell, type, loc);
    return cell;
  }

  #known(type: ValueType | "unknown", loc: Loc): Cell {
    return type === "unknown" ? new Cell() : this.#constant(type, loc);
  }

  #cellOf(e: Expression): Cell {
    switch (e.kind) {
      case "number":
        return this.#constant("long", e.loc);
      case "string":
        return this.#constant("string", e.loc);
      case "name":
        return this.#name(e);
      case "index":
        return this.#index(e);
      case "call":
        return this.#call(e);
      case "print":
        return this.#print(e);
      case "unary":
        this.#want(e.operand, "long");
        return this.#constant("long", e.loc);
      case "increment":
        return this.#want(e.operand, "long");
      case "binary":
        return this.#binary(e);
      case "in": {
        const symbol = this.#c.symbols.get(e.array);
        if (symbol?.kind === "global") {
          const keys = this.#keyCells(symbol, e.indexes.length, e.array.loc);
          if (keys) this.#matchKeys(e.indexes, keys);
          this.#need(this.#globalCell(symbol), e.array.loc, ` of '${symbol.name}'`);
          this.#expressions.set(e.array, this.#globalCell(symbol));
        }
        return this.#constant("long", e.loc);
      }
      case "ternary": {
        this.#want(e.condition, "long");
        const cell = this.#value(e.then);
        this.#cells.unify(this.#value(e.otherwise), cell, e.otherwise.loc);
        return cell;
      }
      case "assignment":
        return this.#assignment(e);
      case "stat":
        this.#stat(e.operand, e.operator);
        return this.#constant("long", e.loc);
      case "histogram":
        this.#stat(e.operand, e.operator);
        return this.#constant("string", e.loc);
      case "bucket":
        this.#expression(e.histogram);
        this.#want(e.index, "long");
        return this.#constant("long", e.loc);
      case "target":
      case "atvar":
      case "cast":
      case "autocast":
        return this.#target(e);
      case "at":
        return this.#operation(e);
      case "regex":
        this.#want(e.left, "string");
        return this.#constant("long", e.loc);
      case "embedded":
        this.#embedded(e);
        return this.#constant(embeddedType(e), e.loc);
    }
  }

  #target(e: TargetVariable | AtVar | Cast | AutoCast): Cell {
    if (e.kind === "cast" || e.kind === "autocast") this.#want(e.operand, "long");
    let isText = e.kind === "target" && e.name.startsWith("$$");
    for (const component of e.components) {
      if (component.kind === "element") this.#want(component.index, "long");
      if (component.kind === "pretty") isText = true;
    }
    return this.#constant(isText ? "string" : "long", e.loc);
  }

  #operation(e: AtOperation): Cell {
    const [first, second] = e.arguments;
    if (e.operator === "@entry" && first) return this.#value(first);
    if (e.operator === "@enumname" && first) this.#want(first, "long");
    if (e.operator === "@uderef" && second) this.#want(second, "long");
    return this.#constant(e.operator === "@enumname" ? "string" : "long", e.loc);
  }

  #name(e: Name): Cell {
    const symbol = this.#c.symbols.get(e);
    if (symbol?.kind === "local") return this.#localCell(symbol, e.loc);
    if (symbol?.kind !== "global") return Cell.blamed();
    return this.#keyCells(symbol, 0, e.loc) ? this.#globalCell(symbol) : Cell.blamed();
  }

  #index(e: Index): Cell {
    const symbol = this.#c.symbols.get(e.array);
    if (symbol?.kind !== "global") {
      for (const index of e.indexes) if (index.kind !== "wildcard") this.#expression(index);
      return Cell.blamed();
    }
    const keys = this.#keyCells(symbol, e.indexes.length, e.array.loc);
    if (!keys) return Cell.blamed();
    this.#matchKeys(e.indexes, keys);
    const cell = this.#globalCell(symbol);
    this.#expressions.set(e.array, cell);
    return cell;
  }

  /** What every candidate takes is what the call gives, and what every one gives is the call's value. */
  #call(e: Call): Cell {
    const symbol = this.#c.symbols.get(e);
    if (symbol?.kind !== "function" && symbol?.kind !== "builtin") {
      for (const argument of e.arguments) this.#expression(argument);
      return Cell.blamed();
    }
    const cells = e.arguments.map((argument) => this.#value(argument));
    let result: Cell | undefined;
    for (const candidate of candidates(symbol)) {
      for (const [i, argument] of e.arguments.entries()) {
        const cell = cells[i] ?? Cell.blamed();
        if (candidate.kind === "builtin") {
          this.#cells.require(cell, candidate.prototype.parameters[i] ?? "long", argument.loc);
        } else {
          const parameter = candidate.parameters[i];
          if (parameter) this.#cells.unify(cell, this.#localCell(parameter, candidate.item.loc), argument.loc);
        }
      }
      const given = this.#resultCell(candidate, e);
      if (result) this.#cells.unify(given, result, e.loc);
      else result = given;
    }
    return result ?? Cell.blamed();
  }

  #resultCell(candidate: FunctionSymbol | BuiltinSymbol, e: Call): Cell {
    if (candidate.kind === "function") return this.#returnCell(candidate);
    const { result } = candidate.prototype;
    return result === "void" ? new Cell() : this.#constant(result, e.loc);
  }

  #print(e: Print): Cell {
    if (e.arguments.length > limits.maxPrintArguments) {
      this.#c.diagnostics.error("sem-format", `a print has at most ${limits.maxPrintArguments} arguments`, e.loc);
    }
    if (e.format) {
      const wanted = formatArguments(e.format, this.#c.diagnostics);
      if (wanted && wanted.length !== e.arguments.length) {
        const message = `the format wants ${wanted.length} arguments, not ${e.arguments.length}`;
        this.#c.diagnostics.error("sem-format", message, e.loc);
      }
      for (const [i, argument] of e.arguments.entries()) {
        const type = wanted?.[i];
        if (type) this.#want(argument, type);
        else this.#value(argument);
      }
    } else if (e.name === "print_char") {
      for (const argument of e.arguments) this.#want(argument, "long");
    } else {
      for (const argument of e.arguments) this.#noStats(this.#value(argument), argument.loc);
    }
    return e.name.startsWith("s") ? this.#constant("string", e.loc) : new Cell();
  }

  #binary(e: Expression & { kind: "binary" }): Cell {
    switch (e.operator) {
      case ".":
        this.#want(e.left, "string");
        this.#want(e.right, "string");
        return this.#constant("string", e.loc);
      case "<":
      case ">":
      case "<=":
      case ">=":
      case "==":
      case "!=": {
        const left = this.#value(e.left);
        this.#cells.unify(this.#value(e.right), left, e.right.loc);
        this.#noStats(left, e.left.loc);
        return this.#constant("long", e.loc);
      }
      default:
        this.#want(e.left, "long");
        this.#want(e.right, "long");
        return this.#constant("long", e.loc);
    }
  }

  #assignment(e: Expression & { kind: "assignment" }): Cell {
    if (e.operator === "<<<") {
      this.#stat(e.target, e.operator);
      this.#want(e.value, "long");
      return this.#constant("long", e.loc);
    }
    if (e.operator === "=") {
      const target = this.#value(e.target);
      this.#cells.unify(this.#value(e.value), target, e.value.loc);
      this.#noStats(target, e.target.loc);
      return target;
    }
    const type: ScalarType = e.operator === ".=" ? "string" : "long";
    this.#want(e.target, type);
    this.#want(e.value, type);
    return this.#constant(type, e.loc);
  }

  #stat(operand: Expression, operator: string): void {
    const name = operand.kind === "name" ? operand : operand.kind === "index" ? operand.array : undefined;
    const symbol = name && this.#c.symbols.get(name);
    if (symbol?.kind === "global") this.#want(operand, "stats");
    else if (!name || symbol) {
      this.#conflicts.error("sem-type", `${operator} needs a global statistic`, operand.loc);
    }
  }
}

function scalar(cell: Cell): ScalarType | "unknown" {
  return cell.type === "stats" ? "unknown" : cell.type;
}

function value(cell: Cell): ValueType | "unknown" {
  return cell.type;
}
