/**
 * Cells of type inference: a union-find structure whose roots know their type and the place that said so.
 *
 * Used by passes/infer-types.ts alone. A conflict is one `sem-type` diagnostic with both places; both cells are
 * then blamed, and a blamed cell takes any type without a word.
 */
import type { ValueType } from "../../abi/values.ts";
import type { Diagnostics } from "../../base/diagnostics.ts";
import type { Loc } from "../../base/source.ts";

export class Cell {
  #parent: Cell | undefined;
  #type: ValueType | "unknown" = "unknown";
  #site: Loc | undefined;
  #statsForbidden: Loc | undefined;
  #blamed = false;

  static blamed(): Cell {
    const cell = new Cell();
    cell.#blamed = true;
    return cell;
  }

  get root(): Cell {
    let cell: Cell = this;
    while (cell.#parent) {
      if (cell.#parent.#parent) cell.#parent = cell.#parent.#parent;
      cell = cell.#parent;
    }
    return cell;
  }

  get type(): ValueType | "unknown" {
    return this.root.#type;
  }

  get site(): Loc | undefined {
    return this.root.#site;
  }

  get blamed(): boolean {
    return this.root.#blamed;
  }

  get statsForbidden(): Loc | undefined {
    return this.root.#statsForbidden;
  }

  blame(): void {
    this.root.#blamed = true;
  }

  set(type: ValueType, site: Loc): void {
    const root = this.root;
    root.#type = type;
    root.#site = site;
  }

  forbidStats(loc: Loc): void {
    this.root.#statsForbidden ??= loc;
  }

  /** Both are one from now on; `other` keeps nothing that this one does not know. */
  join(other: Cell): void {
    const into = this.root;
    const from = other.root;
    if (into === from) return;
    if (into.#type === "unknown") {
      into.#type = from.#type;
      into.#site = from.#site;
    }
    into.#blamed ||= from.#blamed;
    into.#statsForbidden ??= from.#statsForbidden;
    from.#parent = into;
  }
}

export class Cells {
  readonly #diagnostics: Diagnostics;

  constructor(diagnostics: Diagnostics) {
    this.#diagnostics = diagnostics;
  }

  /** `cell` is of `type`, says `loc`. */
  require(cell: Cell, type: ValueType, loc: Loc): void {
    if (cell.blamed) return;
    if (cell.type === "unknown") cell.set(type, loc);
    else if (cell.type !== type) this.#conflict(cell, cell.type, type, loc, cell.site);
    this.#checkStats(cell);
  }

  /** What `loc` names (`here`) is of the same type as `other`. */
  unify(here: Cell, other: Cell, loc: Loc): void {
    if (here.blamed || other.blamed) {
      here.blame();
      other.blame();
      return;
    }
    if (here.type !== "unknown" && other.type !== "unknown" && here.type !== other.type) {
      this.#conflict(here, other.type, here.type, loc, other.site);
      other.blame();
      return;
    }
    other.join(here);
    this.#checkStats(other);
  }

  /** The value of `cell` is used as a whole, which no statistic allows. */
  forbidStats(cell: Cell, loc: Loc): void {
    cell.forbidStats(loc);
    this.#checkStats(cell);
  }

  #checkStats(cell: Cell): void {
    const loc = cell.statsForbidden;
    if (cell.blamed || cell.type !== "stats" || !loc) return;
    cell.blame();
    this.#diagnostics.error("sem-type", "a statistic has no value by itself", loc, {
      hints: ["Read it with @count, @sum, @min, @max or @avg, add to it with <<<."],
    });
  }

  #conflict(cell: Cell, first: ValueType, now: ValueType, loc: Loc, site: Loc | undefined): void {
    const related = site && site !== loc ? [{ message: `first known as ${first} here`, loc: site }] : [];
    this.#diagnostics.error("sem-type", `type mismatch: ${now} here, ${first} before`, loc, { related });
    cell.blame();
  }
}
