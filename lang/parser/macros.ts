/**
 * Macros: a stream of tokens in which `@define`s are taken out and invocations replaced by their bodies.
 *
 * Pulled by `conditionals.ts`, which tells when tokens stand in a branch that is left out: there nothing is defined
 * or expanded. The arguments of an invocation are closures: their tokens are expanded where the invocation stands,
 * with the parameters known there, whenever the body asks for them. Every token keeps its place and, in
 * `ExpandedLoc`, the chain of invocations it came through.
 *
 * A macro may invoke itself, since a conditional in its body can end that; what ends nothing is stopped by the
 * limits on depth and on the number of tokens.
 */
import type { IToken } from "chevrotain";
import { limits } from "../../base/limits.ts";
import type { Loc } from "../../base/source.ts";
import type { Report } from "./cst.ts";
import { type ExpandedLoc, locOf, zeroAt } from "./lexer.ts";
import { type Macro, readDefinition } from "./macro-definition.ts";
import { ArgumentToken, Comma, LeftBracket, LeftParen, RightBracket, RightParen, words } from "./tokens.ts";

/** Finds a macro of the library by its name without `@`. */
export type FindMacro = (name: string) => Macro | undefined;

/** A list of tokens that is being read, and what names mean in it. */
interface Activation {
  readonly tokens: readonly IToken[];
  at: number;
  readonly parameters: ReadonlyMap<string, Closure>;
  /** In the body of a library macro only library macros are known. */
  readonly library: boolean;
  /** Undefined for the script itself. */
  readonly expansion: ExpandedLoc["expansion"] | undefined;
}

interface Closure {
  readonly tokens: readonly IToken[];
  readonly context: Activation;
}

const nothing: ReadonlyMap<string, Closure> = new Map();

export class MacroExpander {
  readonly defined = new Map<string, Macro>();
  readonly #stack: Activation[];
  readonly #findLibrary: FindMacro;
  readonly #report: Report;
  #steps = 0;
  /** Macros expanded to more than the limits allow; what came before is not worth parsing. */
  overrun = false;

  constructor(tokens: readonly IToken[], findLibrary: FindMacro, report: Report) {
    this.#stack = [{ tokens, at: 0, parameters: nothing, library: false, expansion: undefined }];
    this.#findLibrary = findLibrary;
    this.#report = report;
  }

