/**
 * The x86-64 instructions whose work utap does itself when a breakpoint covers them.
 *
 * Called by `plan.ts`. First those that have to be: they read or leave their pc. Then what functions and lines
 * commonly begin with, because emulation saves the stop at the end of a step. An instruction that is not found here
 * runs out of line. Every `run` sets the pc, and changes nothing when it answers false.
 */
import type { Registers, UserWords } from "../arch.ts";
import { compute, conditionHolds, type Operation, withFlags } from "./alu.ts";
import { type Instruction, PREFIX } from "./decode.ts";
import {
  addressOf,
  immediate,
  isRegisterForm,
  isUserAddress,
  offsetOf,
  opcodeRegister,
  REX,
  readSized,
  regField,
  regRegister,
  rmRegister,
  wrap,
  writeSized,
} from "./operands.ts";
import { DWARF } from "./registers.ts";

export type Run = (registers: Registers, memory: UserWords) => boolean;

/** Undefined: run it out of line. */
export function emulation(i: Instruction, code: Uint8Array, address: number): Run | undefined {
  if (i.encoding !== "legacy" || (i.prefixes & PREFIX.LOCK) !== 0) return undefined;
  const next = address + i.length;
  const control = controlTransfer(i, code, address, next);
  if (control) return control;
  if (isNop(i)) {
    return (registers) => {
      registers.pc = next;
      return true;
    };
  }
  const work = plainWork(i, code, address);
  return (
    work &&
    ((registers, memory) => {
      if (!work(registers, memory)) return false;
      registers.pc = next;
      return true;
    })
  );
}

// ---- what leaves its place ----

function controlTransfer(i: Instruction, code: Uint8Array, address: number, next: number): Run | undefined {
  const { map, opcode } = i;
  const target = next + (i.immSize > 0 ? Number(immediate(i, code)) : 0);
  if (map === 1) return opcode >> 4 === 8 ? jumpIf(opcode, target, next) : undefined;
  if (map !== 0) return undefined;
  if (opcode >> 4 === 7) return jumpIf(opcode, target, next);
  switch (opcode) {
    case 0xe0:
    case 0xe1:
    case 0xe2:
    case 0xe3:
      return loop(i, target, next);
    case 0xe8:
      return (registers, memory) => call(registers, memory, BigInt(target), next);
    case 0xe9:
    case 0xeb:
      return (registers) => jump(registers, BigInt(target));
    case 0xc2:
    case 0xc3:
      return returnBy(8n + (opcode === 0xc2 ? immediate(i, code) & 0xffffn : 0n));
    case 0xff: {
      const place = regField(i) === 2 || regField(i) === 4 ? operand(i, code, address) : undefined;
      if (!place) return undefined;
      return (registers, memory) => {
        const to = place(registers, memory);
        if (to === undefined) return false;
        return regField(i) === 2 ? call(registers, memory, to, next) : jump(registers, to);
      };
    }
    default:
      return undefined;
  }
}

function jump(registers: Registers, to: bigint): boolean {
  if (!isUserAddress(to)) return false;
  registers.pc = Number(to);
  return true;
}

function jumpIf(opcode: number, target: number, next: number): Run {
  return (registers) =>
    jump(registers, BigInt(conditionHolds(opcode, registers.readRegister(DWARF.RFLAGS)) ? target : next));
}

/** LOOPNE, LOOPE, LOOP, JRCXZ: 67 makes the counter ecx. */
function loop(i: Instruction, target: number, next: number): Run {
  const bits = (i.prefixes & PREFIX.ADDRESS) !== 0 ? 32 : 64;
  return (registers) => {
    const count = BigInt.asUintN(bits, registers.readRegister(DWARF.RCX) - (i.opcode === 0xe3 ? 0n : 1n));
    const zero = conditionHolds(4, registers.readRegister(DWARF.RFLAGS));
    const goes = i.opcode === 0xe3 ? count === 0n : count !== 0n && (i.opcode === 0xe2 || zero === (i.opcode === 0xe1));
    if (!jump(registers, BigInt(goes ? target : next))) return false;
    if (i.opcode !== 0xe3) writeSized(registers, DWARF.RCX, bits, count);
    return true;
  };
}

