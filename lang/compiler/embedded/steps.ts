/**
 * Where embedded JavaScript counts its steps, so that none of it runs for ever: at the beginning of every loop body and
 * of every function.
 *
 * Asked by `check.ts`; `STAP_RUNTIME.step()` throws once a hit has had too many (runtime/embedded.ts). Code that
 * catches that runs into the next one: all of its loops and calls end, for they throw before anything else.
 */
import type { AnyNode } from "acorn";
import type { Edit } from "./check.ts";
import { children } from "./names.ts";

export interface StepEdits {
  /** Before edits at the same place. */
  readonly opening: readonly Edit[];
  /** After edits at the same place. */
  readonly closing: readonly Edit[];
}

const STEP = "STAP_RUNTIME.step()";

export function stepEdits(root: AnyNode): StepEdits {
  const opening: Edit[] = [];
  const closing: Edit[] = [];
  const around = ({ start, end }: AnyNode, before: string, after: string): void => {
    opening.push({ start, end: start, text: before });
    closing.push({ start: end, end, text: after });
  };
  const visit = (n: AnyNode): void => {
    const body = bodyOf(n);
    if (body?.type === "BlockStatement") opening.push({ start: body.start + 1, end: body.start + 1, text: `${STEP};` });
    else if (body && isLoop(n)) around(body, `{${STEP};`, "}");
    else if (body) around(body, `(${STEP}, `, ")");
    children(n).forEach(visit);
  };
  visit(root);
  return { opening, closing };
}

/** What runs once for each round of a loop or call of a function. */
function bodyOf(n: AnyNode): AnyNode | undefined {
  switch (n.type) {
    case "FunctionDeclaration":
    case "FunctionExpression":
    case "ArrowFunctionExpression":
    case "ForStatement":
    case "ForInStatement":
    case "ForOfStatement":
    case "WhileStatement":
    case "DoWhileStatement":
      return n.body;
    default:
      return undefined;
  }
}

function isLoop({ type }: AnyNode): boolean {
  return type.endsWith("Statement");
}
