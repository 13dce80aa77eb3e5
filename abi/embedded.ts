/**
 * The contract of embedded JavaScript: what the code between `%{` and `%}` reaches of the session.
 *
 * The emitter puts all embedded code of a program into one function beside `instantiate`, so that it sees no name of
 * the module:
 *
 *     function embedded(STAP_RUNTIME) {
 *       const { STAP_ERROR, STAP_PRINTF } = STAP_RUNTIME;
 *       …                                              // top-level code, as written
 *       function STAP_FUNCTION_0(STAP_CONTEXT, STAP_ARG_a) {
 *         let STAP_RETVALUE = 0;
 *         try { … } catch (STAP_THROWN) { throw STAP_RUNTIME.failed("f", STAP_THROWN); }
 *         return STAP_RUNTIME.long("f", STAP_RETVALUE);
 *       }
 *       return { f: STAP_FUNCTION_0 };
 *     }
 *
 * `instantiate` makes it once, `const js = rt.embed(embedded, { x: { get, set } })`, and calls `js.f(c, …)`. Longs
 * and strings are checked wherever they leave embedded code, so the rest of a module can rely on them.
 */
import type { HandlerContext, Value } from "./module.ts";

/** Reserved for us in embedded code: it declares no name that begins so. */
export const EMBEDDED_PREFIX = "STAP_";

/** The functions of a program's embedded code by the names that `js` has them under. */
export type EmbeddedFunctions = {
  readonly [name: string]: (c: HandlerContext, ...values: never[]) => Value | undefined;
};

/** How a scalar global that lives in the module is reached. */
export interface ScalarAccess {
  readonly get: () => Value;
  readonly set: (value: Value) => void;
}

export interface EmbeddedRuntime {
  /** A number or bigint, wrapped to 64 bits; anything else is a ScriptError that begins with `what`. */
  long(what: string, value: unknown): Value;
  /** A string as a byte string (characters beyond latin-1 as UTF-8), cut; anything else is a ScriptError. */
  string(what: string, value: unknown): Value;
  /** What to throw for something thrown in embedded code of `what`: a script error at the same place. */
  failed(what: string, thrown: unknown): unknown;
  /** A builtin function of the script language. */
  call(name: string, c: HandlerContext, values: readonly unknown[]): Value | undefined;
  /** Globals by their name in the manifest: `get(…keys)`, `set(…keys, value)`. */
  readonly globals: {
    readonly [name: string]: { get(...keys: unknown[]): Value; set(...keysAndValue: unknown[]): void };
  };
  /** At every round of a loop and every call: ends what runs for too long, or longer than the session. */
  step(): void;
  STAP_ERROR(format: unknown, ...values: unknown[]): never;
  STAP_PRINTF(format: unknown, ...values: unknown[]): void;
}
