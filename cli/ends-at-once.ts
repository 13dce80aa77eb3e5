/**
 * Whether a session is over as soon as its begin probes have run: a script like
 * `probe begin { println("hi") exit() }`.
 *
 * Such a session needs no thread of its own: nothing in it waits, and an interrupt ends it as it would end any other
 * program. Starting a thread takes longer than all the rest. Asked by `translate.ts` of programs on the clock; a "no"
 * costs time and nothing else, so only the plain case says yes.
 */
import type { Block } from "../lang/ast.ts";
import type { Program } from "../lang/compiler/program.ts";
import { walk } from "../lang/visit.ts";
import type { CompiledScript } from "./run-session.ts";

export interface Translation extends CompiledScript {
  readonly endsAtOnce: boolean;
}

export function endsAtOnce(program: Program): boolean {
  // More errors tolerated, or longer handlers, and the end may be far away.
  if (Object.keys(program.limits).length > 0) return false;
  const kinds = program.probes.map(({ resolved }) => resolved.spec.kind);
  if (kinds.some((kind) => kind !== "begin" && kind !== "end" && kind !== "error" && kind !== "never")) return false;
  return program.probes.some(({ resolved, body }) => resolved.spec.kind === "begin" && exits(program, body));
}

/** Whether the body calls exit() in every run that does not fail. */
function exits(program: Program, body: Block): boolean {
  for (const statement of body.statements) {
    if (statement.kind === "block" && exits(program, statement)) return true;
    if (statement.kind === "expression-statement" && statement.expression.kind === "call") {
      const symbol = program.symbols.get(statement.expression);
      if (symbol?.kind === "builtin" && symbol.name === "exit") return true;
    }
    let leaves = false;
    walk(statement, (n) => {
      leaves ||= n.kind === "next" || n.kind === "return";
      return !leaves;
    });
    if (leaves) return false;
  }
  return false;
}
