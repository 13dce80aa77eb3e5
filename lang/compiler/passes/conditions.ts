/**
 * Pass "conditions": probes that say when others need to be armed.
 *
 * The condition of a probe point is a test around its handler. For timers and probes of code and of the kernel it is also a probe of its
 * own, of kind `condition`, which the runtime runs when the session starts and after each handler that may have changed
 * what it reads; while it says no, the probe is disarmed and costs nothing. Comes last: the condition is the very
 * expression of the test, with its symbols and types.
 */
import type { Call, Expression } from "../../ast.ts";
import type { Compilation, ProbeDraft } from "../compilation.ts";
import type { FunctionSymbol, GlobalSymbol } from "../program.ts";
import { calleesOf, variableUses } from "./effects.ts";

/** Kinds of probes that can be disarmed. */
const armed: ReadonlySet<ProbeDraft["spec"]["kind"]> = new Set(["timer", "uprobe", "kernel"]);

const ANSWER = "__probe_condition";

export function conditions(c: Compilation): void {
  const made: { readonly draft: ProbeDraft; readonly reads: ReadonlySet<GlobalSymbol> }[] = [];
  for (const draft of c.drafts) {
    const condition = testOf(draft);
    if (!condition) continue;
    draft.arming = conditionProbe(c, draft, condition);
    made.push({ draft: draft.arming, reads: globalsIn(c, condition) });
  }
  if (made.length === 0) return;
  for (const draft of c.drafts) {
    const written = writtenGlobals(c, draft);
    draft.affects = made
      .filter(({ reads }) => [...reads].some((symbol) => written.has(symbol)))
      .map((one) => one.draft);
  }
  c.drafts.push(...made.map(({ draft }) => draft));
}

/** The condition as it stands in the test, if there still is one and the probe is of a kind that can be disarmed. */
function testOf({ spec, condition, body }: ProbeDraft): Expression | undefined {
  if (!condition || !armed.has(spec.kind)) return undefined;
  const [test] = body.statements;
  if (test?.kind !== "if") return undefined;
  const { source, start } = test.condition.loc;
  return source === condition.loc.source && start === condition.loc.start ? test.condition : undefined;
}

function conditionProbe(c: Compilation, draft: ProbeDraft, condition: Expression): ProbeDraft {
  const { loc } = condition;
  const answer: Call = { kind: "call", name: ANSWER, arguments: [condition], loc };
  const [builtin] = c.scope.findFunctions(ANSWER, loc.source).filter((symbol) => symbol.kind === "builtin");
  if (builtin) c.symbols.set(answer, builtin);
  c.types.set(answer, "void");
  return {
    item: draft.item,
    written: draft.written,
    spec: { kind: "condition" },
    point: draft.point,
    name: draft.name,
    printed: draft.printed,
    origin: draft.origin,
    variables: { kind: "none" },
    body: { kind: "block", statements: [{ kind: "expression-statement", expression: answer, loc }], loc },
    locals: [],
    plans: [],
    entryPlans: [],
    targets: new Map(),
  };
}

function globalsIn(c: Compilation, condition: Expression): ReadonlySet<GlobalSymbol> {
  const found = new Set<GlobalSymbol>();
  variableUses(c, condition, (symbol) => {
    if (symbol.kind === "global") found.add(symbol);
  });
  return found;
}

/** What a handler and the functions it may call change. */
function writtenGlobals(c: Compilation, { body }: ProbeDraft): ReadonlySet<GlobalSymbol> {
  const found = new Set<GlobalSymbol>();
  const bodies = [body, ...reachable(c, body)];
  for (const one of bodies) {
    variableUses(c, one, (symbol, access) => {
      if (symbol.kind === "global" && access !== "read") found.add(symbol);
    });
  }
  return found;
}

function reachable(c: Compilation, body: ProbeDraft["body"]): readonly FunctionSymbol["item"]["body"][] {
  const seen = new Set<FunctionSymbol>(calleesOf(c, body));
  // A set that grows while it is walked.
  for (const symbol of seen) for (const callee of calleesOf(c, symbol.item.body)) seen.add(callee);
  return [...seen].map(({ item }) => item.body);
}