function call(registers: Registers, memory: UserWords, to: bigint, next: number): boolean {
  return isUserAddress(to) && push(registers, memory, BigInt(next)) && jump(registers, to);
}

function returnBy(size: bigint): Run {
  return (registers, memory) => {
    const sp = registers.readRegister(DWARF.RSP);
    const to = readWord(memory, sp);
    if (to === undefined || !jump(registers, to)) return false;
    registers.writeRegister(DWARF.RSP, wrap(sp + size));
    return true;
  };
}

// ---- what only saves a step ----

/** NOP, PAUSE, ENDBR64, ENDBR32 and the other hints; other forms of 0F 1E are instructions of shadow stacks. */
function isNop(i: Instruction): boolean {
  if (i.map === 0) return i.opcode === 0x90 && (i.rex & REX.B) === 0;
  if (i.map !== 1) return false;
  if (i.opcode === 0x1f) return true;
  return i.opcode === 0x1e && ((i.prefixes & PREFIX.REP) === 0 || i.modrm === 0xfa || i.modrm === 0xfb);
}

function plainWork(i: Instruction, code: Uint8Array, address: number): Run | undefined {
  const isLea = i.map === 0 && i.opcode === 0x8d;
  const allowed = PREFIX.IGNORED | (isLea ? PREFIX.ADDRESS | PREFIX.FS | PREFIX.GS : 0);
  if (i.map !== 0 || (i.prefixes & ~allowed) !== 0) return undefined;
  const { opcode } = i;
  const bits = (i.rex & REX.W) !== 0 ? 64 : 32;
  switch (opcode & 0xf8) {
    case 0x50: {
      const source = opcodeRegister(i);
      return (registers, memory) => push(registers, memory, registers.readRegister(source));
    }
    case 0x58:
      return popTo(opcodeRegister(i));
    case 0xb8: {
      const value = immediate(i, code);
      return always((registers) => writeSized(registers, opcodeRegister(i), bits, value));
    }
  }
  switch (opcode) {
    case 0x68:
    case 0x6a: {
      const value = wrap(immediate(i, code));
      return (registers, memory) => push(registers, memory, value);
    }
    case 0x8d: {
      if (isRegisterForm(i)) return undefined;
      const offset = offsetOf(i, code, address);
      return always((registers) => writeSized(registers, regRegister(i), bits, offset(registers)));
    }
    case 0x89:
    case 0x8b:
      return move(i, code, address, bits);
    case 0xc7:
      if (!isRegisterForm(i) || regField(i) !== 0) return undefined;
      return always((registers) => writeSized(registers, rmRegister(i), bits, immediate(i, code)));
    case 0xc9:
      return (registers, memory) => {
        const frame = registers.readRegister(DWARF.RBP);
        const saved = readWord(memory, frame);
        if (saved === undefined) return false;
        registers.writeRegister(DWARF.RSP, wrap(frame + 8n));
        registers.writeRegister(DWARF.RBP, saved);
        return true;
      };
    default:
      return arithmetic(i, code, bits);
  }
}

function always(work: (registers: Registers) => void): Run {
  return (registers) => {
    work(registers);
    return true;
  };
}

/** Between registers, or a register and the task's own stack: memory that others see at once is left to the processor. */
function move(i: Instruction, code: Uint8Array, address: number, bits: 32 | 64): Run | undefined {
  const size = bits === 64 ? 8 : 4;
  const register = regRegister(i);
  const isLoad = i.opcode === 0x8b;
  if (isRegisterForm(i)) {
    const [to, from] = isLoad ? [register, rmRegister(i)] : [rmRegister(i), register];
    return always((registers) => writeSized(registers, to, bits, registers.readRegister(from)));
  }
  if (!isOnStack(i, code)) return undefined;
  const place = addressOf(i, code, address);
  if (!isLoad) {
    return (registers, memory) => writeMemory(memory, place(registers), size, readSized(registers, register, bits));
  }
  return (registers, memory) => {
    const value = readMemory(memory, place(registers), size);
    if (value !== undefined) writeSized(registers, register, bits, value);
    return value !== undefined;
  };
}

