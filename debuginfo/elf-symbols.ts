/** Symbol tables of ELF files (System V gABI, chapter 4). Called by `elf.ts`. */
import { fromBytes } from "../base/bytestring.ts";

export const STT = { NOTYPE: 0, OBJECT: 1, FUNC: 2, SECTION: 3, FILE: 4, TLS: 6, GNU_IFUNC: 10 } as const;
export const STB = { LOCAL: 0, GLOBAL: 1, WEAK: 2 } as const;

export interface ElfSymbol {
  /** Without the version that the linker may add: `memcpy@@GLIBC_2.14`. */
  readonly name: string;
  readonly value: number;
  readonly size: number;
  /** STT_…, STB_… and the section index (0: undefined). */
  readonly type: number;
  readonly binding: number;
  readonly section: number;
}

const SYM_SIZE = 24;

export function readSymbolTable(bytes: Uint8Array, names: Uint8Array): readonly ElfSymbol[] {
  const symbols: ElfSymbol[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const number = (at: number): number => view.getUint32(at, true) + view.getUint32(at + 4, true) * 2 ** 32;
  for (let at = 0; at + SYM_SIZE <= bytes.length; at += SYM_SIZE) {
    const [value, size] = [number(at + 8), number(at + 16)];
    if (!Number.isSafeInteger(value) || !Number.isSafeInteger(size)) continue;
    const info = view.getUint8(at + 4);
    const name = withoutVersion(stringAt(names, view.getUint32(at, true), names.length));
    symbols.push({ name, value, size, type: info & 15, binding: info >> 4, section: view.getUint16(at + 6, true) });
  }
  return symbols;
}

export function stringAt(bytes: Uint8Array, offset: number, end: number): string {
  if (offset >= end) return "";
  const nul = bytes.indexOf(0, offset);
  return fromBytes(bytes.subarray(offset, nul < 0 || nul > end ? end : nul));
}

function withoutVersion(name: string): string {
  const at = name.indexOf("@");
  return at > 0 ? name.slice(0, at) : name;
}
