/**
 * The procedure linkage table of a dynamic program: which of its entries stands for which function.
 *
 * Called by `find-plt.ts` for `.plt("GLOB")`. The relocations of `.rela.plt` are in the order of the entries; the sizes
 * of the head of the table and of an entry are the psABI's. On x86-64 with indirect branch tracking the entries that
 * are called stand in `.plt.sec`, which has no head.
 */
import { ByteReader } from "../base/bytes.ts";
import { fromBytes } from "../base/bytestring.ts";
import { type ElfFile, type ElfSection, EM } from "./elf.ts";

export interface PltEntry {
  readonly name: string;
  readonly address: number;
}

interface Layout {
  readonly head: number;
  readonly entry: number;
  /** R_…_JUMP_SLOT */
  readonly relocation: number;
}

const layouts: { readonly [machine: number]: Layout } = {
  [EM.RISCV]: { head: 32, entry: 16, relocation: 5 },
  [EM.X86_64]: { head: 16, entry: 16, relocation: 7 },
};

const RELA_SIZE = 24;
const SYM_SIZE = 24;

export function readPlt(elf: ElfFile): readonly PltEntry[] {
  const layout = layouts[elf.machine];
  const relocations = elf.findSection(".rela.plt");
  const called = elf.findSection(".plt.sec");
  const table = called ?? elf.findSection(".plt");
  const bytes = relocations && elf.sectionBytes(relocations);
  if (!layout || !table || !(bytes instanceof Uint8Array) || !relocations) return [];
  const nameOf = symbolNames(elf, relocations.link);
  const entries: PltEntry[] = [];
  let address = table.address + (called ? 0 : layout.head);
  for (let at = 0; at + RELA_SIZE <= bytes.length; at += RELA_SIZE) {
    const r = new ByteReader(bytes, ".rela.plt", at + 8);
    const type = r.u32();
    const name = nameOf(r.u32());
    if (address + layout.entry > table.address + table.size) break;
    if (type === layout.relocation && name !== "") entries.push({ name, address });
    address += layout.entry;
  }
  return entries;
}

/** The names of a table of symbols, which is a section by its index. */
function symbolNames(elf: ElfFile, index: number): (symbol: number) => string {
  const table = elf.sections[index];
  const symbols = bytesOf(elf, table);
  const strings = bytesOf(elf, table && elf.sections[table.link]);
  return (symbol) => {
    const r = new ByteReader(symbols, ".dynsym", Math.min(symbol * SYM_SIZE, symbols.length));
    const from = r.u32();
    const end = r.error ? -1 : strings.indexOf(0, from);
    return end < 0 ? "" : fromBytes(strings.subarray(from, end));
  };
}

function bytesOf(elf: ElfFile, section: ElfSection | undefined): Uint8Array {
  const bytes = section && elf.sectionBytes(section);
  return bytes instanceof Uint8Array ? bytes : new Uint8Array(0);
}
