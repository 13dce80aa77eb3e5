/**
 * Call frame information of one file, looked up by address and remembered.
 *
 * Called by `runtime/backtrace/`. Where the linker left a search table (`.eh_frame_hdr`; LSB, Exception Frames) only the
 * entry that is wanted is read; other files have their `.eh_frame` and `.debug_frame` indexed when first asked. Pure
 * functions over the file's bytes; damage means that there is no row.
 */
import { ByteReader } from "../base/bytes.ts";
import { limits } from "../base/limits.ts";
import { type Cfi, type Cie, parseCfi, readCie, readFde, type UnwindRow } from "./cfi.ts";
import { runFde } from "./cfi-program.ts";
import { hasDebugSection, readDebugSection } from "./debug-sections.ts";
import { DW_EH_PE } from "./dwarf/constants.ts";
import { readInitialLength } from "./dwarf/unit.ts";
import type { ElfFile } from "./elf.ts";

export interface FrameTable {
  /** The row for a link-time address. */
  rowAt(pc: number): UnwindRow | undefined;
}

/** `debugFile` is asked for when the file itself has no row: `.debug_frame` may be in a file of its own. */
export function openFrameTable(elf: ElfFile, debugFile: () => ElfFile): FrameTable {
  const rows = new Map<number, UnwindRow | undefined>();
  let own: Cfi | undefined;
  let debug: Cfi | undefined;
  return {
    rowAt(pc) {
      if (rows.has(pc)) return rows.get(pc);
      own ??= openEhFrame(elf);
      let row = own.rowAt(BigInt(pc));
      if (!row) {
        debug ??= openDebugFrame(elf, debugFile);
        row = debug.rowAt(BigInt(pc));
      }
      if (rows.size >= limits.maxUnwindRows) rows.clear();
      rows.set(pc, row);
      return row;
    },
  };
}

const none: Cfi = { rowAt: () => undefined };

function openEhFrame(elf: ElfFile): Cfi {
  const eh = sectionOf(elf, ".eh_frame");
  const head = eh && sectionOf(elf, ".eh_frame_hdr");
  if (!eh) return none;
  return (head && openSearchTable(head, eh)) ?? parseCfi(eh.bytes, ".eh_frame", eh.address);
}

function openDebugFrame(elf: ElfFile, debugFile: () => ElfFile): Cfi {
  const file = hasDebugSection(elf, ".debug_frame") ? elf : debugFile();
  const bytes = readDebugSection(file, ".debug_frame");
  return bytes instanceof Uint8Array ? parseCfi(bytes, ".debug_frame", 0) : none;
}

interface Section {
  readonly bytes: Uint8Array;
  readonly address: number;
}

function sectionOf(elf: ElfFile, name: string): Section | undefined {
  const section = elf.findSection(name);
  const bytes = section && elf.sectionBytes(section);
  return section && bytes instanceof Uint8Array && bytes.length > 0 ? { bytes, address: section.address } : undefined;
}

/** What linkers write: version 1, then pairs of (start, FDE), 4 bytes each, relative to the table, sorted by start. */
const ENTRIES = DW_EH_PE.datarel | DW_EH_PE.sdata4;

function openSearchTable(head: Section, eh: Section): Cfi | undefined {
  const r = new ByteReader(head.bytes, ".eh_frame_hdr");
  const [version, pointer, countFormat, entries] = [r.u8(), r.u8(), r.u8(), r.u8()];
  if (version !== 1 || countFormat !== DW_EH_PE.udata4 || entries !== ENTRIES) return undefined;
  if (sizes[pointer & 0x0f] === undefined) return undefined;
  r.skip(sizes[pointer & 0x0f]!);
  const count = r.u32();
  const from = r.offset;
  if (r.error || from + count * 8 > head.bytes.length) return undefined;
  const view = new DataView(head.bytes.buffer, head.bytes.byteOffset, head.bytes.byteLength);
  const start = (i: number): number => head.address + view.getInt32(from + 8 * i, true);
  const cies = new Map<number, Cie | undefined>();
  return {
    rowAt(pc) {
      const wanted = Number(pc);
      let low = 0;
      let high = count;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (start(middle) <= wanted) low = middle + 1;
        else high = middle;
      }
      if (low === 0) return undefined;
      const at = head.address + view.getInt32(from + 8 * (low - 1) + 4, true) - eh.address;
      const fde = readFdeAt(eh, at, cies);
      return fde && pc >= fde.low && pc < fde.high ? runFde(fde, pc) : undefined;
    },
  };
}

/** Bytes of a pointer by the low half of its encoding. */
const sizes: { readonly [format: number]: number } = {
  [DW_EH_PE.absptr]: 8,
  [DW_EH_PE.udata8]: 8,
  [DW_EH_PE.sdata8]: 8,
  [DW_EH_PE.udata4]: 4,
  [DW_EH_PE.sdata4]: 4,
};

function readFdeAt(eh: Section, at: number, cies: Map<number, Cie | undefined>): ReturnType<typeof readFde> {
  if (at < 0 || at >= eh.bytes.length) return undefined;
  const r = new ByteReader(eh.bytes, ".eh_frame", at);
  const { length, offsetSize } = readInitialLength(r);
  const start = r.offset;
  const id = offsetSize === 8 ? Number(r.u64()) : r.u32();
  const end = start + length;
  if (r.error || id === 0 || end > eh.bytes.length) return undefined;
  const cieAt = start - id;
  if (!cies.has(cieAt)) cies.set(cieAt, cieAt < 0 ? undefined : readCie(eh.bytes, ".eh_frame", cieAt));
  const cie = cies.get(cieAt);
  return cie && readFde(new ByteReader(eh.bytes, ".eh_frame", r.offset, end), cie, BigInt(eh.address));
}
