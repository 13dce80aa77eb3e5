/** Why a file cannot be written, told as `utap: cannot write NAME: WHY` with Linux's words. Used by all that writes. */
import type { DiagnosticError } from "../base/diagnostics.ts";
import { usage } from "../base/usage.ts";
import { errnos } from "../target/errno.ts";

export function cannotWrite(name: string, error: unknown): DiagnosticError {
  const { code = String(error) } = error as NodeJS.ErrnoException;
  const why = errnos.find((row) => row.name === code)?.message ?? code;
  return usage(`cannot write ${name}: ${why}`);
}
