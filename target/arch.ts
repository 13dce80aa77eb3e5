/**
 * `Arch`: all that differs between instruction sets, as one value.
 *
 * Code outside `target/arch-*`, `kernel/riscv` and `live/` never asks which machine it is: it takes an `Arch`.
 * Registers are named by their DWARF numbers (psABI); values are unsigned 64-bit bigints.
 */

/** Access to the registers of one stopped task; implemented by every `Task`. */
export interface Registers {
  readRegister(dwarf: number): bigint;
  writeRegister(dwarf: number, value: bigint): void;
  /** The program counter, which has no DWARF number on riscv64. */
  pc: number;
}

/** How to get past an instruction whose bytes are replaced by a breakpoint. */
export type StepPlan =
  /** The instruction depends on its pc or leaves it: do its work here; afterwards `pc` is the next instruction. */
  | { readonly kind: "emulate"; readonly run: (registers: Registers) => void }
  /** Run a copy elsewhere, one step; then the pc is set to the address after the original. */
  | { readonly kind: "out-of-line" }
  /** Nothing can be done with these bytes. */
  | { readonly kind: "refuse"; readonly reason: string };

export interface Arch {
  /** As uname -m says: `riscv64`, `x86_64`. */
  readonly name: string;
  /** e_machine of ELF. */
  readonly elfMachine: number;
  /** DWARF number → ABI name, for messages. */
  readonly registerNames: readonly string[];
  readonly stackPointer: number;
  /** DWARF numbers that carry integer arguments and return values, in order (psABI). */
  readonly argumentRegisters: readonly number[];
  readonly returnRegisters: readonly number[];
  /** DWARF numbers that carry floating-point return values. */
  readonly floatReturnRegisters: readonly number[];
  /** System call: number, arguments, result. */
  readonly syscallNumberRegister: number;
  readonly syscallArgumentRegisters: readonly number[];
  readonly syscallReturnRegister: number;
  /** Longest instruction, bytes. */
  readonly maxInstruction: number;
  /** Bytes in `code` that form its first instruction; 0 when it is cut off. */
  instructionLength(code: Uint8Array): number;
  /** The breakpoint that replaces an instruction of `length` bytes; it is never longer than the instruction. */
  breakpoint(length: number): Uint8Array;
  /** The address of the breakpoint, from the pc that the trap reports. */
  breakpointAddress(trapPc: number): number;
  /** How to step past the instruction `code` that lives at `address`. */
  planStep(code: Uint8Array, address: number): StepPlan;
  /** Where the caller will go on, at the very entry of a function; `readWord` reads 8 bytes of user memory. */
  readReturnAddress(registers: Registers, readWord: (address: number) => bigint | undefined): number | undefined;
  /** Makes the function return to `address` instead; false when the stack cannot be written. */
  writeReturnAddress(
    registers: Registers,
    address: number,
    writeWord: (address: number, value: bigint) => boolean,
  ): boolean;
}
