/**
 * riscv64 (RV64GC, LP64D) as an `Arch`.
 *
 * Sources: the RISC-V psABI (DWARF numbers, argument registers, system calls: number in a7) and the unprivileged ISA
 * manual (encodings). Instructions that read their own address or set the pc are emulated when a breakpoint covers
 * them; all others may run out of line.
 */
import type { Arch, OutOfLine, Registers, StepPlan } from "./arch.ts";

const integerNames = [
  "zero",
  "ra",
  "sp",
  "gp",
  "tp",
  "t0",
  "t1",
  "t2",
  "s0",
  "s1",
  "a0",
  "a1",
  "a2",
  "a3",
  "a4",
  "a5",
  "a6",
  "a7",
  "s2",
  "s3",
  "s4",
  "s5",
  "s6",
  "s7",
  "s8",
  "s9",
  "s10",
  "s11",
  "t3",
  "t4",
  "t5",
  "t6",
] as const;

const floatNames = [
  "ft0",
  "ft1",
  "ft2",
  "ft3",
  "ft4",
  "ft5",
  "ft6",
  "ft7",
  "fs0",
  "fs1",
  "fa0",
  "fa1",
  "fa2",
  "fa3",
  "fa4",
  "fa5",
  "fa6",
  "fa7",
  "fs2",
  "fs3",
  "fs4",
  "fs5",
  "fs6",
  "fs7",
  "fs8",
  "fs9",
  "fs10",
  "fs11",
  "ft8",
  "ft9",
  "ft10",
  "ft11",
] as const;

const RA = 1;
const SP = 2;

export const riscv64: Arch = {
  name: "riscv64",
  elfMachine: 243,
  registerNames: [...integerNames, ...floatNames],
  stackPointer: SP,
  generalRegisters: 32,
  argumentRegisters: [10, 11, 12, 13, 14, 15, 16, 17],
  returnRegisters: [10, 11],
  floatReturnRegisters: [42, 43],
  syscallNumberRegister: 17,
  syscallArgumentRegisters: [10, 11, 12, 13, 14, 15],
  syscallReturnRegister: 10,
  maxInstruction: 4,
  slotEnd: "single-step",
  returnSlot: 0,

  instructionLength(code) {
    const low = code[0];
    if (low === undefined) return 0;
    const length = (low & 3) === 3 ? 4 : 2;
    return code.length >= length ? length : 0;
  },

  breakpoint: (length) => (length === 2 ? new Uint8Array([0x02, 0x90]) : new Uint8Array([0x73, 0x00, 0x10, 0x00])),

  // The trap reports the address of the ebreak itself.
  breakpointAddress: (trapPc) => trapPc,

  planStep(code, address) {
    const length = this.instructionLength(code);
    if (length === 0) return { kind: "refuse", reason: "the instruction is cut off by the end of its mapping" };
    const low = (code[0] ?? 0) | ((code[1] ?? 0) << 8);
    return length === 2
      ? planCompressed(low, address, outOfLine(code.slice(0, 2)))
      : planFull(low | ((code[2] ?? 0) << 16) | ((code[3] ?? 0) << 24) | 0, address, outOfLine(code.slice(0, 4)));
  },

  readReturnAddress(registers) {
    const value = registers.readRegister(RA);
    return value <= 0x1f_ffff_ffff_ffffn ? Number(value) : undefined;
  },

  writeReturnAddress(registers, address) {
    registers.writeRegister(RA, BigInt(address));
    return true;
  },
};

function outOfLine(copy: Uint8Array): OutOfLine {
  return { kind: "out-of-line", copy };
}

/** Bits [high:low] of a 32-bit instruction. */
function bits(instruction: number, high: number, low: number): number {
  return (instruction >>> low) & ((1 << (high - low + 1)) - 1);
}

function signExtend(value: number, width: number): number {
  return (value << (32 - width)) >> (32 - width);
}

function emulate(run: (registers: Registers) => void): StepPlan {
  return {
    kind: "emulate",
    run(registers) {
      run(registers);
      return true;
    },
  };
}

function setRegister(registers: Registers, rd: number, value: bigint): void {
  if (rd !== 0) registers.writeRegister(rd, BigInt.asUintN(64, value));
}

/** The target of an indirect jump: bit 0 is cleared; a value that is no user address faults when it is fetched. */
function jumpTo(registers: Registers, value: bigint): void {
  const wrapped = BigInt.asUintN(64, value) & ~1n;
  registers.pc = wrapped <= 0x1f_ffff_ffff_ffffn ? Number(wrapped) : Number.MAX_SAFE_INTEGER - 1;
}

