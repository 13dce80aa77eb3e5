/**
 * The program file of a JavaScript process: a riscv64 ELF file whose code leads into JavaScript and back.
 *
 * `scripts.ts` installs it, execve loads it like any other. Every function has a slot of real instructions, so a
 * tracer finds real code at a real address, with a symbol, and can put a breakpoint there. JavaScript runs in two
 * instructions of the custom-0 space, which riscv leaves to whoever builds the processor: `enter` begins a call of the
 * slot's function, `step` runs it until it wants something; it then goes on where the wish is fulfilled.
 *
 *     _start:  jal  ra, slot 0                          slot + 0   nop              the function
 *              li   a7, exit_group; ecall                    + 4   enter
 *     thread:  li   a7, exit; ecall                          + 8   step
 *                                                            + 12  ecall            a system call
 *     li: addi from x0                                       + 16  j step
 *                                                            + 20  ret              the end
 *                                                            + 24  addi t0, t0, -1  time goes by
 *                                                            + 28  bnez t0, + 24
 *                                                            + 32  j step
 *                                                            + 36  ecall            clone
 *                                                            + 40  bnez a0, step
 *                                                            + 44  jr s1            the child calls its function
 *                                                            + 48  jalr ra, t1      a call
 *                                                            + 52  j step
 */
import { EHDR_SIZE, EM, ET, PF, PHDR_SIZE, PT } from "../../debuginfo/elf-header.ts";
import { PAGE_SIZE } from "../memory/page.ts";

/** Functions of a program, its anonymous ones included: what twelve bits can number. */
export const MAX_SLOTS = 4096;
/** Programs of a machine: ten bits. */
export const MAX_PROGRAMS = 1024;
/** Zeroes for `memory.alloc`. */
export const ARENA_SIZE = 1 << 20;
export const ARENA = 0x20_0000;

export const SLOT = { ENTRY: 0, STEP: 8, CALL: 12, RET: 20, WORK: 24, CLONE: 36, INVOKE: 48 } as const;

const BASE = 0x1_0000;
const TEXT = BASE + PAGE_SIZE;
const SLOT_SIZE = 64;
/** Where a child of clone returns to. */
export const EXIT_GROUP = TEXT + 4;
export const EXIT_THREAD = TEXT + 12;

export function slotAddress(slot: number): number {
  return TEXT + SLOT_SIZE * (slot + 1);
}

// ---- instructions ----

const CUSTOM_0 = 0b0001011;
const OPERATIONS = ["enter", "step"] as const;

export interface CustomInstruction {
  readonly operation: (typeof OPERATIONS)[number];
  readonly program: number;
  readonly slot: number;
}

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

const [RA, T0, T1, S1, A0, A7] = [1, 5, 6, 9, 10, 17];
const NOP = 0x13;
const ECALL = 0x73;

const addi = (rd: number, rs1: number, imm: number): number => (imm << 20) | (rs1 << 15) | (rd << 7) | 0x13;
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

const EXIT_NR = 93;
const EXIT_GROUP_NR = 94;

function startCode(): number[] {
  return [jal(RA!, SLOT_SIZE), addi(A7!, 0, EXIT_GROUP_NR), ECALL, addi(A7!, 0, EXIT_NR), ECALL];
}

function slotCode(program: number, slot: number): number[] {
  const toStep = (from: number): number => SLOT.STEP - from;
  return [
    NOP,
    encodeCustom("enter", program, slot),
    encodeCustom("step", program, slot),
    ECALL,
    jal(0, toStep(16)),
    jalr(0, RA!),
    addi(T0!, T0!, -1),
    bnez(T0!, -4),
    jal(0, toStep(32)),
    ECALL,
    bnez(A0!, toStep(40)),
    jalr(0, S1!),
    jalr(RA!, T1!),
    jal(0, toStep(52)),
  ];
}

// ---- the file ----

const SHT = { PROGBITS: 1, SYMTAB: 2, STRTAB: 3, NOBITS: 8 } as const;
const SHF = { WRITE: 1, ALLOC: 2, EXECINSTR: 4 } as const;
const STB_GLOBAL_FUNC = 0x12;
const EF_RISCV_FLOAT_ABI_DOUBLE = 4;
const SHDR_SIZE = 64;
const SYM_SIZE = 24;

