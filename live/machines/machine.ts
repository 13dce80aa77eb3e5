/**
 * `Machine`: what live tracing must know of a processor beyond its `Arch`: how Linux hands out its registers, and a few
 * instructions.
 *
 * One value for each architecture (`x86-64.ts`); another one is a file beside it and a row in `machines.ts`. Registers
 * are words of struct user_regs_struct (NT_PRSTATUS), by position.
 */
import type { Arch } from "../../target/arch.ts";

export interface Machine {
  readonly arch: Arch;
  /** 64-bit words of NT_PRSTATUS. */
  readonly words: number;
  /** The word of a DWARF register; undefined when it is not among them. */
  wordOf(dwarf: number): number | undefined;
  /** Bytes of NT_PRFPREG, and where in it the low 64 bits of a DWARF register are. */
  readonly floatBytes: number;
  floatOffsetOf(dwarf: number): number | undefined;
  readonly pc: number;
  readonly stackPointer: number;
  /** The word that says which system call runs; at the entry of a call, another number makes it another call. */
  readonly syscallNumber: number;
  /** Words of the arguments and of the result of a system call. */
  readonly syscallArguments: readonly number[];
  readonly syscallResult: number;
  /** Where the number has to be for the system call instruction. */
  readonly syscallSelector: number;
  /**
   * Set in a word of a thread whose breakpoint has been dealt with: if we die before it goes on, it gets the SIGTRAP of
   * that breakpoint, and has to know. The processor itself clears these bits before the next one.
   */
  readonly dealtWith: { readonly word: number; readonly bits: bigint };
  /** The system call instruction. */
  readonly syscallInstruction: Uint8Array;
  /**
   * Code that waits in pause(2) for ever, at any address; at `call` it makes the system call that is in the registers,
   * and if that comes back with an error it exits with its number as status.
   */
  readonly stub: { readonly code: Uint8Array; readonly call: number };
}
