/**
 * The program file of a JavaScript process: a riscv64 ELF file with code, symbols, debug information, call frames and marks.
 *
 * `scripts.ts` installs it, execve loads it like any other, and tracers read it like any other. Memory that the program
 * has from the start begins with its variables, then comes what `memory.alloc` gives.
 */
import { EHDR_SIZE, EM, ET, PF, PHDR_SIZE, PT } from "../../debuginfo/elf-header.ts";
import { PAGE_SIZE } from "../memory/page.ts";
import { BytesWriter } from "./bytes-writer.ts";
import { makeCallFrames } from "./call-frames.ts";
import { type Described, makeDebugSections } from "./dwarf.ts";
import { type Mark, makeMarkNotes } from "./marks.ts";
import { BASE, makeText, SLOT_SIZE, START_SIZE, slotAddress, TEXT, TEXT_SIZE } from "./slots.ts";

/** Zeroes for variables and `memory.alloc`. */
export const ARENA_SIZE = 1 << 20;
export const ARENA = 0x20_0000;

export interface ImageOf extends Described {
  readonly marks: readonly Mark[];
}

const SHT = { PROGBITS: 1, SYMTAB: 2, STRTAB: 3, NOTE: 7, NOBITS: 8 } as const;
const SHF = { WRITE: 1, ALLOC: 2, EXECINSTR: 4 } as const;
const STB_GLOBAL = { OBJECT: 0x11, FUNC: 0x12 } as const;
const EF_RISCV_FLOAT_ABI_DOUBLE = 4;
const SHDR_SIZE = 64;
const SYM_SIZE = 24;
const TEXT_SECTION = 1;
const BSS_SECTION = 2;

interface Section {
  readonly name: string;
  readonly type: number;
  readonly flags?: number;
  readonly address?: number;
  /** Of one without bytes. */
  readonly size?: number;
  readonly bytes?: Uint8Array;
  readonly link?: string;
  readonly info?: number;
  readonly align: number;
  readonly entry?: number;
}

/** `program`: its number on the machine. */
export function makeImage(program: number, of: ImageOf): Uint8Array {
  const { functions, marks } = of;
  const { symbols, strings } = makeSymbols(of);
  // biome-ignore format: table
  const sections: Section[] = [
    { name: ".text",         type: SHT.PROGBITS, flags: SHF.ALLOC | SHF.EXECINSTR, address: TEXT, bytes: makeText(program, functions.length, marks.length), align: 64 },
    { name: ".bss",          type: SHT.NOBITS,   flags: SHF.ALLOC | SHF.WRITE, address: ARENA, size: ARENA_SIZE, align: PAGE_SIZE },
    { name: ".symtab",       type: SHT.SYMTAB,   bytes: symbols, link: ".strtab", info: 1, align: 8, entry: SYM_SIZE },
    { name: ".strtab",       type: SHT.STRTAB,   bytes: strings, align: 1 },
    { name: ".debug_frame",  type: SHT.PROGBITS, bytes: makeCallFrames(functions.length, marks.length), align: 8 },
    ...makeDebugSections(of).map((section) => ({ ...section, type: SHT.PROGBITS, align: 1 })),
    ...(marks.length > 0 ? [{ name: ".note.stapsdt", type: SHT.NOTE, bytes: makeMarkNotes(marks, functions.length), align: 4 }] : []),
  ];
  const names = new BytesWriter().u8(0);
  const nameOf = sections.map(({ name }) => nameAt(names, name));
  const ownName = nameAt(names, ".shstrtab");
  sections.push({ name: ".shstrtab", type: SHT.STRTAB, bytes: names.bytes(), align: 1 });
  nameOf.push(ownName);

  let at = TEXT - BASE;
  const placed = sections.map((section) => {
    at = Math.ceil(at / Math.min(section.align, PAGE_SIZE)) * Math.min(section.align, PAGE_SIZE);
    const offset = at;
    at += section.bytes?.length ?? 0;
    return { ...section, at: offset };
  });
  const shoff = Math.ceil(at / 8) * 8;
  const textEnd = TEXT - BASE + TEXT_SIZE;

  const out = new BytesWriter();
  out.u8(0x7f, 0x45, 0x4c, 0x46, 2, 1, 1).align(16);
  out.u16(ET.EXEC, EM.RISCV).u32(1).u64(TEXT, EHDR_SIZE, shoff).u32(EF_RISCV_FLOAT_ABI_DOUBLE);
  out.u16(EHDR_SIZE, PHDR_SIZE, 2, SHDR_SIZE, sections.length + 1, sections.length);
  out.u32(PT.LOAD, PF.R | PF.X).u64(0, BASE, BASE, textEnd, textEnd, PAGE_SIZE);
  out.u32(PT.LOAD, PF.R | PF.W).u64(0, ARENA, ARENA, 0, ARENA_SIZE, PAGE_SIZE);
  for (const { at: offset, bytes } of placed) {
    if (bytes) out.block(new Uint8Array(offset - out.size)).block(bytes);
  }
  out.align(8).block(new Uint8Array(SHDR_SIZE));
  placed.forEach(({ type, flags = 0, address = 0, at: offset, size, bytes, link, info = 0, align, entry = 0 }, i) => {
    const linked = link === undefined ? 0 : 1 + sections.findIndex(({ name }) => name === link);
    out.u32(nameOf[i]!, type).u64(flags, address, offset, size ?? bytes?.length ?? 0);
    out.u32(linked, info).u64(align, entry);
  });
  return out.bytes().slice();
}

/** Functions by slot, and variables. */
function makeSymbols({ functions, variables }: ImageOf): { symbols: Uint8Array; strings: Uint8Array } {
  const strings = new BytesWriter().u8(0);
  const out = new BytesWriter().u64(0, 0, 0);
  const add = (name: string, kind: number, section: number, address: number, size: number): void =>
    void out.u32(nameAt(strings, name)).u8(kind, 0).u16(section).u64(address, size);
  add("_start", STB_GLOBAL.FUNC, TEXT_SECTION, TEXT, START_SIZE);
  functions.forEach(({ name }, slot) => void add(name, STB_GLOBAL.FUNC, TEXT_SECTION, slotAddress(slot), SLOT_SIZE));
  for (const { name, address, size } of variables) add(name, STB_GLOBAL.OBJECT, BSS_SECTION, address, size);
  return { symbols: out.bytes(), strings: strings.bytes() };
}

function nameAt(strings: BytesWriter, name: string): number {
  const at = strings.size;
  strings.string(name);
  return at;
}