/** `names`: of the functions in the slots from 0 on; symbols. */
export function makeImage(program: number, names: readonly string[]): Uint8Array {
  const textSize = SLOT_SIZE * (MAX_SLOTS + 1);
  const strings = new StringTable();
  const symbols = [
    { name: strings.add("_start"), address: TEXT, size: 20 },
    ...names.map((name, slot) => ({ name: strings.add(name), address: slotAddress(slot), size: SLOT_SIZE })),
  ];
  const sectionNames = new StringTable();
  const textAt = TEXT - BASE;
  const symtabAt = textAt + textSize;
  const symtabSize = SYM_SIZE * (symbols.length + 1);
  const strtabAt = symtabAt + symtabSize;
  // biome-ignore format: table
  const sections = [
    { name: ".text",     type: SHT.PROGBITS, flags: SHF.ALLOC | SHF.EXECINSTR, address: TEXT,  at: textAt,   size: textSize,   link: 0, info: 0, align: 64,        entry: 0 },
    { name: ".bss",      type: SHT.NOBITS,   flags: SHF.ALLOC | SHF.WRITE,     address: ARENA, at: symtabAt, size: ARENA_SIZE, link: 0, info: 0, align: PAGE_SIZE, entry: 0 },
    { name: ".symtab",   type: SHT.SYMTAB,   flags: 0, address: 0, at: symtabAt, size: symtabSize,   link: 4, info: 1, align: 8, entry: SYM_SIZE },
    { name: ".strtab",   type: SHT.STRTAB,   flags: 0, address: 0, at: strtabAt, size: strings.size, link: 0, info: 0, align: 1, entry: 0 },
    { name: ".shstrtab", type: SHT.STRTAB,   flags: 0, address: 0, at: strtabAt + strings.size, size: 0, link: 0, info: 0, align: 1, entry: 0 },
  ].map((section) => ({ ...section, nameAt: sectionNames.add(section.name) }));
  const shoff = Math.ceil((strtabAt + strings.size + sectionNames.size) / 8) * 8;
  const bytes = new Uint8Array(shoff + SHDR_SIZE * (sections.length + 1));
  const out = new Fields(bytes);

  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  out.at(16).u16(ET.EXEC, EM.RISCV).u32(1).u64(TEXT, EHDR_SIZE, shoff).u32(EF_RISCV_FLOAT_ABI_DOUBLE);
  out.u16(EHDR_SIZE, PHDR_SIZE, 2, SHDR_SIZE, sections.length + 1, sections.length);
  out.u32(PT.LOAD, PF.R | PF.X).u64(0, BASE, BASE, symtabAt, symtabAt, PAGE_SIZE);
  out.u32(PT.LOAD, PF.R | PF.W).u64(0, ARENA, ARENA, 0, ARENA_SIZE, PAGE_SIZE);
  out.at(textAt).u32(...startCode());
  for (let slot = 0; slot < MAX_SLOTS; slot++) {
    out.at(textAt + SLOT_SIZE * (slot + 1)).u32(...slotCode(program, slot));
  }
  out.at(symtabAt + SYM_SIZE);
  for (const { name, address, size } of symbols) out.u32(name).u16(STB_GLOBAL_FUNC, 1).u64(address, size);
  bytes.set(strings.bytes(), strtabAt);
  bytes.set(sectionNames.bytes(), strtabAt + strings.size);
  out.at(shoff + SHDR_SIZE);
  for (const { nameAt, name, type, flags, address, at, size, link, info, align, entry } of sections) {
    const length = name === ".shstrtab" ? sectionNames.size : size;
    out.u32(nameAt, type).u64(flags, address, at, length).u32(link, info).u64(align, entry);
  }
  return bytes;
}

class StringTable {
  #text = "\0";

  get size(): number {
    return this.#text.length;
  }

  add(name: string): number {
    const at = this.#text.length;
    this.#text += `${name}\0`;
    return at;
  }

  bytes(): Uint8Array {
    return Uint8Array.from(this.#text, (letter) => letter.charCodeAt(0));
  }
}

/** Little-endian fields, one after the other. */
class Fields {
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer);
  }

  at(offset: number): this {
    this.#at = offset;
    return this;
  }

  u16(...values: number[]): this {
    for (const value of values) {
      this.#view.setUint16(this.#at, value, true);
      this.#at += 2;
    }
    return this;
  }

  u32(...values: number[]): this {
    for (const value of values) {
      this.#view.setUint32(this.#at, value, true);
      this.#at += 4;
    }
    return this;
  }

  u64(...values: number[]): this {
    for (const value of values) this.u32(value % 2 ** 32, Math.floor(value / 2 ** 32));
    return this;
  }
}
