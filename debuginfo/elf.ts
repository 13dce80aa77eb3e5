/**
 * ELF files, 64-bit little-endian (System V gABI, chapters 4 and 5).
 *
 * `parseElf` reads the head of the file (`elf-header.ts`); sections, symbols and notes are read when first asked for.
 * Called by `symbols.ts`. Nothing here throws on damaged input: `parseElf` gives an `ElfFailure`, and a damaged table
 * is empty and leaves its reason in `damage`.
 */
import { ByteReader, type DecodeError, formatDecodeError } from "../base/bytes.ts";
import { fromBytes } from "../base/bytestring.ts";
import {
  type ElfFailure,
  type ElfHeader,
  elfFailure,
  type ProgramHeader,
  PT,
  readElfHeader,
  readProgramHeaders,
} from "./elf-header.ts";
import { type ElfSymbol, readSymbolTable, stringAt } from "./elf-symbols.ts";
import { toHex } from "./hex.ts";

export { type ElfFailure, EM, ET, PF, type ProgramHeader, PT } from "./elf-header.ts";
export { type ElfSymbol, STB, STT } from "./elf-symbols.ts";

export const SHT = { SYMTAB: 2, STRTAB: 3, NOTE: 7, NOBITS: 8, DYNSYM: 11 } as const;
export const SHF = { WRITE: 1, ALLOC: 2, EXECINSTR: 4, COMPRESSED: 0x800 } as const;
export interface ElfSection {
  readonly name: string;
  readonly type: number;
  readonly flags: number;
  readonly address: number;
  readonly offset: number;
  readonly size: number;
  readonly link: number;
  readonly info: number;
  readonly entsize: number;
}

/** The fields of the header that readers of a file need. */
type Identity = Pick<ElfHeader, "type" | "machine" | "flags" | "entry" | "phoff" | "phentsize">;

export interface ElfFile extends Identity {
  readonly kind: "elf";
  readonly bytes: Uint8Array;
  readonly programHeaders: readonly ProgramHeader[];
  readonly sections: readonly ElfSection[];
  /** Of `.symtab`, or of `.dynsym` where there is no `.symtab`. */
  readonly symbols: readonly ElfSymbol[];
  /** Hex digits of the GNU build-id. */
  readonly buildId: string | undefined;
  /** What was found wrong in tables read so far; each a sentence with section and offset. */
  readonly damage: readonly string[];
  findSection(name: string): ElfSection | undefined;
  /** The bytes of a section; a failure when they are compressed or outside of the file. */
  sectionBytes(section: ElfSection): Uint8Array | ElfFailure;
  /** File offset of a link-time address that PT_LOAD maps from the file. */
  findFileOffset(address: number): number | undefined;
}

const SHDR_SIZE = 64;
const NT_GNU_BUILD_ID = 3;

export function parseElf(bytes: Uint8Array): ElfFile | ElfFailure {
  const header = readElfHeader(bytes);
  if (header.kind === "failure") return header;
  const programHeaders = readProgramHeaders(bytes, header.phoff, header.phnum);
  if ("kind" in programHeaders) return programHeaders;
  const { type, machine, flags, entry, phoff, phentsize, shoff, shentsize, shnum, shstrndx } = header;
  return new LazyElf(
    { bytes, type, machine, flags, entry, phoff, phentsize, programHeaders },
    { shoff, shentsize, shnum, shstrndx },
  );
}

interface Head extends Identity {
  readonly bytes: Uint8Array;
  readonly programHeaders: readonly ProgramHeader[];
}

interface SectionTable {
  readonly shoff: number;
  readonly shentsize: number;
  readonly shnum: number;
  readonly shstrndx: number;
}

class LazyElf implements ElfFile {
  readonly kind = "elf";
  readonly bytes: Uint8Array;
  readonly type: number;
  readonly machine: number;
  readonly flags: number;
  readonly entry: number;
  readonly phoff: number;
  readonly phentsize: number;
  readonly programHeaders: readonly ProgramHeader[];
  readonly damage: string[] = [];
  readonly #table: SectionTable;
  #sections: readonly ElfSection[] | undefined;
  #symbols: readonly ElfSymbol[] | undefined;
  #buildId: string | undefined | null = null;

  constructor(head: Head, table: SectionTable) {
    this.bytes = head.bytes;
    this.type = head.type;
    this.machine = head.machine;
    this.flags = head.flags;
    this.entry = head.entry;
    this.phoff = head.phoff;
    this.phentsize = head.phentsize;
    this.programHeaders = head.programHeaders;
    this.#table = table;
  }

  get sections(): readonly ElfSection[] {
    this.#sections ??= this.#readSections();
    return this.#sections;
  }

