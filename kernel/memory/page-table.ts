/**
 * The page table of an address space: page number to frame, demand paging, copy-on-write.
 *
 * Pages exist only once touched. A private frame with more than one reference is copied before it is written; that one
 * rule is copy-on-write. The table drops from the TLB what it makes untrue. It knows no areas: the address space says
 * which one a page lies in.
 */
import type { Area } from "./area.ts";
import { ADRERR } from "./fault.ts";
import { type Frames, PAGE_SHIFT, PAGE_SIZE } from "./frames.ts";
import { knownPagesOf } from "./shared-pages.ts";
import { Tlb } from "./tlb.ts";

export class PageTable {
  readonly tlb: Tlb;
  readonly #frames: Frames;
  readonly #pages = new Map<number, number>();
  /** Pages that were written since they came, or since the last fork. */
  readonly #written = new Set<number>();

  constructor(frames: Frames) {
    this.#frames = frames;
    this.tlb = new Tlb(frames);
  }

  /** The frame of a page, made present; a code of `fault.ts` when there is none. */
  toRead(area: Area, page: number): number {
    return this.#pages.get(page) ?? this.#pageIn(area, page);
  }

  /** The same, made ours to write and free of decoded code. */
  toWrite(area: Area, page: number): number {
    const frame = this.toRead(area, page);
    if (frame < 0) return frame;
    const offset = offsetOf(area, page);
    // A tracer's write to shared memory that the program itself could not write stays its own.
    const inPlace = area.shared !== undefined && area.writable && area.shared.frames.get(offset) === frame;
    if (inPlace) area.shared?.dirty.add(offset);
    const own = inPlace || this.#frames.references(frame) === 1 ? frame : this.#copy(page, frame);
    if (own < 0) return own;
    this.#written.add(page);
    this.#frames.touch(own);
    return own;
  }

  /**
   * The entry of a real page table would let the access pass. The first write makes it one for writing; in anonymous memory
   * that is shared it is so from the start.
   */
  isPresent(area: Area, page: number, writes: boolean): boolean {
    const isPlain = area.shared !== undefined && area.file === undefined;
    return this.#pages.has(page) && (!writes || isPlain || this.#written.has(page));
  }

  /** Lets a table that was empty see the same frames; from now on both sides copy before they write. */
  shareWith(child: PageTable): void {
    for (const [page, frame] of this.#pages) {
      this.#frames.addRef(frame);
      child.#pages.set(page, frame);
    }
    this.#written.clear();
    this.tlb.flushWrites();
  }

  /** Gives the frames of the pages from `first` to before `last` back. */
  drop(first: number, last: number): void {
    if (last - first < this.#pages.size) {
      for (let page = first; page < last; page++) this.#dropPage(page);
    } else {
      for (const page of [...this.#pages.keys()]) if (page >= first && page < last) this.#dropPage(page);
    }
    this.tlb.flush();
  }

  /** Moves `count` pages; where they come to there are none. */
  move(from: number, count: number, to: number): void {
    for (let i = 0; i < count; i++) {
      const frame = this.#pages.get(from + i);
      if (frame === undefined) continue;
      this.#pages.delete(from + i);
      this.#pages.set(to + i, frame);
      if (this.#written.delete(from + i)) this.#written.add(to + i);
    }
    this.tlb.flush();
  }

  #pageIn(area: Area, page: number): number {
    const offset = offsetOf(area, page);
    // A private page shows what is written to the file, until it is written itself.
    const shared = area.shared ?? knownPagesOf(this.#frames, area.file);
    const known = shared?.frames.get(offset);
    if (known !== undefined) {
      this.#frames.addRef(known);
      this.#pages.set(page, known);
      return known;
    }
    if (area.file ? offset >= area.file.size : area.shared && offset >= area.shared.size) return ADRERR;
    const frame = this.#frames.alloc();
    if (frame < 0) return ADRERR;
    if (area.file) this.#frames.u8.set(area.file.readPage(offset).subarray(0, PAGE_SIZE), frame << PAGE_SHIFT);
    if (shared) {
      shared.frames.set(offset, frame);
      this.#frames.addRef(frame);
    }
    this.#pages.set(page, frame);
    return frame;
  }

  #copy(page: number, frame: number): number {
    const copy = this.#frames.copy(frame);
    if (copy < 0) return ADRERR;
    this.#frames.release(frame);
    this.#pages.set(page, copy);
    this.tlb.flushPage(page);
    return copy;
  }

  #dropPage(page: number): void {
    const frame = this.#pages.get(page);
    if (frame === undefined) return;
    this.#pages.delete(page);
    this.#written.delete(page);
    this.#frames.release(frame);
  }
}

function offsetOf(area: Area, page: number): number {
  return area.offset + (page * PAGE_SIZE - area.start);
}
