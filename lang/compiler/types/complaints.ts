/**
 * What inference has to say about types that do not fit: made by the rules, after everything that can be learned is.
 *
 * Until `open` is set nothing is complained about; then about a name once.
 */
import { Diagnostics } from "../../../base/diagnostics.ts";
import type { Loc } from "../../../base/source.ts";
import type { ProgramSymbol } from "../program.ts";
import type { Knowledge, Type, TypeKnowledge } from "./knowledge.ts";

export class Complaints {
  open = false;
  readonly #known: TypeKnowledge;
  readonly #told = new Diagnostics();
  /** The messages about types that are unknown. */
  readonly #unknowns = new Set<string>();
  #conflicting = false;
  #taker: { readonly loc: Loc; readonly known: Knowledge } | undefined;

  constructor(known: TypeKnowledge) {
    this.#known = known;
  }

  /** How many there are. */
  get count(): number {
    return this.#told.items.length;
  }

  /** There are others than types that are unknown. */
  get serious(): boolean {
    return this.#told.items.some(({ message }) => !this.#unknowns.has(message));
  }

  /** `namesWrong`: some name means nothing. Then, or when types conflict, what is unknown may be known once that is put right. */
  report(diagnostics: Diagnostics, namesWrong: boolean): void {
    const doubtful = namesWrong || this.#conflicting;
    for (const item of this.#told.items) if (!doubtful || !this.#unknowns.has(item.message)) diagnostics.add(item);
  }

  mustBeKnown(symbol: ProgramSymbol, loc: Loc): void {
    const known = this.#known.of(symbol);
    if (known.type === "unknown") this.unresolved(known.name, loc, known);
  }

  unresolved(name: string, loc: Loc, known?: Knowledge): void {
    if (this.#mayBlame(known)) this.#unknown(name === "" ? "unresolved type" : `unresolved type of '${name}'`, loc);
  }

  nothingReturned(name: string, loc: Loc): void {
    if (this.open) this.#unknown(`function '${name}' returns no value`, loc);
  }

  #unknown(message: string, loc: Loc): void {
    this.#unknowns.add(message);
    this.#told.error("sem-type", message, loc);
  }

  conflict(loc: Loc, found: Type, wanted: Type, known?: Knowledge): void {
    if (!this.#mayBlame(known)) return;
    this.#conflicting = true;
    const { type, site } = known ?? (this.#taker?.loc === loc ? this.#taker.known : {});
    const related = site && site !== loc ? [{ message: `first known as ${type} here`, loc: site }] : [];
    this.#told.error("sem-type", `type mismatch: ${found} here, ${wanted} wanted`, loc, { related });
  }

  /** Complaints about the value at `loc`, which goes where `known` is the type, tell what made that known. */
  within(taker: { readonly loc: Loc; readonly known: Knowledge }, look: () => void): void {
    const before = this.#taker;
    this.#taker = taker;
    look();
    this.#taker = before;
  }

  wholeStatistic(loc: Loc): void {
    if (!this.open) return;
    this.#told.error("sem-type", "a statistic has no value by itself", loc, {
      hints: ["Read it with @count, @sum, @min, @max or @avg, add to it with <<<."],
    });
  }

  needsGlobal(symbol: ProgramSymbol | undefined, operator: string, loc: Loc): void {
    if (!this.#mayBlame(symbol && this.#known.of(symbol))) return;
    this.#told.error("sem-type", `${operator} needs a global statistic`, loc);
  }

  /** What is wrong by itself, whatever types there are. */
  say(code: "sem-type" | "sem-arity" | "sem-format", message: string, loc: Loc): void {
    if (this.open) this.#told.error(code, message, loc);
  }

  #mayBlame(known: Knowledge | undefined): boolean {
    if (!this.open || known?.blamed) return false;
    if (known) known.blamed = true;
    return true;
  }
}
