/**
 * User memory as a CPU sees it: loads, stores and fetches through the TLB, and the address space where the TLB does not know.
 *
 * `Core` adds the registers. An access that cannot be made throws by `fault`, before anything is changed. The views of the pool
 * are kept here between two accesses; finding a place may replace them.
 */
import { type Access, type AddressSpace, type FaultCause, faultCause, USER_END } from "../memory/address-space.ts";
import { type Frames, PAGE_MASK, PAGE_SHIFT, PAGE_SIZE } from "../memory/frames.ts";
import type { Tlb } from "../memory/tlb.ts";
import { instructionLength } from "./picture.ts";

export abstract class UserMemory {
  mm!: AddressSpace;
  /** High word of the last `load64`. */
  high = 0;
  protected frames!: Frames;
  protected u8 = new Uint8Array(0);
  protected u16!: Uint16Array;
  protected i32!: Int32Array;
  private tlb!: Tlb;

  abstract fault(access: Access, address: number, cause: FaultCause | "BUS_ADRALN"): never;

  /** A page got an entry to write to it; `stale`: code was decoded from its frame. */
  protected abstract pageWritten(page: number, stale: boolean): void;

  /** Gives the hart its state, as it is before the instruction; the pc. */
  protected abstract showState(): number;

  protected enter(mm: AddressSpace): void {
    this.mm = mm;
    this.frames = mm.frames;
    this.tlb = mm.tlb;
    this.frames.tlbs.enter(mm.tlb);
    this.memoryChanged();
  }

  /** After anything that can replace the views of the pool. */
  memoryChanged(): void {
    if (this.u8 === this.frames.u8) return;
    this.u8 = this.frames.u8;
    this.u16 = this.frames.u16;
    this.i32 = this.frames.i32;
    this.poolMoved(this.u8.buffer as ArrayBuffer);
  }

  /** The pool is another buffer now. */
  protected abstract poolMoved(buffer: ArrayBuffer): void;

  // Where first, then the view: finding the place may replace the views.

  /** A byte, unsigned. */
  load8(address: number): number {
    const at = this.#locate(address, "read");
    return this.u8[at]!;
  }

  /** A halfword, unsigned. */
  load16(address: number): number {
    if ((address & 1) !== 0) return this.#loadBytes(address, 2);
    const at = this.#locate(address, "read");
    return this.u16[at >> 1]!;
  }

  load32(address: number): number {
    if ((address & 3) !== 0) return this.#loadBytes(address, 4) | 0;
    const at = this.#locate(address, "read");
    return this.i32[at >> 2]!;
  }

  /** The low word; the high one is in `high`. */
  load64(address: number): number {
    if ((address & 7) !== 0) {
      const low = this.#loadBytes(address, 4) | 0;
      this.high = this.#loadBytes(address + 4, 4) | 0;
      return low;
    }
    const at = this.#locate(address, "read") >> 2;
    this.high = this.i32[at + 1]!;
    return this.i32[at]!;
  }

  store8(address: number, value: number): void {
    const at = this.#locateWrite(address);
    this.u8[at] = value;
  }

  store16(address: number, value: number): void {
    if ((address & 1) !== 0) this.#storeBytes(address, 2, value, 0);
    else {
      const at = this.#locateWrite(address);
      this.u16[at >> 1] = value;
    }
  }

  store32(address: number, value: number): void {
    if ((address & 3) !== 0) this.#storeBytes(address, 4, value, 0);
    else {
      const at = this.#locateWrite(address);
      this.i32[at >> 2] = value;
    }
  }

  store64(address: number, low: number, high: number): void {
    if ((address & 7) !== 0) {
      this.#storeBytes(address, 8, low, high);
      return;
    }
    const at = this.#locateWrite(address) >> 2;
    this.i32[at] = low;
    this.i32[at + 1] = high;
  }

  /** Faults now if the address cannot be written: for atomics, which read first. */
  checkWrite(address: number): void {
    this.#locateWrite(address);
  }

  /** Where in the pool an address is. */
  #locate(address: number, access: Access): number {
    if (address >= 0 && address < USER_END) {
      const at = this.tlb.findRead(address);
      if (at >= 0) return at;
    }
    return this.#miss(address, access);
  }

  #locateWrite(address: number): number {
    if (address >= 0 && address < USER_END) {
      const at = this.tlb.findWrite(address);
      if (at >= 0) return at;
    }
    return this.#miss(address, "write");
  }

  #miss(address: number, access: Access): number {
    const page = Math.floor(address / PAGE_SIZE);
    if (this.frames.pageFaults) this.#tellFault(page, address, access);
    const { codeWrites } = this.frames;
    const frame = this.mm.translate(page, access);
    if (frame < 0) this.fault(access, address, faultCause(frame));
    this.memoryChanged();
    this.tlb.learnRead(page, frame);
    if (access === "write") {
      this.tlb.learnWrite(page, frame);
      this.pageWritten(page * PAGE_SIZE, codeWrites !== this.frames.codeWrites);
    }
    return (frame << PAGE_SHIFT) + (address & PAGE_MASK);
  }

  /** The frame that holds the code of an address. */
  fetchFrame(address: number): number {
    if (address >= 0 && address < USER_END) {
      const known = this.tlb.findFetch(address);
      if (known >= 0) return known;
    }
    const page = Math.floor(address / PAGE_SIZE);
    if (this.frames.pageFaults) this.#tellFault(page, address, "fetch");
    const frame = this.mm.translate(page, "fetch");
    if (frame < 0) this.fault("fetch", address, faultCause(frame));
    this.memoryChanged();
    this.tlb.learnFetch(page, frame);
    return frame;
  }

  /** The TLB does not know; the page table may. */
  #tellFault(page: number, address: number, access: Access): void {
    if (!this.mm.isPresent(page, access)) this.frames.pageFaults?.(address, access, this.showState());
  }

  /** The word at an address: as much of it as the instruction there has. */
  fetchWord(address: number): number {
    const at = (this.fetchFrame(address) << PAGE_SHIFT) + (address & PAGE_MASK);
    const low = this.u16[at >> 1]!;
    if (instructionLength(low) === 2) return low;
    if ((address & PAGE_MASK) + 4 <= PAGE_SIZE) return low | (this.u16[(at >> 1) + 1]! << 16);
    const rest = this.fetchFrame(address + 2);
    return low | (this.u16[(rest << PAGE_SHIFT) >> 1]! << 16);
  }

  /** A misaligned load; up to 4 bytes, unsigned. */
  #loadBytes(address: number, size: number): number {
    let value = 0;
    for (let i = 0; i < size; i++) value += this.load8(address + i) * 2 ** (8 * i);
    return value;
  }

  /** A misaligned store: nothing is written unless all of it can be. */
  #storeBytes(address: number, size: number, low: number, high: number): void {
    this.checkWrite(address);
    this.checkWrite(address + size - 1);
    for (let i = 0; i < size; i++) this.store8(address + i, (i < 4 ? low : high) >>> (8 * (i & 3)));
  }
}
