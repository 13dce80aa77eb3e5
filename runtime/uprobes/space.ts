/**
 * What uprobes have in one address space: places of files that are mapped, their breakpoints, the scratch page.
 *
 * Called by `uprobes.ts` as mappings come and go. A place is known while its file is mapped; it has a breakpoint while
 * one of its probes is enabled. The scratch page belongs to uprobes:
 *
 *     +0   breakpoint: the return trampoline
 *     +16  slots of SLOT bytes, one for each task that runs a copied instruction
 */
import type { Arch } from "../../target/arch.ts";
import type { AddressSpace, Mapping } from "../../target/target.ts";
import { BreakpointTable } from "./breakpoints.ts";
import type { Place } from "./registry.ts";

const PAGE = 4096;
/** The longest instruction of any architecture and a breakpoint. */
const SLOT = 16;
const SLOTS = PAGE / SLOT;

export class ProbedSpace {
  readonly mm: AddressSpace;
  readonly breakpoints: BreakpointTable;
  readonly #arch: Arch;
  readonly #places = new Map<number, Place>();
  readonly #addresses = new Map<Place, Set<number>>();
  #trampoline: number | undefined;
  readonly #freeSlots: number[];

  constructor(mm: AddressSpace, arch: Arch, breakpoints = new BreakpointTable(mm, arch)) {
    this.mm = mm;
    this.breakpoints = breakpoints;
    this.#arch = arch;
    // Low slots first.
    this.#freeSlots = Array.from({ length: SLOTS - 1 }, (_, i) => SLOTS - 1 - i);
  }

  /** That of a forked child, whose memory is a copy of this one. */
  copyFor(mm: AddressSpace): ProbedSpace {
    const copy = new ProbedSpace(mm, this.#arch, this.breakpoints.copyFor(mm));
    for (const [address, place] of this.#places) copy.#know(place, address);
    // The copy may be older than the trampoline.
    if (this.#trampoline !== undefined && copy.#hasTrap(this.#trampoline)) copy.#trampoline = this.#trampoline;
    return copy;
  }

  placeAt(address: number): Place | undefined {
    return this.#places.get(address);
  }

  /** A string says why the place has no breakpoint. */
  mapped(place: Place, mapping: Mapping): string | undefined {
    const address = addressIn(mapping, place.fileOffset);
    if (address === undefined) return undefined;
    this.#know(place, address);
    return place.enabled.size > 0 ? this.#arm(address) : undefined;
  }

  /** A breakpoint that no probe asked for: a hit there fires nothing. */
  watch(address: number): void {
    if (!this.#places.has(address))
      this.#know({ path: "", fileOffset: address, probes: [], enabled: new Set() }, address);
    this.#arm(address);
  }

  /** Memory that is gone, with what was in it. */
  unmapped(start: number, end: number): void {
    for (const [address, place] of this.#places) {
      if (address < start || address >= end) continue;
      this.#places.delete(address);
      this.#addresses.get(place)?.delete(address);
      this.breakpoints.forget(address);
    }
  }

  /** Some probe of the place was enabled or disabled. */
  refresh(place: Place): string | undefined {
    let problem: string | undefined;
    for (const address of this.#addresses.get(place) ?? []) {
      if (place.enabled.size > 0) problem ??= this.#arm(address);
      else this.breakpoints.remove(address);
    }
    return problem;
  }

  /** Where hijacked functions return to; undefined while none was. */
  get trampoline(): number | undefined {
    return this.#trampoline;
  }

  makeTrampoline(): number | undefined {
    if (this.#trampoline !== undefined) return this.#trampoline;
    const page = this.mm.scratchPage();
    if (typeof page !== "number") return undefined;
    if (this.mm.write(page, this.#arch.breakpoint(this.#arch.maxInstruction)) !== true) return undefined;
    this.mm.guard?.trampoline(page);
    this.#trampoline = page;
    return page;
  }

  /** A slot with this content, "busy" when all are taken, undefined when there can be none. */
  takeSlot(content: Uint8Array): number | "busy" | undefined {
    const page = this.mm.scratchPage();
    if (typeof page !== "number") return undefined;
    const index = this.#freeSlots.pop();
    if (index === undefined) return "busy";
    const slot = page + index * SLOT;
    if (this.mm.write(slot, content) === true) return slot;
    this.#freeSlots.push(index);
    return undefined;
  }

  freeSlot(slot: number): void {
    const page = this.mm.scratchPage();
    if (typeof page === "number") this.#freeSlots.push((slot - page) / SLOT);
  }

  #hasTrap(address: number): boolean {
    const trap = this.#arch.breakpoint(this.#arch.maxInstruction);
    const found = this.mm.read(address, trap.length);
    return !("kind" in found) && trap.every((byte, i) => byte === found[i]);
  }

  #know(place: Place, address: number): void {
    this.#places.set(address, place);
    const addresses = this.#addresses.get(place);
    if (addresses) addresses.add(address);
    else this.#addresses.set(place, new Set([address]));
  }

  #arm(address: number): string | undefined {
    const result = this.breakpoints.insert(address);
    return typeof result === "string" ? result : undefined;
  }
}

/** Where an offset of a file is in one of its mappings. */
function addressIn(mapping: Mapping, fileOffset: number): number | undefined {
  const address = mapping.start + (fileOffset - mapping.offset);
  return address >= mapping.start && address < mapping.end ? address : undefined;
}
