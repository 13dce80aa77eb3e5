/**
 * Pass "syscall-variables": what the names of a call's arguments stand for in a probe on that call.
 *
 * `filename`, `argstr`, `retstr` are ordinary locals that have a value when the handler begins, as if an alias had
 * assigned them. Only those that the handler mentions are assigned; in a listing all are, to be listed. A global of the
 * script keeps its name. Comes before any pass looks at target nodes.
 */
import { makeSource } from "../../../base/source.ts";
import {
  entryVariables,
  type ProbeVariables,
  returnVariables,
  type VariableSource,
} from "../../../target/syscall-probes.ts";
import type { Block, Expression, Statement } from "../../ast.ts";
import { rewrite, walk } from "../../visit.ts";
import type { Compilation, ProbeDraft, VariableScope } from "../compilation.ts";

export function syscallVariables(c: Compilation): void {
  const mentioned = new Map<Block, ReadonlySet<string>>();
  const shared = new Map<Block, Map<string, Block>>();
  for (const draft of c.drafts) {
    const { variables } = draft;
    if (variables.kind !== "syscall" || !variables.call) continue;
    const names = mentioned.get(draft.body) ?? namesIn(draft.body);
    mentioned.set(draft.body, names);
    const wanted = wantedOf(c, draft, variablesOf(variables), names);
    if (wanted.length === 0) continue;
    // The same variables with the same sources, as those that every call has: one body for all.
    const known = shared.get(draft.body) ?? new Map<string, Block>();
    shared.set(draft.body, known);
    const key = JSON.stringify(wanted);
    const made = known.get(key) ?? withAssignments(draft.body, wanted);
    known.set(key, made);
    draft.body = made;
  }
}

function withAssignments(body: Block, wanted: readonly Wanted[]): Block {
  const copy = rewrite(body, { fresh: true, replace: (n) => n });
  return { kind: "block", statements: [...wanted.map(assignment), copy], loc: body.loc };
}

function namesIn(body: Block): ReadonlySet<string> {
  const names = new Set<string>();
  walk(body, (n) => {
    if (n.kind === "name") names.add(n.name);
  });
  return names;
}

function variablesOf({ call, return: isReturn }: VariableScope & { kind: "syscall" }): ProbeVariables {
  if (!call) return new Map();
  if (call.row) return isReturn ? returnVariables(call.row) : entryVariables(call.row, call.arch);
  return isReturn ? new Map([...anyCall, ["retval", { kind: "result" }]]) : anyCall;
}

const anyCall: ProbeVariables = new Map([
  ["syscall_nr", { kind: "call-number" }],
  ["name", { kind: "call-name" }],
]);

type Wanted = readonly [name: string, from: VariableSource];

function wantedOf(
  c: Compilation,
  draft: ProbeDraft,
  variables: ProbeVariables,
  mentioned: ReadonlySet<string>,
): readonly Wanted[] {
  const { source } = draft.item.loc;
  const asked = [...variables].filter(([name]) => c.options.listing || mentioned.has(name));
  return asked.filter(([name]) => !c.scope.findGlobal(name, source));
}

function assignment([name, from]: Wanted): Statement {
  const target: Expression = { kind: "name", name, loc };
  const expression: Expression = { kind: "assignment", operator: "=", target, value: expressionOf(from), loc };
  return { kind: "expression-statement", expression, loc };
}

/** Where what this pass makes stands in no text. */
const loc = { source: makeSource("syscalls", "", "tapset"), start: 0, end: 0 };

const COUNT = 6;

function expressionOf(from: VariableSource): Expression {
  switch (from.kind) {
    case "number":
      return number(from.value);
    case "string":
      return string(from.value);
    case "name":
    case "argstr":
    case "retstr":
      return call(`__syscall_${from.kind}`, []);
    case "argument":
      return from.type === "long" ? argument(from.argument) : call(`__${from.type}32`, [argument(from.argument)]);
    case "memory": {
      const { size, offset } = from;
      const address = argument(from.argument);
      const at: Expression =
        offset === 0 ? address : { kind: "binary", operator: "+", left: address, right: number(offset), loc };
      return call(`user_${size}`, [at]);
    }
    case "text":
      return call("__syscall_text", [
        string(from.parts.join(" ")),
        ...Array.from({ length: COUNT }, (_, i) => argument(i + 1)),
      ]);
    case "result":
      return target("$return");
    case "call-number":
      return target("$syscall");
    case "call-name":
      return call("syscall_name", [target("$syscall")]);
  }
}

function argument(n: number): Expression {
  return target(`$arg${n}`);
}

function target(name: string): Expression {
  return { kind: "target", name, components: [], addressOf: false, loc };
}

function call(name: string, values: readonly Expression[]): Expression {
  return { kind: "call", name, arguments: values, loc };
}

function number(value: number): Expression {
  return { kind: "number", value, loc };
}

function string(value: string): Expression {
  return { kind: "string", value, loc };
}
