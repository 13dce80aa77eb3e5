/** `process("PATH").statement("FUNCTION@FILE:LINE")`: not there yet. */
import { componentOf, type ResolvePoint, unsupported } from "./family.ts";

export const resolveStatement: ResolvePoint = (point) =>
  unsupported("probe point process.statement", componentOf(point, "statement") ?? point);
