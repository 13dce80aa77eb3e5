/**
 * One program or library as questions are asked of it: the file that is mapped, and the files that tell about it.
 *
 * Made by `symbols.ts` for each module. Code and notes are read from the file itself, debug sections from it or from its
 * separate debug file (`debug-file.ts`), symbols from whichever has `.symtab`. Everything is opened when first asked.
 */
import { type Cfi, parseCfi } from "./cfi.ts";
import { type DebugFile, type FindFile, findDebugFile, findSplitFile, findSupplement } from "./debug-file.ts";
import { hasDebugSection, readDebugSection } from "./debug-sections.ts";
import { type Dwarf, type DwarfSection, openDwarf, type SectionReader } from "./dwarf/dwarf.ts";
import { type ElfFile, type ElfSymbol, SHT } from "./elf.ts";

export interface Place {
  readonly address: number;
  readonly fileOffset: number;
}

export class Binary {
  readonly path: string;
  readonly elf: ElfFile;
  readonly arch: string;
  readonly #find: FindFile;
  /** Why debug sections that exist could not be read. */
  readonly #damage: string[] = [];
  #debugFile: DebugFile | string | undefined;
  #dwarf: Dwarf | undefined;
  #cfi: readonly Cfi[] | undefined;
  #byName: ReadonlyMap<string, ElfSymbol> | undefined;

  constructor(path: string, elf: ElfFile, arch: string, find: FindFile) {
    this.path = path;
    this.elf = elf;
    this.arch = arch;
    this.#find = find;
  }

  get dwarf(): Dwarf {
    this.#dwarf ??= openDwarf((name) => this.#section(this.debugFile, name), {
      openSupplement: () => this.#openSupplement(),
      openSplit: (name, folder) => this.#openSplit(name, folder),
    });
    return this.#dwarf;
  }

  /** The file that has the debug sections: often the binary itself. */
  get debugFile(): DebugFile {
    const found = this.#lookForDebugFile();
    return typeof found === "string" ? { path: this.path, elf: this.elf } : found;
  }

  /** Of `.symtab` wherever it is, else of `.dynsym`. */
  get symbols(): readonly ElfSymbol[] {
    if (this.elf.sections.some(({ type }) => type === SHT.SYMTAB)) return this.elf.symbols;
    const { symbols } = this.debugFile.elf;
    return symbols.length > 0 ? symbols : this.elf.symbols;
  }

  /** In the order of preference. */
  get cfi(): readonly Cfi[] {
    this.#cfi ??= this.#readCfi();
    return this.#cfi;
  }

  placeOf(address: number): Place | undefined {
    const fileOffset = this.elf.findFileOffset(address);
    return fileOffset === undefined ? undefined : { address, fileOffset };
  }

  symbolAddress(name: string): number | undefined {
    if (!this.#byName) {
      const byName = new Map<string, ElfSymbol>();
      for (const symbol of this.symbols) {
        if (symbol.section !== 0 && !byName.has(symbol.name)) byName.set(symbol.name, symbol);
      }
      this.#byName = byName;
    }
    return this.#byName.get(name)?.value;
  }

  /** For the end of a message: what is damaged or missing, which may be why something was not found. */
  get remarks(): string {
    const found = this.#lookForDebugFile();
    const missing = this.dwarf.units.length === 0 && typeof found === "string" ? [`no debuginfo: ${found}`] : [];
    const packed = this.#hasPackedSymbols ? ["its symbols in .gnu_debugdata are compressed by LZMA and not read"] : [];
    const all = [...this.elf.damage, ...this.#damage, ...this.dwarf.damage, ...missing, ...packed];
    return all.length > 0 ? ` (${all.slice(0, 3).join("; ")})` : "";
  }

  /** Mini debug information: the names of functions that are not exported, where nothing else has them. */
  get #hasPackedSymbols(): boolean {
    const hasTable = [this.elf, this.debugFile.elf].some((elf) => elf.sections.some(({ type }) => type === SHT.SYMTAB));
    return !hasTable && this.elf.findSection(".gnu_debugdata") !== undefined;
  }

  #lookForDebugFile(): DebugFile | string {
    this.#debugFile ??= hasDebugSection(this.elf, ".debug_info")
      ? { path: this.path, elf: this.elf }
      : findDebugFile(this.path, this.elf, this.#find);
    return this.#debugFile;
  }

  #openSupplement(): SectionReader | undefined {
    const found = findSupplement(this.debugFile, this.#find);
    if (typeof found === "string") this.#damage.push(found);
    return typeof found === "object" ? (name) => this.#section(found, name) : undefined;
  }

  #openSplit(name: string, folder: string): SectionReader | string {
    const found = findSplitFile(this.path, name, folder, this.#find);
    return typeof found === "string" ? found : (section) => this.#section(found, `${section}.dwo`);
  }

  #section({ elf, path }: DebugFile, name: DwarfSection | `${DwarfSection}.dwo` | ".debug_frame"): Uint8Array {
    const bytes = readDebugSection(elf, name) ?? new Uint8Array(0);
    if (bytes instanceof Uint8Array) return bytes;
    this.#damage.push(path === this.path ? bytes.message : `${path}: ${bytes.message}`);
    return new Uint8Array(0);
  }

  #readCfi(): readonly Cfi[] {
    const tables: Cfi[] = [];
    const eh = this.elf.findSection(".eh_frame");
    const bytes = eh && this.elf.sectionBytes(eh);
    if (eh && bytes instanceof Uint8Array) tables.push(parseCfi(bytes, ".eh_frame", eh.address));
    const debug = this.#section(this.debugFile, ".debug_frame");
    if (debug.length > 0) tables.push(parseCfi(debug, ".debug_frame", 0));
    return tables;
  }
}