/** Comparisons of BEQ … BGEU by funct3; 2 and 3 are not defined. */
const branchTaken: readonly (((a: bigint, b: bigint) => boolean) | undefined)[] = [
  (a, b) => a === b,
  (a, b) => a !== b,
  undefined,
  undefined,
  (a, b) => BigInt.asIntN(64, a) < BigInt.asIntN(64, b),
  (a, b) => BigInt.asIntN(64, a) >= BigInt.asIntN(64, b),
  (a, b) => a < b,
  (a, b) => a >= b,
];

function planFull(instruction: number, address: number, copied: OutOfLine): StepPlan {
  const rd = bits(instruction, 11, 7);
  const rs1 = bits(instruction, 19, 15);
  switch (instruction & 0x7f) {
    case 0x17: // AUIPC
      return emulate((r) => {
        setRegister(r, rd, BigInt(address) + BigInt(instruction & ~0xfff));
        r.pc = address + 4;
      });
    case 0x6f: {
      // JAL
      const offset = signExtend(
        (bits(instruction, 31, 31) << 20) |
          (bits(instruction, 19, 12) << 12) |
          (bits(instruction, 20, 20) << 11) |
          (bits(instruction, 30, 21) << 1),
        21,
      );
      return emulate((r) => {
        setRegister(r, rd, BigInt(address + 4));
        r.pc = address + offset;
      });
    }
    case 0x67: // JALR
      return emulate((r) => {
        const target = r.readRegister(rs1) + BigInt(instruction >> 20);
        setRegister(r, rd, BigInt(address + 4));
        jumpTo(r, target);
      });
    case 0x63: {
      // BEQ … BGEU
      const taken = branchTaken[bits(instruction, 14, 12)];
      if (!taken) return copied;
      const offset = signExtend(
        (bits(instruction, 31, 31) << 12) |
          (bits(instruction, 7, 7) << 11) |
          (bits(instruction, 30, 25) << 5) |
          (bits(instruction, 11, 8) << 1),
        13,
      );
      return emulate((r) => {
        const go = taken(r.readRegister(rs1), r.readRegister(bits(instruction, 24, 20)));
        r.pc = address + (go ? offset : 4);
      });
    }
    case 0x2f: // AMO: a reservation does not survive a step out of line
      return bits(instruction, 31, 27) === 2 || bits(instruction, 31, 27) === 3
        ? { kind: "refuse", reason: "a breakpoint inside an lr/sc sequence would make it fail for ever" }
        : copied;
    case 0x73: // SYSTEM: an ebreak of the program's own must trap at its own address; ecall returns to its own pc
      return instruction === 0x0010_0073 || instruction === 0x0000_0073
        ? { kind: "refuse", reason: "a breakpoint cannot cover an ebreak or ecall instruction" }
        : copied;
    default:
      return copied;
  }
}

/** x8…x15 of the three-bit register fields. */
function narrow(field: number): number {
  return field + 8;
}

function planCompressed(instruction: number, address: number, copied: OutOfLine): StepPlan {
  const quadrant = instruction & 3;
  const funct3 = bits(instruction, 15, 13);
  if (quadrant === 1 && funct3 === 5) {
    // C.J
    const offset = signExtend(
      (bits(instruction, 12, 12) << 11) |
        (bits(instruction, 8, 8) << 10) |
        (bits(instruction, 10, 9) << 8) |
        (bits(instruction, 6, 6) << 7) |
        (bits(instruction, 7, 7) << 6) |
        (bits(instruction, 2, 2) << 5) |
        (bits(instruction, 11, 11) << 4) |
        (bits(instruction, 5, 3) << 1),
      12,
    );
    return emulate((r) => {
      r.pc = address + offset;
    });
  }
  if (quadrant === 1 && funct3 >= 6) {
    // C.BEQZ, C.BNEZ
    const offset = signExtend(
      (bits(instruction, 12, 12) << 8) |
        (bits(instruction, 6, 5) << 6) |
        (bits(instruction, 2, 2) << 5) |
        (bits(instruction, 11, 10) << 3) |
        (bits(instruction, 4, 3) << 1),
      9,
    );
    return emulate((r) => {
      const zero = r.readRegister(narrow(bits(instruction, 9, 7))) === 0n;
      r.pc = address + (zero === (funct3 === 6) ? offset : 2);
    });
  }
  if (quadrant === 2 && funct3 === 4 && bits(instruction, 6, 2) === 0) {
    const rs1 = bits(instruction, 11, 7);
    const link = bits(instruction, 12, 12) === 1;
    if (rs1 === 0) return link ? { kind: "refuse", reason: "a breakpoint cannot cover an ebreak instruction" } : copied;
    return emulate((r) => {
      // C.JR, C.JALR
      const target = r.readRegister(rs1);
      if (link) setRegister(r, RA, BigInt(address + 2));
      jumpTo(r, target);
    });
  }
  return copied;
}
