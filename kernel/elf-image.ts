/**
 * What execve needs of an ELF file: the header and the program headers, checked.
 *
 * `exec.ts` calls `readElfImage` and maps what it says. A file that is no ELF at all gives "not-elf"; one that is
 * damaged or for another machine gives the reason as text, for the diagnostic of a program that cannot be started.
 */
import { ByteReader } from "../base/bytes.ts";
import type { FileBacking } from "./memory/address-space.ts";
import { PAGE_SIZE } from "./memory/frames.ts";

export const PT = { PT_LOAD: 1, PT_INTERP: 3, PT_PHDR: 6 } as const;
export const PF = { PF_X: 1, PF_W: 2, PF_R: 4 } as const;
const ET_EXEC = 2;
const ET_DYN = 3;
const EM_RISCV = 243;
const EHDR_SIZE = 64;
const PHDR_SIZE = 56;
const MAX_PHDRS = 512;

// biome-ignore format: table
const machines: { readonly [number: number]: string } = { 3: "i386", 40: "arm", 62: "x86-64", 183: "aarch64", 243: "riscv" };

export interface ProgramHeader {
  readonly type: number;
  readonly flags: number;
  readonly offset: number;
  readonly vaddr: number;
  readonly filesz: number;
  readonly memsz: number;
}

export interface ElfImage {
  /** ET_DYN: the addresses are relative. */
  readonly relocatable: boolean;
  readonly entry: number;
  readonly phoff: number;
  readonly headers: readonly ProgramHeader[];
  /** Of PT_INTERP. */
  readonly interpreter: string | undefined;
}

export function readElfImage(file: FileBacking): ElfImage | "not-elf" | { readonly reason: string } {
  const r = new ByteReader(readFile(file, 0, EHDR_SIZE), "ELF header");
  if (r.u32() !== 0x464c457f) return "not-elf";
  const [elfClass, data] = [r.u8(), r.u8()];
  r.seek(16);
  const [type, machine] = [r.u16(), r.u16()];
  r.skip(4);
  const [entry, phoff] = [r.u64Number(), r.u64Number()];
  r.skip(14);
  const [phentsize, phnum] = [r.u16(), r.u16()];
  if (r.error) return { reason: "truncated ELF header" };
  if (machine !== EM_RISCV) {
    return { reason: `a program for ${machines[machine] ?? `machine ${machine}`}; the model runs riscv64` };
  }
  if (elfClass !== 2 || data !== 1) return { reason: "not a 64-bit little-endian ELF file" };
  if (type !== ET_EXEC && type !== ET_DYN) return { reason: "an ELF file that is no program" };
  if (phentsize !== PHDR_SIZE || phnum === 0 || phnum > MAX_PHDRS) return { reason: "bad program headers" };
  const p = new ByteReader(readFile(file, phoff, phnum * PHDR_SIZE), "program headers");
  const headers: ProgramHeader[] = [];
  for (let i = 0; i < phnum; i++) {
    const [kind, flags, offset, vaddr] = [p.u32(), p.u32(), p.u64Number(), p.u64Number()];
    p.skip(8);
    headers.push({ type: kind, flags, offset, vaddr, filesz: p.u64Number(), memsz: p.u64Number() });
    p.skip(8);
  }
  if (p.error) return { reason: "truncated program headers" };
  for (const h of headers) {
    if (h.type !== PT.PT_LOAD) continue;
    if (h.offset + h.filesz > file.size) return { reason: "truncated: a segment ends behind the end of the file" };
    if (h.filesz > h.memsz || h.offset % PAGE_SIZE !== h.vaddr % PAGE_SIZE) return { reason: "a malformed segment" };
  }
  if (!headers.some((h) => h.type === PT.PT_LOAD)) return { reason: "no segment to load" };
  const interp = headers.find((h) => h.type === PT.PT_INTERP);
  let interpreter: string | undefined;
  if (interp) {
    const path = new ByteReader(readFile(file, interp.offset, Math.min(interp.filesz, PAGE_SIZE)), "PT_INTERP");
    interpreter = path.cstring();
    if (path.error) return { reason: "a malformed PT_INTERP" };
  }
  return { relocatable: type === ET_DYN, entry, phoff, headers, interpreter };
}

/** Bytes of a file, fewer at its end. */
export function readFile(file: FileBacking, offset: number, size: number): Uint8Array {
  const end = Math.min(offset + size, file.size);
  if (!(end > offset)) return new Uint8Array(0);
  const bytes = new Uint8Array(end - offset);
  for (let at = offset; at < end; ) {
    const start = Math.floor(at / PAGE_SIZE) * PAGE_SIZE;
    const part = file.readPage(start).subarray(at - start, Math.min(PAGE_SIZE, end - start));
    if (part.length === 0) break;
    bytes.set(part, at - offset);
    at += part.length;
  }
  return bytes;
}
