/**
 * The code of a JavaScript program: slots of real instructions, one for each function, that lead into JavaScript and back.
 *
 * A tracer finds real code at a real address and can put a breakpoint there. JavaScript runs in two instructions of the
 * custom-0 space, which riscv leaves to whoever builds the processor: `enter` begins a call of the slot's function, `step`
 * runs it until it wants something; it then goes on where the wish is fulfilled. A function has a frame with its return
 * address and its caller's frame pointer, as compilers make them, so stacks can be walked (`call-frames.ts`).
 *
 *     _start:  ld   a0, 0(sp)        argc               slot + 0   addi sp, sp, -16     the function
 *              addi a1, sp, 8        argv                    + 4   sd ra, 8(sp)
 *              jal  ra, slot 0                               + 8   sd s0, 0(sp)
 *              li   a7, exit_group; ecall                    + 12  addi s0, sp, 16
 *     thread:  nop                                           + 16  enter
 *              li   a7, exit; ecall                          + 20  step
 *                                                            + 24  ecall                a system call
 *     li: addi from x0                                       + 28  j step
 *     A mark has a slot with a nop and ret.                  + 32  addi t0, t0, -1      time goes by
 *                                                            + 36  bnez t0, + 32
 *                                                            + 40  j step
 *                                                            + 44  ecall                clone
 *                                                            + 48  bnez a0, step
 *                                                            + 52  jr s1                the child calls its function
 *                                                            + 56  jalr ra, t1          a call
 *                                                            + 60  j step
 *                                                            + 64  ld ra, -8(s0)        the end
 *                                                            + 68  addi sp, s0, -16
 *                                                            + 72  ld s0, 0(sp)
 *                                                            + 76  addi sp, sp, 16
 *                                                            + 80  ret
 */
import { PAGE_SIZE } from "../memory/page.ts";

/** Functions of a program, its anonymous ones and marks included: what twelve bits can number. */
export const MAX_SLOTS = 4096;
/** Programs of a machine: ten bits. */
export const MAX_PROGRAMS = 1024;

// biome-ignore format: table
export const SLOT = {
  ENTRY: 0, BODY: 16, STEP: 20, CALL: 24, WORK: 32, CLONE: 44, INVOKE: 56, RET: 64, RESTORED: 76, LEFT: 80,
} as const;
export const SLOT_SIZE = 96;

export const BASE = 0x1_0000;
export const TEXT = BASE + PAGE_SIZE;
export const TEXT_SIZE = SLOT_SIZE * (MAX_SLOTS + 1);
/** Where a child of clone returns to; each behind an instruction of _start. */
export const EXIT_GROUP = TEXT + 12;
export const EXIT_THREAD = TEXT + 24;
export const START_SIZE = 32;

export function slotAddress(slot: number): number {
  return TEXT + SLOT_SIZE * (slot + 1);
}

export interface CustomInstruction {
  readonly operation: (typeof OPERATIONS)[number];
  readonly program: number;
  readonly slot: number;
}

const CUSTOM_0 = 0b0001011;
const OPERATIONS = ["enter", "step"] as const;

/** Undefined for every other instruction. */
export function decodeCustom(word: number): CustomInstruction | undefined {
  const operation = OPERATIONS[(word >>> 12) & 7];
  if ((word & 0x7f) !== CUSTOM_0 || !operation) return undefined;
  return { operation, program: ((word >>> 10) & 0x3e0) | ((word >>> 7) & 0x1f), slot: word >>> 20 };
}

function encodeCustom(operation: CustomInstruction["operation"], program: number, slot: number): number {
  const fields = (slot << 20) | ((program >>> 5) << 15) | ((program & 0x1f) << 7);
  return fields | (OPERATIONS.indexOf(operation) << 12) | CUSTOM_0;
}

const [RA, SP, T0, T1, S0, S1, A0, A1, A7] = [1, 2, 5, 6, 8, 9, 10, 11, 17] as const;
const NOP = 0x13;
const ECALL = 0x73;
const EXIT_NR = 93;
const EXIT_GROUP_NR = 94;

const addi = (rd: number, rs1: number, imm: number): number => (imm << 20) | (rs1 << 15) | (rd << 7) | 0x13;
const ld = (rd: number, rs1: number, imm: number): number => (imm << 20) | (rs1 << 15) | (3 << 12) | (rd << 7) | 0x03;
const sd = (rs2: number, rs1: number, imm: number): number =>
  ((imm >> 5) << 25) | (rs2 << 20) | (rs1 << 15) | (3 << 12) | ((imm & 0x1f) << 7) | 0x23;
const jalr = (rd: number, rs1: number): number => (rs1 << 15) | (rd << 7) | 0x67;
const jal = (rd: number, by: number): number =>
  (((by >> 20) & 1) << 31) | (((by >> 1) & 0x3ff) << 21) | (((by >> 11) & 1) << 20) | (by & 0xff000) | (rd << 7) | 0x6f;
const bnez = (rs1: number, by: number): number =>
  (((by >> 12) & 1) << 31) |
  (((by >> 5) & 0x3f) << 25) |
  (rs1 << 15) |
  (1 << 12) |
  (((by >> 1) & 0xf) << 8) |
  (((by >> 11) & 1) << 7) |
  0x63;

const startCode: readonly number[] = [
  ld(A0, SP, 0),
  addi(A1, SP, 8),
  jal(RA, SLOT_SIZE - 8),
  addi(A7, 0, EXIT_GROUP_NR),
  ECALL,
  NOP,
  addi(A7, 0, EXIT_NR),
  ECALL,
];

function slotCode(program: number, slot: number): readonly number[] {
  const toStep = (from: number): number => SLOT.STEP - from;
  return [
    addi(SP, SP, -16),
    sd(RA, SP, 8),
    sd(S0, SP, 0),
    addi(S0, SP, 16),
    encodeCustom("enter", program, slot),
    encodeCustom("step", program, slot),
    ECALL,
    jal(0, toStep(28)),
    addi(T0, T0, -1),
    bnez(T0, -4),
    jal(0, toStep(40)),
    ECALL,
    bnez(A0, toStep(48)),
    jalr(0, S1),
    jalr(RA, T1),
    jal(0, toStep(60)),
    ld(RA, S0, -8),
    addi(SP, S0, -16),
    ld(S0, SP, 0),
    addi(SP, SP, 16),
    jalr(0, RA),
  ];
}

/** All code of a program; the slots from `firstMark` on, `marks` of them, are marks. */
export function makeText(program: number, firstMark: number, marks: number): Uint8Array {
  const words = new Uint32Array(TEXT_SIZE / 4);
  words.set(startCode);
  const inWords = SLOT_SIZE / 4;
  for (let slot = 0; slot < MAX_SLOTS; slot++) {
    const isMark = slot >= firstMark && slot < firstMark + marks;
    words.set(isMark ? [NOP, jalr(0, RA)] : slotCode(program, slot), inWords * (slot + 1));
  }
  return new Uint8Array(words.buffer);
}
