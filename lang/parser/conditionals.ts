/**
 * Preprocessor conditionals: `%( CONDITION %? TOKENS %: TOKENS %)`.
 *
 * Called by `preprocess.ts`; pulls tokens through the macro expander, drops those of branches that are left out, and
 * gives the rest. A condition is triples `LEFT OPERATOR RIGHT` with `&&` and `||` between them; `&&` binds tighter,
 * and every triple is checked, also where the result is known before.
 */
import type { IToken } from "chevrotain";
import type { Loc } from "../../base/source.ts";
import { type ConditionContext, compare, isSubject } from "./conditions.ts";
import type { Report } from "./cst.ts";
import { locOf } from "./lexer.ts";
import type { MacroExpander } from "./macros.ts";
import { found, lexicalError } from "./messages.ts";
import { Junk, MacroClose, MacroElse, MacroOpen, MacroThen } from "./tokens.ts";

/** A conditional whose tokens are being given: where it opens, and whether its `%:` was seen. */
interface Open {
  readonly loc: Loc;
  otherwise: boolean;
}

export class Conditionals {
  readonly #tokens: MacroExpander;
  readonly #context: ConditionContext;
  readonly #report: Report;
  readonly #open: Open[] = [];
  /** A mark that was found where a condition should go on. */
  #held: IToken | undefined;

  constructor(tokens: MacroExpander, context: ConditionContext, report: Report) {
    this.#tokens = tokens;
    this.#context = context;
    this.#report = report;
  }

  next(): IToken | undefined {
    for (let token = this.#tokens.next(false); token !== undefined; token = this.#tokens.next(false)) {
      const type = token.tokenType;
      const top = this.#open.at(-1);
      if (type === MacroOpen) this.#enter(token);
      else if (type === MacroClose && top) this.#open.pop();
      else if (type === MacroElse && top && !top.otherwise) {
        top.otherwise = true;
        this.#skip(top);
      } else if (type === MacroElse && top) {
        this.#fail("a second '%:' in one conditional", locOf(token));
        this.#skip(top);
      } else if (type === MacroClose || type === MacroElse || type === MacroThen) {
        this.#fail(`'${token.image}' without a '%(' before it`, locOf(token));
      } else return token;
    }
    for (const { loc } of this.#open.splice(0)) this.#fail("'%(' is not closed by a '%)'", loc);
    return undefined;
  }

  #fail(message: string, loc: Loc): void {
    this.#report("parse-conditional", message, loc);
  }

  /** Reads the condition behind a `%(`, and skips to the branch that counts. */
  #enter(open: IToken): void {
    const conditional = { loc: locOf(open), otherwise: false };
    this.#open.push(conditional);
    const condition = this.#condition();
    if (condition !== true) this.#skip(conditional, condition === undefined);
  }

  #pull(asWritten: boolean): IToken | undefined {
    const held = this.#held;
    this.#held = undefined;
    return held ?? this.#tokens.next(asWritten);
  }

  /** Drops tokens up to the first `%:` of the conditional, or to its `%)`; after a mistake in the condition always to that. */
  #skip(conditional: Open, malformed = false): void {
    let depth = 0;
    for (let token = this.#pull(true); token !== undefined; token = this.#pull(true)) {
      const type = token.tokenType;
      if (type === MacroOpen) depth++;
      else if (type === Junk && /^(?:"|%\{)/.test(token.image)) {
        const { code, message } = lexicalError(token);
        this.#report(code, message, locOf(token));
      } else if (type === MacroClose && depth-- === 0) {
        this.#open.pop();
        return;
      } else if (type === MacroElse && depth === 0 && !malformed) {
        if (!conditional.otherwise) {
          conditional.otherwise = true;
          return;
        }
        this.#fail("a second '%:' in one conditional", locOf(token));
      }
    }
  }

  /** The value of a condition up to its `%?`; undefined after a mistake, which is reported. */
  #condition(): boolean | undefined {
    let [any, all] = [false, true];
    for (;;) {
      const value = this.#comparison();
      if (value === undefined) return undefined;
      all &&= value;
      const after = this.#tokens.next(false);
      if (after?.tokenType === MacroThen) return any || all;
      if (after?.image === "||") {
        any ||= all;
        all = true;
      } else if (after?.image !== "&&") {
        return this.#unexpected("'&&', '||' or '%?'", after);
      }
    }
  }

  #comparison(): boolean | undefined {
    const parts: IToken[] = [];
    for (let token = this.#tokens.next(false); token !== undefined; token = this.#tokens.next(false)) {
      const isMark = [MacroOpen, MacroThen, MacroElse, MacroClose].includes(token.tokenType);
      if (isMark || (parts.length === 0 && !isSubject(token)))
        return this.#unexpected(
          ["what to compare", "a comparison operator", "what to compare with"][parts.length] ?? "",
          token,
        );
      parts.push(token);
      const [left, operator, right] = parts;
      if (left === undefined || operator === undefined || right === undefined) continue;
      const result = compare(left, operator, right, this.#context);
      if (typeof result === "boolean") return result;
      return this.#unexpected(result.expected, result.token);
    }
    return undefined;
  }

  #unexpected(expected: string, token: IToken | undefined): undefined {
    if (token === undefined) return;
    this.#fail(`expected ${expected}, found ${found(token)}`, locOf(token));
    if ([MacroOpen, MacroElse, MacroClose].includes(token.tokenType)) this.#held = token;
  }
}
