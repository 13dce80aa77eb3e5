/**
 * The macros of the library: what `.stpm` files define, for every script and every tapset file.
 *
 * Made once for a compilation and handed to `parse.ts`. A file is read only when it may define a macro that somebody
 * asks for. Such a file holds nothing but `@define`, also inside conditionals; the bodies see the macros of
 * the library and none of the script's.
 */
import type { Diagnostic } from "../../base/diagnostics.ts";
import { Diagnostics } from "../../base/diagnostics.ts";
import type { Source } from "../../base/source.ts";
import { Conditionals } from "./conditionals.ts";
import type { ConditionContext } from "./conditions.ts";
import type { Report } from "./cst.ts";
import { lex, locOf } from "./lexer.ts";
import type { Macro } from "./macro-definition.ts";
import { MacroExpander } from "./macros.ts";
import { found } from "./messages.ts";

export class LibraryMacros {
  readonly #filesDefining: (name: string) => readonly Source[];
  readonly #context: ConditionContext;
  readonly #found = new Map<string, Macro | undefined>();
  readonly #files = new Map<Source, ReadonlyMap<string, Macro>>();
  readonly #diagnostics = new Diagnostics();

  /** `filesDefining` may name more files than define the macro, never less. */
  constructor(filesDefining: (name: string) => readonly Source[], context: ConditionContext) {
    this.#filesDefining = filesDefining;
    this.#context = context;
  }

  /** What was wrong in the files that had to be read so far. */
  get diagnostics(): readonly Diagnostic[] {
    return this.#diagnostics.items;
  }

  find(name: string): Macro | undefined {
    if (this.#found.has(name)) return this.#found.get(name);
    let found: Macro | undefined;
    for (const source of this.#filesDefining(name)) {
      const macro = this.#read(source).get(name);
      if (macro && found) {
        const related = [{ message: `macro '@${name}' was first defined here`, loc: found.loc }];
        this.#diagnostics.error("parse-macro", `macro '@${name}' is defined twice in the library`, macro.loc, {
          related,
        });
      }
      found ??= macro;
    }
    this.#found.set(name, found);
    return found;
  }

  #read(source: Source): ReadonlyMap<string, Macro> {
    const known = this.#files.get(source);
    if (known) return known;
    const report: Report = (code, message, loc, details) =>
      this.#diagnostics.add({ code, message, loc, severity: "error", ...details });
    const expander = new MacroExpander(lex(source), () => undefined, report);
    this.#files.set(source, expander.defined);
    const tokens = new Conditionals(expander, this.#context, report);
    const other = tokens.next();
    if (other) report("parse-macro", `expected '@define' in a file of macros, found ${found(other)}`, locOf(other));
    return expander.defined;
  }
}
