/** `begin`, `end`, `error`, each with an optional sequence number, and `never`. */
import { componentText, pointFailure, type ResolvePoint } from "./family.ts";

export const resolveSession: ResolvePoint = (point) => {
  const [head] = point.components;
  switch (head?.name) {
    case "never":
      return [{ spec: { kind: "never" }, point: "never", variables: { kind: "none" } }];
    case "begin":
    case "end":
    case "error": {
      const sequence = String(head.argument?.value ?? 0);
      return [{ spec: { kind: head.name, sequence }, point: componentText(head), variables: { kind: "none" } }];
    }
    default:
      return pointFailure("no such probe of a session", point);
  }
};
