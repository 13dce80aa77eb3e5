/** A script that cannot be run, as `probe` throws it. */
import { type Diagnostic, renderDiagnostic } from "../base/diagnostics.ts";

/** The script has mistakes: the message shows each, with its place. */
export class ScriptError extends Error {
  override readonly name: string = "ScriptError";
  /** @internal Node shows an error by its class, which a bundler may have renamed. */
  static override readonly name: string = "ScriptError";

  /** @internal */
  constructor(diagnostics: readonly Diagnostic[], hint = "") {
    const hasPlace = diagnostics.some(({ severity, loc }) => severity === "error" && loc);
    const title = hasPlace ? "the script has mistakes" : "the run cannot begin";
    const shown = diagnostics.map((item) => renderDiagnostic(item)).join("\n");
    super(`${title}\n\n${shown.trimEnd()}${hint}`);
  }
}
