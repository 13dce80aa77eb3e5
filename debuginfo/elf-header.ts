/**
 * The head of an ELF file: header and program headers, checked.
 *
 * `elf.ts` reads the rest of a file that debug information is wanted of; the model's execve needs no more than this,
 * and reads it from a file's first pages. Source: the System V ABI, chapters 4 and 5.
 */
import { ByteReader, formatDecodeError } from "../base/bytes.ts";

export const ET = { REL: 1, EXEC: 2, DYN: 3, CORE: 4 } as const;
export const EM = { X86_64: 62, RISCV: 243 } as const;
// biome-ignore format: table
export const PT = { LOAD: 1, DYNAMIC: 2, INTERP: 3, NOTE: 4, PHDR: 6, TLS: 7, GNU_EH_FRAME: 0x6474e550, GNU_STACK: 0x6474e551, GNU_RELRO: 0x6474e552 } as const;
export const PF = { X: 1, W: 2, R: 4 } as const;

export const EHDR_SIZE = 64;
export const PHDR_SIZE = 56;

export interface ElfFailure {
  readonly kind: "failure";
  readonly message: string;
  /** The magic number is not there: no ELF file at all. */
  readonly notElf?: true;
}

export interface ElfHeader {
  readonly kind: "header";
  readonly type: number;
  readonly machine: number;
  readonly flags: number;
  readonly entry: number;
  /** Where the program header table is in the file, for AT_PHDR. */
  readonly phoff: number;
  readonly phentsize: number;
  readonly phnum: number;
  readonly shoff: number;
  readonly shentsize: number;
  readonly shnum: number;
  readonly shstrndx: number;
}

export interface ProgramHeader {
  readonly type: number;
  readonly flags: number;
  readonly offset: number;
  readonly vaddr: number;
  readonly filesz: number;
  readonly memsz: number;
  readonly align: number;
}

export function elfFailure(message: string): ElfFailure {
  return { kind: "failure", message };
}

/** `bytes`: the file, or at least its first EHDR_SIZE bytes. */
export function readElfHeader(bytes: Uint8Array): ElfHeader | ElfFailure {
  if (bytes.length < 4 || bytes[0] !== 0x7f || bytes[1] !== 0x45 || bytes[2] !== 0x4c || bytes[3] !== 0x46) {
    return { ...elfFailure("not an ELF file: it does not begin with 7f 45 4c 46"), notElf: true };
  }
  const r = new ByteReader(bytes, "ELF header", 4);
  const elfClass = r.u8();
  const data = r.u8();
  if (elfClass === 1) return elfFailure("a 32-bit ELF file (ELFCLASS32); only 64-bit ones are supported");
  if (data === 2) return elfFailure("a big-endian ELF file (ELFDATA2MSB); only little-endian ones are supported");
  r.skip(10);
  const [type, machine] = [r.u16(), r.u16()];
  r.skip(4);
  const [entry, phoff, shoff] = [r.u64Number(), r.u64Number(), r.u64Number()];
  const flags = r.u32();
  r.skip(2);
  const [phentsize, phnum, shentsize, shnum, shstrndx] = [r.u16(), r.u16(), r.u16(), r.u16(), r.u16()];
  if (r.error) return elfFailure(formatDecodeError(r.error));
  if (elfClass !== 2 || data !== 1) return elfFailure(`ELF header+0x4: class ${elfClass}, data encoding ${data}`);
  if (phnum > 0 && phentsize !== PHDR_SIZE) {
    return elfFailure(`ELF header+0x36: program headers of ${phentsize} bytes, not ${PHDR_SIZE}`);
  }
  return { kind: "header", type, machine, flags, entry, phoff, phentsize, phnum, shoff, shentsize, shnum, shstrndx };
}

/** `bytes`: the file with `offset` the header's phoff, or the table alone with 0. */
export function readProgramHeaders(
  bytes: Uint8Array,
  offset: number,
  count: number,
): readonly ProgramHeader[] | ElfFailure {
  const headers: ProgramHeader[] = [];
  if (count === 0) return headers;
  const r = new ByteReader(bytes, "program headers", offset);
  for (let i = 0; i < count && r.error === undefined; i++) {
    const [type, flags, at, vaddr] = [r.u32(), r.u32(), r.u64Number(), r.u64Number()];
    r.skip(8);
    const [filesz, memsz, align] = [r.u64Number(), r.u64Number(), r.u64Number()];
    headers.push({ type, flags, offset: at, vaddr, filesz, memsz, align });
  }
  return r.error ? elfFailure(formatDecodeError(r.error)) : headers;
}
