/**
 * Operands of decoded x86-64 instructions: registers, the address of a memory operand, immediates.
 *
 * Called by `emulate.ts`. Sizes are 4 and 8 bytes: no other is emulated.
 */
import type { Registers } from "../arch.ts";
import { type Instruction, PREFIX, readSigned } from "./decode.ts";
import { DWARF, dwarfOf } from "./registers.ts";

export const REX = { W: 8, R: 4, X: 2, B: 1 } as const;

/** Beyond lies what no program can jump to. */
const USER_END = 1n << 47n;

export function isUserAddress(value: bigint): boolean {
  return value < USER_END;
}

export function wrap(value: bigint): bigint {
  return BigInt.asUintN(64, value);
}

/** The three bits in the middle of ModRM, which in some opcodes tell instructions apart. */
export function regField(i: Instruction): number {
  return (i.modrm >> 3) & 7;
}

export function isRegisterForm(i: Instruction): boolean {
  return i.modrm >> 6 === 3;
}

export function isRipRelative(i: Instruction): boolean {
  return i.modrm >= 0 && (i.modrm & 0xc7) === 5;
}

/** DWARF numbers of the registers that ModRM and the opcode name. */
export function regRegister(i: Instruction): number {
  return dwarfOf(regField(i) | ((i.rex & REX.R) !== 0 ? 8 : 0));
}

export function rmRegister(i: Instruction): number {
  return dwarfOf((i.modrm & 7) | ((i.rex & REX.B) !== 0 ? 8 : 0));
}

export function opcodeRegister(i: Instruction): number {
  return dwarfOf((i.opcode & 7) | ((i.rex & REX.B) !== 0 ? 8 : 0));
}

/** A value of 32 bits clears the upper half, as the processor does. */
export function writeSized(registers: Registers, dwarf: number, bits: 32 | 64, value: bigint): void {
  registers.writeRegister(dwarf, BigInt.asUintN(bits, value));
}

export function readSized(registers: Registers, dwarf: number, bits: 32 | 64): bigint {
  return BigInt.asUintN(bits, registers.readRegister(dwarf));
}

/** Sign-extended; as BigInt because MOV has one of 64 bits. */
export function immediate(i: Instruction, code: Uint8Array): bigint {
  if (i.immSize < 8) return BigInt(readSigned(code, i.immAt, i.immSize));
  return new DataView(code.buffer, code.byteOffset + i.immAt, 8).getBigUint64(0, true);
}

type AddressOf = (registers: Registers) => bigint;

/** Where the memory operand of ModRM lies, without the base of its segment: what LEA gives. */
export function offsetOf(i: Instruction, code: Uint8Array, address: number): AddressOf {
  const narrow = (i.prefixes & PREFIX.ADDRESS) !== 0;
  const clip = (value: bigint): bigint => BigInt.asUintN(narrow ? 32 : 64, value);
  const disp = BigInt(i.disp);
  if (isRipRelative(i)) {
    const fixed = clip(BigInt(address + i.length) + disp);
    return () => fixed;
  }
  const mod = i.modrm >> 6;
  if ((i.modrm & 7) !== 4) {
    const base = rmRegister(i);
    return (registers) => clip(registers.readRegister(base) + disp);
  }
  const sib = code[i.modrmAt + 1] ?? 0;
  const index = ((sib >> 3) & 7) | ((i.rex & REX.X) !== 0 ? 8 : 0);
  const scale = BigInt(sib >> 6);
  const base = mod === 0 && (sib & 7) === 5 ? undefined : dwarfOf((sib & 7) | ((i.rex & REX.B) !== 0 ? 8 : 0));
  return (registers) => {
    const from = base === undefined ? 0n : registers.readRegister(base);
    const by = index === 4 ? 0n : registers.readRegister(dwarfOf(index)) << scale;
    return clip(from + by + disp);
  };
}

/** The same with the base of the segment that a prefix names. */
export function addressOf(i: Instruction, code: Uint8Array, address: number): AddressOf {
  const offset = offsetOf(i, code, address);
  const segment =
    (i.prefixes & PREFIX.FS) !== 0 ? DWARF.FS_BASE : (i.prefixes & PREFIX.GS) !== 0 ? DWARF.GS_BASE : undefined;
  if (segment === undefined) return offset;
  return (registers) => wrap(registers.readRegister(segment) + offset(registers));
}
