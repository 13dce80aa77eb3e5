/** The diagnostic for what makes no sense on a command line, or names what is not there. Used by `cli/` and `live/`. */
import { DiagnosticError } from "./diagnostics.ts";

/** To be thrown; `hints` say what to write instead. */
export function usage(message: string, hints: readonly string[] = []): DiagnosticError {
  return new DiagnosticError([{ code: "usage", severity: "error", message, hints }]);
}
