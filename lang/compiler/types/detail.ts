/**
 * What the debuginfo says about the type of a long value.
 *
 * Built up by passes/type-details.ts for variables and functions, asked through a `Place` by whoever needs the type of
 * an expression. A value that the script computed has none.
 */
import type { Expression } from "../../ast.ts";
import type { Compilation, ProbeDraft, TypeDetail } from "../compilation.ts";
import type { Place } from "../probes/access.ts";
import { findTarget } from "../probes/variables.ts";
import { candidates } from "../program.ts";

export function makePlace(c: Compilation, draft: ProbeDraft | undefined): Place {
  const place: Place = { c, draft, detail: (e) => detailOf(place, e) };
  return place;
}

/** The type of what is one or the other. */
export function merge(a: TypeDetail | undefined, b: TypeDetail | undefined): TypeDetail | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  if (a === "conflict" || b === "conflict") return "conflict";
  return a.type === b.type && a.module.path === b.module.path ? a : "conflict";
}

/** Whether `[0]` can stand behind a value of this type. */
export function isPointer(detail: TypeDetail | undefined): boolean {
  if (detail === undefined || detail === "conflict") return false;
  const access = { steps: [{ kind: "element", value: 0 }], addressOf: true, text: "" } as const;
  return detail.module.access({ kind: "value", type: detail.type }, access).kind === "access";
}

function detailOf(place: Place, e: Expression): TypeDetail | undefined {
  const { c } = place;
  switch (e.kind) {
    case "name": {
      const symbol = c.symbols.get(e);
      return symbol && c.details.get(symbol);
    }
    case "index": {
      const symbol = c.symbols.get(e.array);
      return symbol && c.details.get(symbol);
    }
    case "call": {
      const symbol = c.symbols.get(e);
      if (symbol?.kind !== "function") return undefined;
      return candidates(symbol)
        .map((candidate) => c.details.get(candidate))
        .reduce(merge, undefined);
    }
    case "ternary":
      return merge(place.detail(e.then), place.detail(e.otherwise));
    case "assignment":
      return e.operator === "=" ? place.detail(e.value) : undefined;
    case "target":
    case "atvar":
    case "cast":
    case "autocast": {
      const found = findTarget(place, e);
      if (found.kind !== "located" || found.answer.type === undefined) return undefined;
      return { module: found.module, type: found.answer.type };
    }
    default:
      return undefined;
  }
}
