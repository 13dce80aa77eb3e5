/**
 * How a task gets past an x86-64 instruction whose first byte is a breakpoint: `Arch.planStep`.
 *
 * Emulated where `emulate.ts` knows it, else a copy runs in a slot. A copy that would read its own address, through
 * rip-relative addressing, gets a register that it does not use in place of rip. What leaves its place by itself and
 * cannot be emulated is refused.
 */
import type { OutOfLine, StepPlan } from "../arch.ts";
import { decode, type Instruction, PREFIX } from "./decode.ts";
import { emulation, type Run } from "./emulate.ts";
import { isRegisterForm, isRipRelative, REX, regField, wrap } from "./operands.ts";
import { DWARF, dwarfOf } from "./registers.ts";

export function planStep(code: Uint8Array, address: number): StepPlan {
  const i = decode(code);
  if (!i) return refuse("the bytes there are no complete instruction");
  const reason = whyNot(i, code);
  if (reason !== undefined) return refuse(reason);
  const run = emulation(i, code, address);
  if (!run) return outOfLine(i, code, address);
  return { kind: "emulate", run, otherwise: otherwise(i, code, address, run) };
}

function refuse(reason: string): StepPlan {
  return { kind: "refuse", reason };
}

function whyNot(i: Instruction, code: Uint8Array): string | undefined {
  if (i.encoding !== "legacy" || (i.prefixes & PREFIX.LOCK) !== 0) return undefined;
  const { opcode } = i;
  if (i.map === 1) {
    if (opcode === 0x34) return "sysenter does not come back to where it was called";
    return opcode >> 4 === 8 ? narrowJump(i) : undefined;
  }
  if (i.map !== 0) return undefined;
  if (opcode === 0xcc || opcode === 0xf1 || (opcode === 0xcd && code[i.immAt] === 3))
    return "a breakpoint cannot cover a trap of the program's own";
  if (opcode === 0xca || opcode === 0xcb || opcode === 0xcf)
    return "returns to another code segment cannot be followed";
  if (opcode === 0xff && (regField(i) === 3 || regField(i) === 5))
    return "calls and jumps to another code segment cannot be followed";
  if (opcode === 0xc7 && i.modrm === 0xf8) return "a transaction cannot begin at a breakpoint";
  return isNearTransfer(i) ? narrowJump(i) : undefined;
}

function isNearTransfer({ opcode, modrm }: Instruction): boolean {
  const field = (modrm >> 3) & 7;
  return (
    opcode >> 4 === 7 ||
    (opcode >= 0xe0 && opcode <= 0xe3) ||
    [0xc2, 0xc3, 0xe8, 0xe9, 0xeb].includes(opcode) ||
    (opcode === 0xff && (field === 2 || field === 4))
  );
}

/** With an operand size of 16 bits, processors of different makers do different things. */
function narrowJump(i: Instruction): string | undefined {
  return (i.prefixes & PREFIX.OPERAND) !== 0 && (i.rex & REX.W) === 0
    ? "a jump with an operand size of 16 bits means different things on different processors"
    : undefined;
}

// ---- copies ----

/** In the order of preference; one of three is left whatever ModRM.reg and VEX.vvvv name. Hidden operands are others. */
const scratchRegisters: readonly number[] = [6, 7, 3];

function outOfLine(i: Instruction, code: Uint8Array, address: number): OutOfLine {
  const copy = code.slice(0, i.length);
  if (i.encoding === "legacy" && i.map === 1 && i.opcode === 0x05)
    return { kind: "out-of-line", copy, finish: afterSyscall(address) };
  if (!isRipRelative(i)) return { kind: "out-of-line", copy };
  const taken = [regField(i), vvvv(i, code) & 7];
  const base = scratchRegisters.find((register) => !taken.includes(register)) ?? 6;
  copy[i.modrmAt] = (i.modrm & 0x38) | 0x80 | base;
  clearBaseExtension(i, copy);
  return { kind: "out-of-line", copy, scratch: { register: dwarfOf(base), value: BigInt(address + i.length) } };
}

/** The register that VEX, EVEX and XOP name besides ModRM; 0 (which is no scratch register) without them. */
function vvvv(i: Instruction, code: Uint8Array): number {
  if (i.encoding === "legacy") return 0;
  const short = i.encoding === "vex" && code[i.prefixAt] === 0xc5;
  return (~(code[i.prefixAt + (short ? 1 : 2)] ?? 0) >> 3) & 15;
}

/** The fourth bit of the base register's number, which rip-relative addressing ignores; inverted in the newer prefixes. */
function clearBaseExtension(i: Instruction, copy: Uint8Array): void {
  if (i.encoding === "legacy") {
    if (i.rex !== 0) copy[i.prefixAt] = i.rex & ~REX.B;
  } else if (copy[i.prefixAt] !== 0xc5) {
    copy[i.prefixAt + 1] = (copy[i.prefixAt + 1] ?? 0) | (i.encoding === "evex" ? 0x60 : 0x20);
  }
}

/** SYSCALL leaves the address after itself in rcx. */
function afterSyscall(address: number): NonNullable<OutOfLine["finish"]> {
  return (registers) => {
    registers.writeRegister(DWARF.RCX, BigInt(address + 2));
    return true;
  };
}

// ---- when emulation met a fault ----

function otherwise(i: Instruction, code: Uint8Array, address: number, run: Run): OutOfLine {
  const isCall = i.map === 0 && (i.opcode === 0xe8 || (i.opcode === 0xff && regField(i) === 2));
  return isCall ? pushFirst(i, code, address, run) : outOfLine(i, code, address);
}

/** A push in the call's place faults as the call does; if it does not, the stack is there now. */
function pushFirst(i: Instruction, code: Uint8Array, address: number, run: Run): OutOfLine {
  const isIndirect = i.opcode === 0xff && !isRegisterForm(i);
  const copied = outOfLine(i, code, address);
  if (isIndirect) copied.copy[i.modrmAt] = (copied.copy[i.modrmAt] ?? 0) ^ 0x20; // FF /2 → FF /6
  const copy = isIndirect ? copied.copy : Uint8Array.of(0x50);
  return {
    ...copied,
    copy,
    finish(registers, memory) {
      registers.writeRegister(DWARF.RSP, wrap(registers.readRegister(DWARF.RSP) + 8n));
      return run(registers, memory);
    },
  };
}