  /** The next token; `asWritten` leaves macros and definitions alone. */
  next(asWritten: boolean): IToken | undefined {
    for (let top = this.#stack.at(-1); top !== undefined; top = this.#stack.at(-1)) {
      const token = top.tokens[top.at++];
      if (token === undefined) {
        this.#stack.pop();
        continue;
      }
      if (this.#stack.length > 1 && !this.#step(1, token, top)) continue;
      if (!asWritten && token.image.charCodeAt(0) === 0x40 && token.tokenType !== ArgumentToken) {
        if (token.image === "@define") {
          this.#define(token, top);
          continue;
        }
        const done = this.#invoke(token, top);
        if (done === "refused") return zeroAt(placeOf(token, top));
        if (done === "expanded") continue;
      }
      return top.expansion ? { ...token, payload: placeOf(token, top) } : token;
    }
    return undefined;
  }

  /** Counts work that macros cause; false, and the end of everything, when it is too much. */
  #step(count: number, token: IToken, top: Activation): boolean {
    this.#steps += count;
    const tooDeep = this.#stack.length > limits.maxMacroDepth;
    if (this.#steps <= limits.maxMacroSteps && !tooDeep) return true;
    const first = this.#stack[1]?.expansion?.loc ?? placeOf(token, top);
    const what = tooDeep
      ? `macros expand more than ${limits.maxMacroDepth} levels deep`
      : `macros expand to more than ${limits.maxMacroSteps} tokens`;
    this.#report("parse-macro", what, first, {
      hints: ["a macro that invokes itself needs a conditional that ends it"],
    });
    this.#stack.length = 0;
    this.overrun = true;
    return false;
  }

  #define(define: IToken, top: Activation): void {
    if (top.expansion)
      this.#report("parse-macro", "a macro cannot be defined in the body of another", placeOf(define, top));
    const { macro, at } = readDefinition(top.tokens, top.at, this.#report);
    top.at = at;
    if (macro === undefined || top.expansion) return;
    const { name, loc } = macro;
    const first = this.defined.get(name);
    if (name === "define") {
      this.#report("parse-macro", "'@define' cannot be redefined", loc);
    } else if (first) {
      const related = [{ message: `macro '@${name}' was first defined here`, loc: first.loc }];
      this.#report("parse-macro", `macro '@${name}' is defined twice in this file`, loc, { related });
    } else {
      if (words.has(`@${name}`))
        this.#report("parse-warning", `macro '@${name}' hides the operator of that name`, loc, { severity: "warning" });
      this.defined.set(name, macro);
    }
  }

  // ---- invocations ----

  /** Puts the body of the macro, or the argument, that the token names on the stack. */
  #invoke(token: IToken, top: Activation): "expanded" | "refused" | "unknown" {
    const name = token.image.slice(1);
    const closure = top.parameters.get(name);
    const place = placeOf(token, top);
    const expansion = { of: `macro '${token.image}'`, loc: place };
    if (closure) {
      const { tokens, context } = closure;
      this.#stack.push({ ...context, tokens, at: 0, expansion });
      return "expanded";
    }
    const own = top.library ? undefined : this.defined.get(name);
    // the library does not hide the language's own words, so that those need no look into it
    const macro = own ?? (words.has(token.image) ? undefined : this.#findLibrary(name));
    if (macro === undefined) return "unknown";
    const parameters = macro.parameters.length > 0 ? this.#arguments(macro, token, top) : nothing;
    if (parameters === undefined) return "refused";
    this.#stack.push({ tokens: macro.body, at: 0, parameters, library: own === undefined, expansion });
    return "expanded";
  }

  /** The arguments behind the name of a macro, by parameter; undefined after a mistake. */
  #arguments(macro: Macro, token: IToken, top: Activation): ReadonlyMap<string, Closure> | undefined {
    const { parameters } = macro;
    const wanted = `${parameters.length} argument${parameters.length === 1 ? "" : "s"}`;
    const fail = (message: string, at: IToken): undefined => {
      this.#report("parse-macro", message, placeOf(at, top));
      return undefined;
    };
    if (top.tokens[top.at]?.tokenType !== LeftParen)
      return fail(`expected '(' and ${wanted} after macro '${token.image}'`, top.tokens[top.at] ?? token);
    const given: IToken[][] = [[]];
    let depth = 0;
    for (let at = top.at; at < top.tokens.length; at++) {
      const part = top.tokens[at] as IToken;
      const type = part.tokenType;
      if (type === LeftParen || type === LeftBracket) depth++;
      if (type === RightParen || type === RightBracket) depth--;
      if (depth === 0) {
        if (!this.#step(at - top.at, part, top)) return undefined;
        top.at = at + 1;
        if (given.length < parameters.length)
          return fail(`macro '${token.image}' takes ${wanted}, found ${given.length}`, part);
        const closures = given.map((tokens): Closure => ({ tokens, context: top }));
        return new Map(parameters.map((parameter, i) => [parameter, closures[i] as Closure]));
      }
      if (type === Comma && depth === 1) {
        if (given.length === parameters.length) {
          top.at = endOfCall(top.tokens, at, depth);
          return fail(`macro '${token.image}' takes ${wanted}, found more`, part);
        }
        given.push([]);
      } else if (at > top.at) given.at(-1)?.push(part);
    }
    top.at = top.tokens.length;
    return fail(`the arguments of macro '${token.image}' have no ')'`, token);
  }
}

/** The place of a token, with the invocation that its list of tokens came from. */
function placeOf(token: IToken, { expansion }: Activation): Loc {
  return expansion ? expandedLoc(token, expansion) : locOf(token);
}

function expandedLoc(token: IToken, expansion: ExpandedLoc["expansion"]): ExpandedLoc {
  return { ...locOf(token), expansion };
}

function endOfCall(tokens: readonly IToken[], from: number, open: number): number {
  let depth = open;
  for (let at = from; at < tokens.length; at++) {
    const type = tokens[at]?.tokenType;
    if (type === LeftParen || type === LeftBracket) depth++;
    if ((type === RightParen || type === RightBracket) && --depth === 0) return at + 1;
  }
  return tokens.length;
}
