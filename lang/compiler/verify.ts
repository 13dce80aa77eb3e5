/**
 * The check of an emitted module before it is loaded: nothing in it may lie outside the contract of `abi/`.
 *
 * Called by `compile.ts` for every module, and by whoever loads one that was stored. The safety argument rests on this
 * file, on `verify/*` and on the tables of `abi/contract.ts`, not on the emitter: what is not listed is
 * refused. An accepted module
 *
 *  1. has the two exports and no other effect when it is evaluated; its manifest is JSON;
 *  2. uses only names that it declares, with the contract's prefixes, and the members the contract lists;
 *  3. creates no function, class or object that the contract does not describe, and reaches no constructor;
 *  4. ends: loops and calls of functions take their share of the action budget, recursion checks its depth;
 *  5. swallows no error that a script may not catch;
 *  6. writes nothing to the traced program and calls nothing that reaches this machine, unless the script has -g.
 *
 * Embedded code (-g, library files) is trusted and stands in one function of its own behind all of that; it is held
 * against the rules of embedded/check.ts and sees no name of the module.
 *
 * The first offence is reported, as `emit-contract` with its line and column in the module.
 */
import { type Comment, type Node, parse } from "acorn";
import type { Diagnostic } from "../../base/diagnostics.ts";
import { makeSource } from "../../base/source.ts";
import { Offence } from "./verify/offence.ts";
import { checkPrivileges } from "./verify/privileges.ts";
import { checkProgram } from "./verify/structure.ts";

export interface VerifyOptions {
  /** The program has embedded code, so a module may have the one function that holds it. */
  readonly embedded?: boolean;
  /** -g: the script may write to the traced program and reach this machine. */
  readonly guru?: boolean;
}

/** Empty when the module keeps the contract. */
export function verify(code: string, { embedded = false, guru = false }: VerifyOptions = {}): readonly Diagnostic[] {
  try {
    const comments: Comment[] = [];
    const program = parse(code, { ecmaVersion: 2022, sourceType: "module", onComment: comments });
    const free = checkProgram(program, code, embedded);
    if (!guru) checkPrivileges(program);
    for (const { type, value, start } of comments) {
      // A comment can name the source map or URL of a script; and no block comment may hide a line from the loader.
      const isPlain = start >= free ? !/^[#@]\s*source\w*=/.test(value) : type === "Line" && !/^\s*[#@]/.test(value);
      if (!isPlain) throw new Offence({ start }, "a comment other than a plain line comment");
    }
    return [];
  } catch (error) {
    return [diagnose(code, error)];
  }
}

function diagnose(code: string, error: unknown): Diagnostic {
  const source = makeSource("<module>", code);
  const make = (message: string, start: number, end = start + 1): Diagnostic => ({
    code: "emit-contract",
    severity: "error",
    message: `the emitted module breaks its contract: ${message}`,
    loc: { source, start, end },
  });
  if (error instanceof Offence) return make(error.message, error.start, error.end);
  if (error instanceof SyntaxError)
    return make(error.message, (error as SyntaxError & Partial<Pick<Node, "start">> & { pos?: number }).pos ?? 0);
  if (error instanceof RangeError) return make("it is nested too deeply", 0);
  throw error;
}
