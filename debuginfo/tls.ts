/**
 * Where the thread-local variables of a program are (ELF Handling for Thread-Local Storage; RISC-V and x86-64 psABIs).
 *
 * `tlsRule` gives the operations that make an address of an offset into the TLS segment. The block of the program itself
 * is at a fixed distance from the thread pointer; those of libraries are not, and only the dynamic linker knows them.
 * Compilers for RISC-V tell no offsets in the debuginfo: `tlsLocation` has them of the symbols. Called by `roots.ts`.
 */
import { DW_OP } from "./dwarf/constants.ts";
import type { TlsRule } from "./dwarf/link-expression.ts";
import { type ElfFile, type ElfSymbol, EM, ET, PT, STT } from "./elf.ts";

/** DWARF numbers: %fs.base, tp. */
const FS_BASE = 58;
const TP = 4;

export function tlsRule(elf: ElfFile): TlsRule {
  const segment = elf.programHeaders.find(({ type }) => type === PT.TLS);
  if (!segment) return "thread-local storage that the file does not have";
  const isProgram = elf.type === ET.EXEC || elf.programHeaders.some(({ type }) => type === PT.INTERP);
  if (!isProgram) return "the thread-local storage of a library (only that of the program itself has a known place)";
  if (elf.machine === EM.RISCV) return [DW_OP.breg0 + TP, 0, DW_OP.plus];
  // The block ends at the thread pointer, and its size is rounded up to its alignment.
  const align = Math.max(1, segment.align);
  const size = Math.ceil(segment.memsz / align) * align;
  return [DW_OP.bregx, FS_BASE, 0, DW_OP.plus, DW_OP.const4u, ...bytes4(size), DW_OP.minus];
}

/** The location of a thread-local variable by its symbol; undefined for what is none, or more than one. */
export function tlsLocation(symbols: readonly ElfSymbol[], name: string): Uint8Array | undefined {
  const found = symbols.filter((symbol) => symbol.type === STT.TLS && symbol.section !== 0 && symbol.name === name);
  const [only] = found;
  if (!only || found.length > 1 || only.value > 0xffffffff) return undefined;
  return Uint8Array.from([DW_OP.const4u, ...bytes4(only.value), DW_OP.form_tls_address]);
}

function bytes4(value: number): readonly number[] {
  return [value & 0xff, (value >> 8) & 0xff, (value >> 16) & 0xff, (value >>> 24) & 0xff];
}
