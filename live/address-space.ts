/**
 * The memory of one traced program, shared by its threads and by a vfork'ed child until that runs another program.
 *
 * Reads go through a cache of pages that lasts as long as the tracer looks at one stop (`forget` ends it), so a hit that
 * reads several fields of one structure costs one call. Mappings are read when they are asked for and kept as long as
 * there is no sign that they changed.
 */
import type { Arch } from "../target/arch.ts";
import type { AddressSpace, Fault, Mapping } from "../target/target.ts";
import type { Guard } from "./guard/guard.ts";
import { type LibraryEvents, planLibraryEvents } from "./library-events.ts";
import { compareMappings, type MappingChanges } from "./mapping-changes.ts";
import { ProcessMemory } from "./memory.ts";
import { type MapsRow, readMaps, readProcFile } from "./proc.ts";

const PAGE = 4096;
/** Larger reads go past the cache, bytes. */
const MAX_CACHED = 4 * PAGE;
/** Pages kept of one stop. */
const MAX_PAGES = 64;
/** Bytes that are copied faster one by one than by a view. */
const SHORT = 16;

let spaces = 0;

/** Makes the scratch page of an address space; gives its address. */
export type MapScratch = (mm: LiveAddressSpace) => number | undefined;

export class LiveAddressSpace implements AddressSpace {
  readonly id = ++spaces;
  guard: Guard | undefined;
  readonly #memory: ProcessMemory;
  readonly #mapScratch: MapScratch;
  readonly #pages = new Map<number, Uint8Array>();
  /** Buffers of pages that were forgotten. */
  readonly #spare: Uint8Array[] = [];
  #rows: readonly MapsRow[] | undefined;
  /** How many pages there were when the mappings were read; whether that was looked at since the threads ran. */
  #pagesMapped: string | undefined;
  #isChecked = false;
  /** The mappings that others know of: those they asked for first, and what they were told since. */
  #known: readonly MapsRow[] | undefined;
  #libraries: LibraryEvents | "none" | undefined;
  #scratch: number | undefined;

  constructor(tid: number, mapScratch: MapScratch, scratch?: number) {
    this.#memory = new ProcessMemory(tid);
    this.#mapScratch = mapScratch;
    this.#scratch = scratch;
  }

  read(address: number, size: number): Uint8Array | Fault {
    const found = this.#read(address, size);
    if (this.libraries && !("kind" in found)) this.libraries.hide(address, found);
    return found;
  }

  #read(address: number, size: number): Uint8Array | Fault {
    if (size > MAX_CACHED) return this.#check(this.#memory.read(address, size), address, size);
    const result = new Uint8Array(size);
    for (let done = 0; done < size; ) {
      const start = address + done - ((address + done) % PAGE);
      const page = this.#page(start);
      if (!page) return fault(address + done, "read");
      const from = address + done - start;
      const end = Math.min(PAGE, from + size - done);
      if (end - from > SHORT) result.set(page.subarray(from, end), done);
      else for (let i = from; i < end; i++) result[done + i - from] = page[i]!;
      done += end - from;
    }
    return result;
  }

  write(address: number, data: Uint8Array): true | Fault {
    this.#dropPages();
    const count = this.#memory.write(address, this.libraries ? this.libraries.write(address, data) : data);
    return count === data.length ? true : fault(address + count, "write");
  }

  mappings(): readonly Mapping[] {
    this.#known ??= this.rows();
    return this.rows();
  }

  /** What others do not know of yet; from now on they do. What was in `fresh` before is gone, whatever it looks like. */
  takeChanges(fresh = { start: 0, end: 0 }): MappingChanges {
    this.forgetMappings();
    const before = this.#known ?? [];
    this.#known = this.rows();
    const gone = before.filter(({ start, end, file }) => file && start < fresh.end && end > fresh.start);
    const { removed, added } = compareMappings(
      before.filter((row) => !gone.includes(row)),
      this.#known,
    );
    return { removed: [...gone, ...removed], added };
  }

  rows(): readonly MapsRow[] {
    if (this.#rows && this.#isChecked) return this.#rows;
    // Threads map memory without telling anybody; then the size of the whole is another.
    const pages = readProcFile(this.#memory.tid, "statm")?.split(" ")[0];
    if (!this.#rows || pages !== this.#pagesMapped) this.#rows = readMaps(this.#memory.tid);
    this.#pagesMapped = pages;
    this.#isChecked = true;
    return this.#rows;
  }

  scratchPage(): number | Fault {
    this.#scratch ??= this.guard?.scratchPage() ?? this.#mapScratch(this);
    return this.#scratch ?? fault(0, "write");
  }

  /** The scratch page, if one was made. */
  get scratch(): number | undefined {
    return this.#scratch;
  }

  // ---- library events ----

  /** The breakpoint in the dynamic linker, where there is one. */
  get libraries(): LibraryEvents | undefined {
    return this.#libraries === "none" ? undefined : this.#libraries;
  }

  /** Mappings change only when `libraries` says so. */
  get tellsOfLibraries(): boolean {
    return this.#libraries !== undefined;
  }

  /** Nothing runs in this memory. */
  watchLibraries(arch: Arch): void {
    if (this.#libraries !== undefined) return;
    const planned = planLibraryEvents(this, arch);
    if (!planned || planned === "none") {
      this.#libraries = planned;
      return;
    }
    const { address, original } = planned;
    this.guard?.breakpoint(address, original);
    // From here on, what is written there is put beside the breakpoint.
    this.#libraries = planned;
    if (this.write(address, original) !== true) this.#libraries = undefined;
  }

  leaveLibraries(): void {
    const { libraries } = this;
    this.#libraries = undefined;
    if (!libraries) return;
    this.write(libraries.address, libraries.original);
    this.guard?.cleared(libraries.address);
  }

  /** What is known of the memory that this is a forked copy of. */
  copyFrom(other: LiveAddressSpace): void {
    this.#known = other.#known;
    // The copy may be older than the page.
    if (this.#scratch !== undefined && "kind" in this.#read(this.#scratch, 1)) this.#scratch = undefined;
    this.#libraries = other.libraries?.copy() ?? other.#libraries;
  }

  /** Threads run: what was read may change. */
  forget(): void {
    this.#isChecked = false;
    this.#dropPages();
  }

  forgetMappings(): void {
    this.#rows = undefined;
  }

  /** The thread through which the memory is reached has ended; `tid` lives. */
  moveTo(tid: number): void {
    this.#memory.close();
    this.#memory.tid = tid;
  }

  get tid(): number {
    return this.#memory.tid;
  }

  close(): void {
    this.guard?.gone();
    this.#memory.close();
  }

  #dropPages(): void {
    if (this.#pages.size === 0) return;
    for (const page of this.#pages.values()) this.#spare.push(page);
    this.#pages.clear();
  }

  #page(start: number): Uint8Array | undefined {
    let page = this.#pages.get(start);
    if (page) return page;
    if (this.#pages.size >= MAX_PAGES) this.#dropPages();
    page = this.#spare.pop() ?? new Uint8Array(PAGE);
    if (this.#memory.readInto(start, page) < PAGE) {
      this.#spare.push(page);
      return undefined;
    }
    this.#pages.set(start, page);
    return page;
  }

  #check(found: Uint8Array, address: number, size: number): Uint8Array | Fault {
    return found.length === size ? found : fault(address + found.length, "read");
  }
}

function fault(address: number, access: Fault["access"]): Fault {
  return { kind: "fault", address, access };
}
