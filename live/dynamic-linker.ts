/**
 * Finds where the dynamic linker of a program tells debuggers that libraries have come or gone.
 *
 * Once the linker has begun, the program's own DT_DEBUG leads to its `struct r_debug` (link.h), which says so. Before that,
 * where a program has just been started, it is the function `_dl_debug_state` of the linker's symbols; glibc and musl both
 * have it. Everything is read from memory, 64 bits and little-endian, as it stands there.
 */
import * as fs from "node:fs";
import type { LiveAddressSpace } from "./address-space.ts";

/** Keys of the auxiliary vector, elf.h. */
const AT_PHDR = 3;
const AT_PHNUM = 5;
const AT_BASE = 7;
const PHDR_SIZE = 56;
const PT_DYNAMIC = 2;
const PT_PHDR = 6;
const DT_STRTAB = 5;
const DT_SYMTAB = 6;
const DT_DEBUG = 21;
const SYMBOL_SIZE = 24;
const STATE = "_dl_debug_state";

/** More than any program has. */
const MAX_HEADERS = 128;
const MAX_ENTRIES = 512;
const MAX_SYMBOLS = 4096;

/** DT_… → value */
type Entries = ReadonlyMap<number, number>;

/** "none": a program without a dynamic linker; undefined: it cannot be found. */
export function findLinkerBreak(mm: LiveAddressSpace): number | "none" | undefined {
  const vector = readAuxiliaryVector(mm.tid);
  const base = vector.get(AT_BASE);
  if (vector.size === 0) return undefined;
  if (!base) return "none";
  return fromDebugEntry(mm, vector) ?? fromSymbols(mm, base);
}

function readAuxiliaryVector(tid: number): ReadonlyMap<number, number> {
  const vector = new Map<number, number>();
  try {
    const bytes = fs.readFileSync(`/proc/${tid}/auxv`);
    for (let at = 0; at + 16 <= bytes.length; at += 16) vector.set(wordIn(bytes, at), wordIn(bytes, at + 8));
  } catch {
    // It has ended, or we may not look: nothing is found.
  }
  return vector;
}

/** r_debug: int r_version, then the pointers r_map and r_brk. */
function fromDebugEntry(mm: LiveAddressSpace, vector: ReadonlyMap<number, number>): number | undefined {
  const dynamic = readDynamic(mm, vector.get(AT_PHDR) ?? 0, vector.get(AT_PHNUM) ?? 0);
  const debug = dynamic?.get(DT_DEBUG);
  return debug ? readWord(mm, debug + 16) || undefined : undefined;
}

function fromSymbols(mm: LiveAddressSpace, base: number): number | undefined {
  // Of the ELF header: e_phoff and e_phnum.
  const header = mm.read(base, 64);
  if ("kind" in header) return undefined;
  const dynamic = readDynamic(mm, base + wordIn(header, 32), (header[56] ?? 0) | ((header[57] ?? 0) << 8), base);
  if (!dynamic) return undefined;
  // Relocated by the linker itself, or not yet.
  const place = (value = 0): number => (value >= base ? value : value + base);
  const symbols = place(dynamic.get(DT_SYMTAB));
  const strings = place(dynamic.get(DT_STRTAB));
  // Every linker's file has the strings behind the symbols.
  const count = Math.min(MAX_SYMBOLS, Math.floor((strings - symbols) / SYMBOL_SIZE));
  for (let i = 0; i < count; i++) {
    const symbol = mm.read(symbols + i * SYMBOL_SIZE, SYMBOL_SIZE);
    if ("kind" in symbol) return undefined;
    const name = new DataView(symbol.buffer, symbol.byteOffset).getUint32(0, true);
    if (isName(mm, strings + name)) return base + wordIn(symbol, 8);
  }
  return undefined;
}

function isName(mm: LiveAddressSpace, address: number): boolean {
  const bytes = mm.read(address, STATE.length + 1);
  if ("kind" in bytes || bytes[STATE.length] !== 0) return false;
  for (let i = 0; i < STATE.length; i++) if (bytes[i] !== STATE.charCodeAt(i)) return false;
  return true;
}

/** The dynamic section by the program headers; `loaded`: where address 0 of the file is, if it is known. */
function readDynamic(mm: LiveAddressSpace, headers: number, count: number, loaded?: number): Entries | undefined {
  const bytes = mm.read(headers, Math.min(count, MAX_HEADERS) * PHDR_SIZE);
  if ("kind" in bytes) return undefined;
  let bias = loaded;
  let section: number | undefined;
  for (let at = 0; at + PHDR_SIZE <= bytes.length; at += PHDR_SIZE) {
    const type = wordIn(bytes, at) % 2 ** 32;
    if (type === PT_PHDR) bias ??= headers - wordIn(bytes, at + 16);
    if (type === PT_DYNAMIC) section = wordIn(bytes, at + 16);
  }
  if (section === undefined) return undefined;
  const entries = new Map<number, number>();
  // Without PT_PHDR the program is where its file says.
  const start = section + (bias ?? 0);
  for (let i = 0; i < MAX_ENTRIES; i++) {
    const tag = readWord(mm, start + 16 * i);
    if (!tag) break;
    entries.set(tag, readWord(mm, start + 16 * i + 8) ?? 0);
  }
  return entries;
}

function readWord(mm: LiveAddressSpace, address: number): number | undefined {
  const bytes = mm.read(address, 8);
  return "kind" in bytes ? undefined : wordIn(bytes, 0);
}

/** Addresses and small numbers; larger tags come out inexact, and are none of those above. */
function wordIn(bytes: Uint8Array, at: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, 8);
  return view.getUint32(0, true) + view.getUint32(4, true) * 2 ** 32;
}
