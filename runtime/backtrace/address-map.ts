/**
 * What is at an address of a process: the mapping, the file, and the address that the file calls it by.
 *
 * One `AddressMap` is made for a backtrace or a question about an address, over the mappings of that moment. Code that
 * is in no file (the vdso) is read from memory, once for an address space.
 */
import type { AddressSpace, Mapping } from "../../target/target.ts";
import { type Module, type Modules, openImage } from "./module.ts";

export interface Place {
  readonly mapping: Mapping;
  readonly module: Module | undefined;
  /** By the file, and what is to be added to get the address in the process. */
  readonly linkAddress: number;
  readonly bias: number;
}

/** The vdso of any machine is smaller. */
const MAX_IMAGE = 1 << 16;

const images = new WeakMap<AddressSpace, Map<number, Module | undefined>>();

export class AddressMap {
  readonly #mm: AddressSpace;
  readonly #mappings: readonly Mapping[];
  readonly #modules: Modules;

  constructor(mm: AddressSpace, modules: Modules) {
    this.#mm = mm;
    this.#mappings = mm.mappings();
    this.#modules = modules;
  }

  findPlace(address: number): Place | undefined {
    const mapping = this.#findMapping(address);
    if (!mapping) return undefined;
    const { file, start, offset, executable } = mapping;
    const named = file && !file.path.startsWith("[");
    const module = named ? this.#modules.find(file.path) : executable ? this.#image(mapping) : undefined;
    const fileOffset = address - start + (named ? offset : 0);
    const linkAddress = module?.addressOf(fileOffset, executable);
    // Behind the end of the file's own bytes (zeroed memory) there is nothing that the file knows.
    if (linkAddress === undefined) return { mapping, module: undefined, linkAddress: address, bias: 0 };
    return { mapping, module, linkAddress, bias: address - linkAddress };
  }

  isCode(address: bigint): boolean {
    return address <= Number.MAX_SAFE_INTEGER && this.#findMapping(Number(address))?.executable === true;
  }

  /** The stretch of mappings of one file that an address is in. */
  extent({ file, start, end }: Mapping): { readonly start: number; readonly end: number } {
    const own = this.#mappings.filter((one) => one.file !== undefined && one.file.path === file?.path);
    return own.length > 0 ? { start: own[0]!.start, end: own.at(-1)!.end } : { start, end };
  }

  #findMapping(address: number): Mapping | undefined {
    let low = 0;
    let high = this.#mappings.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#mappings[middle]!.start <= address) low = middle + 1;
      else high = middle;
    }
    const mapping = this.#mappings[low - 1];
    return mapping && address < mapping.end ? mapping : undefined;
  }

  #image({ start, end }: Mapping): Module | undefined {
    let known = images.get(this.#mm);
    if (!known) images.set(this.#mm, (known = new Map()));
    if (known.has(start)) return known.get(start);
    const bytes = end - start <= MAX_IMAGE ? this.#mm.read(start, end - start) : undefined;
    const module = bytes instanceof Uint8Array ? openImage("vdso", bytes) : undefined;
    known.set(start, module);
    return module;
  }
}
