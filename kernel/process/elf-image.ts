/**
 * What execve needs of an ELF file: the header and the program headers, checked.
 *
 * `exec.ts` calls `readElfImage` and maps what it says. A file that is no ELF at all gives "not-elf"; one that is
 * damaged or for another machine gives the reason as text, for the diagnostic of a program that cannot be started.
 */
import { ByteReader } from "../../base/bytes.ts";
import {
  EHDR_SIZE,
  EM,
  ET,
  PHDR_SIZE,
  type ProgramHeader,
  PT,
  readElfHeader,
  readProgramHeaders,
} from "../../debuginfo/elf-header.ts";
import type { FileBacking } from "../memory/address-space.ts";
import { PAGE_SIZE } from "../memory/frames.ts";

const MAX_PHDRS = 512;

// biome-ignore format: table
const machines: { readonly [number: number]: string } = { 3: "i386", 40: "arm", 62: "x86-64", 183: "aarch64", 243: "riscv" };

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
  const head = readElfHeader(readFile(file, 0, EHDR_SIZE));
  if (head.kind === "failure") return head.notElf ? "not-elf" : { reason: head.message };
  const { type, machine, entry, phoff, phnum } = head;
  if (machine !== EM.RISCV) {
    return { reason: `a program for ${machines[machine] ?? `machine ${machine}`}; the model runs riscv64` };
  }
  if (type !== ET.EXEC && type !== ET.DYN) return { reason: "an ELF file that is no program" };
  if (phnum === 0 || phnum > MAX_PHDRS) return { reason: "bad program headers" };
  const headers = readProgramHeaders(readFile(file, phoff, phnum * PHDR_SIZE), 0, phnum);
  if ("kind" in headers) return { reason: headers.message };
  for (const h of headers) {
    if (h.type !== PT.LOAD) continue;
    if (h.filesz > h.memsz || h.offset % PAGE_SIZE !== h.vaddr % PAGE_SIZE) return { reason: "a malformed segment" };
  }
  if (!headers.some((h) => h.type === PT.LOAD)) return { reason: "no segment to load" };
  const interp = headers.find((h) => h.type === PT.INTERP);
  let interpreter: string | undefined;
  if (interp) {
    const path = new ByteReader(readFile(file, interp.offset, Math.min(interp.filesz, PAGE_SIZE)), "PT_INTERP");
    interpreter = path.cstring();
    if (path.error) return { reason: "a malformed PT_INTERP" };
  }
  return { relocatable: type === ET.DYN, entry, phoff, headers, interpreter };
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
