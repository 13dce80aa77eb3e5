/** `begin`, `end`, `error`, each with an optional sequence number, and `never`. */
import type { ProbePoint } from "../../ast.ts";
import { componentText, type Family, pointFailure, type Resolution, trailing } from "./family.ts";

export const begin: Family = { head: "begin", resolve: (point) => resolveSequence("begin", point) };
export const end: Family = { head: "end", resolve: (point) => resolveSequence("end", point) };
export const error: Family = { head: "error", resolve: (point) => resolveSequence("error", point) };

export const never: Family = {
  head: "never",
  resolve(point) {
    const [head, next] = point.components;
    if (next) return trailing(next);
    if (head?.argument) return pointFailure("'never' takes no argument", head);
    return [{ spec: { kind: "never" }, point: "never", variables: { kind: "none" } }];
  },
};

function resolveSequence(kind: "begin" | "end" | "error", point: ProbePoint): Resolution {
  const [head, next] = point.components;
  if (next) return trailing(next);
  if (!head) return [];
  if (head.argument?.kind === "string") return pointFailure(`the sequence of '${kind}' is a number`, head);
  const sequence = String(head.argument?.value ?? 0);
  return [{ spec: { kind, sequence }, point: componentText(head), variables: { kind: "none" } }];
}
