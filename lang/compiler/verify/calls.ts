/**
 * The calls of all functions of a module together: they end, and do not fill the stack.
 *
 * A function that calls others takes its share of the action budget when it is entered. Functions that do not check their
 * depth form no circle and no chain longer than `limits.maxUncheckedCalls`.
 */
import type { FunctionDeclaration } from "acorn";
import { limits } from "../../../base/limits.ts";
import { require } from "./offence.ts";

export interface CheckedFunction {
  readonly node: FunctionDeclaration;
  readonly calls: ReadonlySet<string>;
  /** It begins with a budget check. */
  readonly counted: boolean;
  /** Its body stands between enter and leave. */
  readonly guarded: boolean;
}

export function checkCalls(functions: readonly CheckedFunction[]): void {
  const byName = new Map(functions.map((f) => [f.node.id.name, f]));
  const callers = new Map<string, CheckedFunction[]>();
  const waiting = new Map<CheckedFunction, number>();
  for (const f of functions) {
    const isHandler = f.node.id.name.startsWith("probe_");
    if (!isHandler) require(f.calls.size === 0 || f.counted, f.node, `${f.node.id.name} calls without a budget check`);
    const unchecked = [...f.calls].filter((name) => !byName.get(name)?.guarded);
    waiting.set(f, unchecked.length);
    for (const name of unchecked) callers.set(name, [...(callers.get(name) ?? []), f]);
  }
  const heights = new Map<CheckedFunction, number>();
  const ready = functions.filter((f) => waiting.get(f) === 0);
  for (let f = ready.pop(); f; f = ready.pop()) {
    const height = heights.get(f) ?? 0;
    require(height <= limits.maxUncheckedCalls ||
      f.guarded, f.node, `${f.node.id.name} stands on too long a chain of calls`);
    for (const caller of callers.get(f.node.id.name) ?? []) {
      heights.set(caller, Math.max(heights.get(caller) ?? 0, height + 1));
      const left = (waiting.get(caller) ?? 0) - 1;
      waiting.set(caller, left);
      if (left === 0) ready.push(caller);
    }
  }
  for (const [f, left] of waiting) require(left === 0, f.node, `${f.node.id.name} recurses without a depth check`);
}
