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
  /**
   * The program counter, which has no DWARF number on riscv64; always as the machine has it. Inside a trap event of a
   * breakpoint it is therefore what the trap left there (x86-64: one byte further): see `Arch.breakpointAddress`.
   */
  pc: number;
}

/** The user memory of that task, little-endian; undefined and false where it cannot be accessed. */
export interface UserWords {
  read(address: number, size: 1 | 2 | 4 | 8): bigint | undefined;
  write(address: number, size: 1 | 2 | 4 | 8, value: bigint): boolean;
}

/** Runs a copy of the instruction elsewhere, in a slot; then the pc is set to the address after the original. */
export interface OutOfLine {
  readonly kind: "out-of-line";
  /** What runs in the slot: the instruction, or one that does the same there. Never longer than `maxInstruction`. */
  readonly copy: Uint8Array;
  /** A register that the copy uses instead of the pc, and its value meanwhile. */
  readonly scratch?: { readonly register: number; readonly value: bigint };
  /** What is left to do after the copy ran and pc and scratch register are set; false: nothing could be done. */
  readonly finish?: (registers: Registers, memory: UserWords) => boolean;
}

/** How to get past an instruction whose bytes are replaced by a breakpoint. */
export type StepPlan =
  /**
   * The work is done here: the instruction depends on its pc or leaves it, or is simple enough to save the stop at
   * the end of a step. `run` sets the pc; when it answers false, nothing has changed and the instruction faults:
   * `otherwise` makes the task fault by itself, or makes what is missing appear, like a stack that grows.
   */
  | {
      readonly kind: "emulate";
      readonly run: (registers: Registers, memory: UserWords) => boolean;
      readonly otherwise?: OutOfLine;
    }
  | OutOfLine
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
  /** Registers with a lower DWARF number are the general-purpose ones. */
  readonly generalRegisters: number;
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
  /**
   * What ends the run of a copy in a slot: a single step, or a breakpoint behind the copy. On x86-64 a step of a
   * string instruction is one repetition of it, and a program that pushes its flags sees the step.
   */
  readonly slotEnd: "single-step" | "breakpoint";
  /** How to step past the instruction `code` that lives at `address`. */
  planStep(code: Uint8Array, address: number): StepPlan;
  /**
   * Bytes that a call leaves on the stack, the return address, and a return takes off again: 8 on x86-64, where the
   * address lies at the stack pointer of the entry; 0 where it is in a register.
   */
  readonly returnSlot: 0 | 8;
  /** Where the caller will go on, at the very entry of a function; `readWord` reads 8 bytes of user memory. */
  readReturnAddress(registers: Registers, readWord: (address: number) => bigint | undefined): number | undefined;
  /** Makes the function return to `address` instead; false when the stack cannot be written. */
  writeReturnAddress(
    registers: Registers,
    address: number,
    writeWord: (address: number, value: bigint) => boolean,
  ): boolean;
}
