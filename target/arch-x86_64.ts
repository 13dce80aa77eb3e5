/**
 * x86-64 (System V) as an `Arch`.
 *
 * Sources: the System V psABI for AMD64 (DWARF numbers, argument registers, system calls) and the processors' manuals
 * (encodings, see target/x86/). The number of a system call is in rax when it is entered; ptrace shows it as orig_rax
 * afterwards, which is the affair of the target that uses ptrace.
 */
import type { Arch } from "./arch.ts";
import { decode, LONGEST } from "./x86/decode.ts";
import { isUserAddress } from "./x86/operands.ts";
import { planStep } from "./x86/plan.ts";
import { DWARF, registerNames } from "./x86/registers.ts";

const { RAX, RDX, RCX, RSI, RDI, RSP, R8, R9, R10, XMM0, XMM1 } = DWARF;
const INT3 = 0xcc;

export const x86_64: Arch = {
  name: "x86_64",
  elfMachine: 62,
  registerNames,
  stackPointer: RSP,
  generalRegisters: 16,
  argumentRegisters: [RDI, RSI, RDX, RCX, R8, R9],
  returnRegisters: [RAX, RDX],
  floatReturnRegisters: [XMM0, XMM1],
  syscallNumberRegister: RAX,
  syscallArgumentRegisters: [RDI, RSI, RDX, R10, R8, R9],
  syscallReturnRegister: RAX,
  maxInstruction: LONGEST,
  slotEnd: "breakpoint",
  returnSlot: 8,

  instructionLength: (code) => decode(code)?.length ?? 0,

  breakpoint: () => Uint8Array.of(INT3),

  // The trap reports the address after the int3.
  breakpointAddress: (trapPc) => trapPc - 1,

  planStep,

  readReturnAddress(registers, readWord) {
    const value = readWord(Number(registers.readRegister(RSP)));
    return value !== undefined && isUserAddress(value) ? Number(value) : undefined;
  },

  writeReturnAddress: (registers, address, writeWord) =>
    writeWord(Number(registers.readRegister(RSP)), BigInt(address)),
};
