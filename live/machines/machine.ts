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
   * Code that makes the system call in the registers and then takes back the registers `back` and the blocked signals
   * `mask` by itself, at any address; a thread that has made the call stands `end` bytes behind its start. Undefined for
   * a thread that cannot run it, because it is in another mode of the processor.
   */
  readonly call: {
    readonly size: number;
    readonly end: number;
    readonly make: (back: BigUint64Array, mask: bigint) => Uint8Array | undefined;
  };
  /**
   * Code that waits in pause(2) for ever, at any address; at `call` it makes the system call that is in the registers,
   * and if that comes back with an error it exits with its number as status.
   */
  readonly stub: { readonly code: Uint8Array; readonly call: number };
  /**
   * Code for our own process that spares two calls at every stop; a machine can do without. A function of the address of
   * a `goOnBlock`: the thread goes on, the next status is waited for, the result is that of wait4.
   */
  readonly goOn?: Uint8Array;
}

/** sizeof(struct ptrace_syscall_info), with room to grow. */
const INFO = 128;

/** What `Machine.goOn` gets the address of: offsets, 32 bits each but for the last. */
export const goOnBlock = {
  /** PTRACE_CONT or a relative, 0 for nothing; for whom; the signal that it gets. */
  request: 0,
  tid: 4,
  signal: 8,
  /** What wait4 said, and of whom. */
  status: 12,
  waited: 16,
  /** PTRACE_GET_SYSCALL_INFO of that thread, if it stands at a system call. */
  info: 24,
  size: 24 + INFO,
} as const;