  get symbols(): readonly ElfSymbol[] {
    this.#symbols ??= this.#readSymbols();
    return this.#symbols;
  }

  get buildId(): string | undefined {
    if (this.#buildId === null) this.#buildId = this.#findBuildId();
    return this.#buildId;
  }

  findSection(name: string): ElfSection | undefined {
    return this.sections.find((section) => section.name === name);
  }

  sectionBytes(section: ElfSection): Uint8Array | ElfFailure {
    if (section.type === SHT.NOBITS) return new Uint8Array(0);
    if ((section.flags & SHF.COMPRESSED) !== 0) {
      return elfFailure(`${section.name} is compressed (SHF_COMPRESSED), which is not supported`);
    }
    if (section.offset + section.size > this.bytes.length) {
      return elfFailure(
        `${section.name}: ${section.size} bytes at 0x${section.offset.toString(16)} reach past the end of the file`,
      );
    }
    return this.bytes.subarray(section.offset, section.offset + section.size);
  }

  findFileOffset(address: number): number | undefined {
    for (const header of this.programHeaders) {
      if (header.type !== PT.LOAD || address < header.vaddr || address >= header.vaddr + header.filesz) continue;
      return header.offset + (address - header.vaddr);
    }
    return undefined;
  }

  #spoil(error: DecodeError | undefined): void {
    if (error) this.damage.push(formatDecodeError(error));
  }

  #readSections(): readonly ElfSection[] {
    const { shoff, shentsize, shnum, shstrndx } = this.#table;
    if (shoff === 0) return [];
    const r = new ByteReader(this.bytes, "section headers", shoff);
    if (shentsize !== SHDR_SIZE) r.fail(`section headers of ${shentsize} bytes, not ${SHDR_SIZE}`);
    const read = (): Omit<ElfSection, "name"> & { nameOffset: number } => {
      const nameOffset = r.u32();
      const type = r.u32();
      const flags = Number(BigInt.asUintN(32, r.u64()));
      const address = r.u64Number();
      const offset = r.u64Number();
      const size = r.u64Number();
      const link = r.u32();
      const info = r.u32();
      r.skip(8);
      return { nameOffset, type, flags, address, offset, size, link, info, entsize: r.u64Number() };
    };
    const raw = [read()];
    // A count or an index that does not fit its field is in the first section header (gABI, extended numbering).
    const count = shnum === 0 ? raw[0]!.size : shnum;
    const names = shstrndx === 0xffff ? raw[0]!.link : shstrndx;
    for (let i = 1; i < count && r.error === undefined; i++) raw.push(read());
    if (r.error) {
      this.#spoil(r.error);
      return [];
    }
    const strings = raw[names];
    const from = strings?.offset ?? 0;
    const to = Math.min(from + (strings?.size ?? 0), this.bytes.length);
    return raw.map(({ nameOffset, ...section }) => ({ name: stringAt(this.bytes, from + nameOffset, to), ...section }));
  }

  #readSymbols(): readonly ElfSymbol[] {
    const table =
      this.sections.find((section) => section.type === SHT.SYMTAB) ??
      this.sections.find((section) => section.type === SHT.DYNSYM);
    const strings = table && this.sections[table.link];
    if (!table || !strings) return [];
    const bytes = this.sectionBytes(table);
    const names = this.sectionBytes(strings);
    if (!(bytes instanceof Uint8Array)) this.damage.push(bytes.message);
    else if (!(names instanceof Uint8Array)) this.damage.push(names.message);
    else return readSymbolTable(bytes, names);
    return [];
  }

  #findBuildId(): string | undefined {
    for (const section of this.sections) {
      if (section.type !== SHT.NOTE) continue;
      const bytes = this.sectionBytes(section);
      const id = bytes instanceof Uint8Array ? findBuildIdNote(bytes) : undefined;
      if (id !== undefined) return id;
    }
    for (const header of this.programHeaders) {
      if (header.type !== PT.NOTE) continue;
      const id = findBuildIdNote(this.bytes.subarray(header.offset, header.offset + header.filesz));
      if (id !== undefined) return id;
    }
    return undefined;
  }
}

function findBuildIdNote(bytes: Uint8Array): string | undefined {
  const r = new ByteReader(bytes, "notes");
  while (r.more) {
    const namesz = r.u32();
    const descsz = r.u32();
    const type = r.u32();
    const name = fromBytes(r.block(namesz));
    r.skip((4 - (namesz & 3)) & 3);
    const desc = r.block(descsz);
    if (r.error) return undefined;
    if (type === NT_GNU_BUILD_ID && name === "GNU\0") return toHex(desc);
    r.skip(Math.min((4 - (descsz & 3)) & 3, r.end - r.offset));
  }
  return undefined;
}
