/**
 * Files as backtraces need them: call frame information, names, lines, and where an offset of the file is.
 *
 * Called by `address-map.ts`. A `Modules` is kept for a whole session, so each file is read and parsed once, and only
 * as far as somebody asks. A file that cannot be read, or is no ELF file, is remembered as such.
 */
import { limits } from "../../base/limits.ts";
import { type AddressLines, openAddressLines } from "../../debuginfo/address-lines.ts";
import { type AddressNames, openAddressNames } from "../../debuginfo/address-names.ts";
import { Binary } from "../../debuginfo/binary.ts";
import type { FindFile } from "../../debuginfo/debug-file.ts";
import { type ElfFile, PF, PT, parseElf } from "../../debuginfo/elf.ts";
import { type FrameTable, openFrameTable } from "../../debuginfo/frame-table.ts";
import type { TargetFiles } from "../../target/target.ts";

/** Addresses are link-time. */
export interface Module extends FrameTable, AddressNames, AddressLines {
  readonly path: string;
  /** The address of what is at an offset of the file; of offsets that two segments share, the one in code if `code`. */
  addressOf(fileOffset: number, code: boolean): number | undefined;
  /** In a linkage table, whose entries jump on and touch no stack. */
  isLinkage(address: number): boolean;
}

export class Modules {
  readonly #files: TargetFiles;
  readonly #known = new Map<string, Module | undefined>();

  constructor(files: TargetFiles) {
    this.#files = files;
  }

  find(path: string): Module | undefined {
    if (this.#known.has(path)) return this.#known.get(path);
    const bytes = this.#files.read(path);
    const module = bytes && openImage(path, bytes, (name) => this.#findFile(name));
    const [oldest] = this.#known.keys();
    if (this.#known.size >= limits.maxBacktraceFiles && oldest !== undefined) this.#known.delete(oldest);
    this.#known.set(path, module);
    return module;
  }

  #findFile(name: string): ReturnType<FindFile> {
    const path = this.#files.resolve(name);
    const bytes = path === undefined ? undefined : this.#files.read(path);
    return path !== undefined && bytes ? { path, bytes } : undefined;
  }
}

/** `find`: where separate debug files are looked for. */
export function openImage(path: string, bytes: Uint8Array, find: FindFile = () => undefined): Module | undefined {
  const elf = parseElf(bytes);
  if (elf.kind === "failure") return undefined;
  const binary = new Binary(path, elf, "", find);
  return {
    path,
    ...openFrameTable(elf, () => binary.debugFile.elf),
    ...openAddressNames(elf, () => binary.symbols),
    ...openAddressLines(() => binary.dwarf),
    addressOf: (fileOffset, code) => addressOf(elf, fileOffset, code),
    isLinkage: (address) =>
      elf.sections.some(
        (section) =>
          section.name.startsWith(".plt") && address >= section.address && address < section.address + section.size,
      ),
  };
}

function addressOf(elf: ElfFile, fileOffset: number, code: boolean): number | undefined {
  let found: number | undefined;
  for (const { type, flags, offset, vaddr, filesz } of elf.programHeaders) {
    if (type !== PT.LOAD || fileOffset < offset || fileOffset >= offset + filesz) continue;
    const address = vaddr + (fileOffset - offset);
    if (((flags & PF.X) !== 0) === code) return address;
    found ??= address;
  }
  return found;
}
