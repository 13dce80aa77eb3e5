/** What an access throws that a process may not make. */
import type { Fault } from "../memory/fault.ts";

/** Memory that is not there, or may not be accessed in that way: the SIGSEGV or SIGBUS of whoever does not catch it. */
export class MemoryFault extends Error {
  readonly address: number;
  readonly access: "read" | "write";
  readonly faultCause: "SEGV_MAPERR" | "SEGV_ACCERR" | "BUS_ADRERR";

  /** @internal */
  constructor({ address, access, cause }: Fault) {
    super(`${access} of user memory at 0x${address.toString(16)}: ${cause}`);
    this.name = "MemoryFault";
    this.address = address;
    this.access = access;
    this.faultCause = cause;
  }
}