/** disp(%rbp) or disp(%rsp). */
function isOnStack(i: Instruction, code: Uint8Array): boolean {
  if ((i.rex & REX.B) !== 0) return false;
  const rm = i.modrm & 7;
  return (rm === 5 && i.modrm >> 6 !== 0) || (rm === 4 && code[i.modrmAt + 1] === 0x24);
}

/** By the opcode's operation field, of 00 … 3F, and by ModRM's of 81 and 83. ADC and SBB run out of line. */
const operations: readonly (Operation | undefined)[] = ["add", "or", undefined, undefined, "and", "sub", "xor", "cmp"];

function arithmetic(i: Instruction, code: Uint8Array, bits: 32 | 64): Run | undefined {
  const { opcode } = i;
  const given = BigInt.asUintN(bits, immediate(i, code));
  const register = (dwarf: number) => (registers: Registers) => readSized(registers, dwarf, bits);
  const constant = () => given;
  if (opcode === 0xa9) return operate("test", DWARF.RAX, constant, bits);
  const operation = operations[(opcode >> 3) & 7];
  if (opcode < 0x40 && (opcode & 7) === 5 && operation) return operate(operation, DWARF.RAX, constant, bits);
  if (!isRegisterForm(i)) return undefined;
  if (opcode === 0x85) return operate("test", rmRegister(i), register(regRegister(i)), bits);
  if (opcode === 0xf7 && regField(i) === 0) return operate("test", rmRegister(i), constant, bits);
  if (opcode === 0x81 || opcode === 0x83) {
    const byField = operations[regField(i)];
    return byField && operate(byField, rmRegister(i), constant, bits);
  }
  if (opcode >= 0x40 || !operation) return undefined;
  if ((opcode & 7) === 1) return operate(operation, rmRegister(i), register(regRegister(i)), bits);
  if ((opcode & 7) === 3) return operate(operation, regRegister(i), register(rmRegister(i)), bits);
  return undefined;
}

function operate(operation: Operation, to: number, second: (registers: Registers) => bigint, bits: 32 | 64): Run {
  return always((registers) => {
    const { value, flags } = compute(operation, readSized(registers, to, bits), second(registers), bits);
    registers.writeRegister(DWARF.RFLAGS, withFlags(registers.readRegister(DWARF.RFLAGS), flags));
    if (operation !== "cmp" && operation !== "test") writeSized(registers, to, bits, value);
  });
}

// ---- memory ----

/** The 64-bit operand of an indirect jump. */
function operand(
  i: Instruction,
  code: Uint8Array,
  address: number,
): (registers: Registers, memory: UserWords) => bigint | undefined {
  if (isRegisterForm(i)) return (registers) => registers.readRegister(rmRegister(i));
  const place = addressOf(i, code, address);
  return (registers, memory) => readWord(memory, place(registers));
}

function push(registers: Registers, memory: UserWords, value: bigint): boolean {
  const sp = wrap(registers.readRegister(DWARF.RSP) - 8n);
  if (!writeMemory(memory, sp, 8, value)) return false;
  registers.writeRegister(DWARF.RSP, sp);
  return true;
}

function popTo(dwarf: number): Run {
  return (registers, memory) => {
    const sp = registers.readRegister(DWARF.RSP);
    const value = readWord(memory, sp);
    if (value === undefined) return false;
    registers.writeRegister(DWARF.RSP, wrap(sp + 8n));
    registers.writeRegister(dwarf, value);
    return true;
  };
}

function readWord(memory: UserWords, address: bigint): bigint | undefined {
  return readMemory(memory, address, 8);
}

function readMemory(memory: UserWords, address: bigint, size: 4 | 8): bigint | undefined {
  return isUserAddress(address) ? memory.read(Number(address), size) : undefined;
}

function writeMemory(memory: UserWords, address: bigint, size: 4 | 8, value: bigint): boolean {
  return isUserAddress(address) && memory.write(Number(address), size, value);
}
