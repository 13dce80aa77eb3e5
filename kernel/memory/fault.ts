/**
 * Faults: what keeps an access to user memory from happening, in words and as negative numbers.
 *
 * `translate` answers a frame number or a code; the codes become causes for signals and for tracers.
 */
import type { Fault as TargetFault } from "../../target/target.ts";

export type Access = "read" | "write" | "fetch";

/** Why an access failed, as si_code of SIGSEGV and SIGBUS says it. */
export type FaultCause = "SEGV_MAPERR" | "SEGV_ACCERR" | "BUS_ADRERR";

/** The fault of the target contract, with its cause. */
export interface Fault extends TargetFault {
  readonly cause: FaultCause;
}

const causes: readonly FaultCause[] = ["SEGV_MAPERR", "SEGV_ACCERR", "BUS_ADRERR"];
/** Nothing is mapped there; not in this way; beyond the end of the file, or there is no memory left. */
export const MAPERR = -1;
export const ACCERR = -2;
export const ADRERR = -3;

export function faultCause(code: number): FaultCause {
  return causes[-1 - code]!;
}

export function fault(address: number, access: "read" | "write", code: number): Fault {
  return { kind: "fault", address, access, cause: faultCause(code) };
}
