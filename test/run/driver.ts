/**
 * Runs scripts as the command line does, in this thread: what the tests of this folder call.
 */
import { fromBytes } from "../../base/bytestring.ts";
import { DiagnosticError, renderDiagnostic } from "../../base/diagnostics.ts";
import { parseOptions } from "../../cli/options.ts";
import { runOn } from "../../cli/run-on.ts";

export interface Outcome {
  readonly status: number;
  /** What the script printed and the program wrote to descriptor 1, in order; byte strings. */
  readonly out: string;
  /** Messages, and descriptor 2 of the program. */
  readonly err: string;
}

/** `utap ARGS`; `input` is what the program reads from descriptor 0. */
export function utap(args: readonly string[], input = ""): Outcome {
  let out = "";
  let err = "";
  const bytes = new TextEncoder().encode(input);
  let at = 0;
  const collect = (stream: 1 | 2, text: string): undefined => {
    if (stream === 1) out += text;
    else err += text;
  };
  try {
    const options = parseOptions(args);
    if ("exit" in options) return { status: options.exit, out, err };
    const result = runOn(
      options,
      {
        write: (stream, chunk) => collect(stream, fromBytes(chunk)),
        read(max) {
          if (at >= bytes.length) return "eof";
          const chunk = bytes.subarray(at, at + max);
          at += chunk.length;
          return chunk;
        },
        isTty: () => false,
        windowSize: () => ({ rows: 24, columns: 80 }),
      },
      { write: collect },
    );
    return { status: result.status, out, err: result.diagnostics.map((item) => renderDiagnostic(item)).join("") + err };
  } catch (error) {
    if (!(error instanceof DiagnosticError)) throw error;
    return { status: 1, out, err: err + error.diagnostics.map((item) => renderDiagnostic(item)).join("") };
  }
}
