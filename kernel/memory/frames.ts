/**
 * Physical memory: 4 KiB frames with reference counts, one pool per machine.
 *
 * Address spaces own references to frames; the CPU reads and writes frames through the views below. The whole pool
 * is one growing buffer addressed by frame number: a WebAssembly.Memory where there is one. `alloc` may replace the
 * views, so nobody keeps one across a call that can allocate. Freed frames are reused, so memory stays flat.
 * The first frames are nobody's: there lie the registers of the CPU that runs and the TLB (`tlb.ts`).
 *
 * Decoded code: a CPU that caches what it decoded from a frame calls `watch(frame)`. From then on the frame must not
 * be written but after `touch(frame)`, which gives the frame a new generation: a cache of the old one is stale.
 */
import { limits } from "../../base/limits.ts";
import type { AddressSpace } from "./address-space.ts";
import type { Access } from "./fault.ts";
import { PAGE_SHIFT } from "./page.ts";
import { TLB_END, TlbBanks } from "./tlb.ts";
import { type WasmMemory, webAssembly } from "./webassembly.ts";

export { PAGE_MASK, PAGE_SHIFT, PAGE_SIZE } from "./page.ts";

const FIRST_FRAMES = 1024;
/** 64 KiB, in which a WebAssembly.Memory grows. */
const FRAMES_PER_STEP = 16;
/** Frames beyond the limit for what is nobody's: see `reserve`. */
const RESERVABLE = 1 << 14;

/** Told of bytes that a call has read from user memory or written to it. They are read at once: the call may change them. */
export type CopyWatcher = (
  mm: AddressSpace,
  direction: "copy_from_user" | "copy_to_user",
  address: number,
  bytes: Uint8Array,
  /** Of a string: how many bytes it might have had. */
  limit?: number,
) => void;

/** Told of an access of user code to a page that is not there, not there in this way, or not its own yet. */
export type FaultWatcher = (address: number, access: Access, pc: number) => void;

export class Frames {
  /** The pool as bytes, halfwords and words; replaced when the pool grows. */
  u8: Uint8Array<ArrayBuffer>;
  u16: Uint16Array<ArrayBuffer>;
  i32: Int32Array<ArrayBuffer>;
  /** By frame: changes when decoded code becomes stale. */
  generation: Uint32Array;
  /** Counts the writes that made decoded code stale. */
  codeWrites = 0;
  readonly tlbs = new TlbBanks(this);
  /** What a WebAssembly module imports. */
  readonly memory: WasmMemory | undefined;

  /** Nobody, mostly (`kernel/copies.ts`); here because every address space of a machine has its frames. */
  copies: CopyWatcher | undefined;
  /** Nobody, mostly (`kernel/points/page-faults.ts`). */
  pageFaults: FaultWatcher | undefined;

  /** Those that live: who changes a file tells them. */
  readonly spaces = new Set<AddressSpace>();

  readonly #limit: number;
  #capacity = FIRST_FRAMES;
  #references: Int32Array;
  #watched: Uint8Array;
  /** 1: the TLB may know the frame as writable. */
  #writable: Uint8Array;
  #next = TLB_END >> PAGE_SHIFT;
  #used = 0;
  readonly #free: number[] = [];

  constructor(limit: number = limits.maxFrames) {
    this.#limit = limit;
    const maximum = (limits.maxFrames + RESERVABLE) / FRAMES_PER_STEP;
    this.memory = webAssembly && new webAssembly.Memory({ initial: FIRST_FRAMES / FRAMES_PER_STEP, maximum });
    const buffer = this.memory?.buffer ?? new ArrayBuffer(FIRST_FRAMES << PAGE_SHIFT);
    this.u8 = new Uint8Array(buffer);
    this.u16 = new Uint16Array(buffer);
    this.i32 = new Int32Array(buffer);
    this.generation = new Uint32Array(this.#capacity);
    this.#references = new Int32Array(this.#capacity);
    this.#watched = new Uint8Array(this.#capacity);
    this.#writable = new Uint8Array(this.#capacity);
  }

  /** Frames in use. */
  get used(): number {
    return this.#used;
  }

  /** A zeroed frame with one reference, or -1 when the limit is reached. */
  alloc(): number {
    if (this.#used >= this.#limit) return -1;
    let frame = this.#free.pop();
    if (frame === undefined) {
      if (this.#next === this.#capacity && !this.#grow(1)) return -1;
      frame = this.#next++;
    } else {
      this.u8.fill(0, frame << PAGE_SHIFT, (frame + 1) << PAGE_SHIFT);
    }
    this.#references[frame] = 1;
    this.#used++;
    return frame;
  }

  /** Consecutive zeroed frames that no address space sees and that stay; the first, or -1. */
  reserve(count: number): number {
    if (this.#next + count > this.#capacity && !this.#grow(count)) return -1;
    this.#next += count;
    return this.#next - count;
  }

  addRef(frame: number): void {
    this.#references[frame]!++;
  }

  release(frame: number): void {
    if (--this.#references[frame]! > 0) return;
    this.touch(frame);
    this.#free.push(frame);
    this.#used--;
  }

  references(frame: number): number {
    return this.#references[frame]!;
  }

  /** A copy of a frame with one reference, or -1. */
  copy(frame: number): number {
    const copy = this.alloc();
    if (copy >= 0) this.u8.copyWithin(copy << PAGE_SHIFT, frame << PAGE_SHIFT, (frame + 1) << PAGE_SHIFT);
    return copy;
  }

  /** Code was decoded from this frame: nobody may write it unseen. */
  watch(frame: number): void {
    if (this.#watched[frame] === 1) return;
    this.#watched[frame] = 1;
    if (this.#writable[frame] === 0) return;
    this.#writable[frame] = 0;
    this.tlbs.forgetWrites(frame);
  }

  isWatched(frame: number): boolean {
    return this.#watched[frame] === 1;
  }

  /** The frame is about to be written (or is gone): what was decoded from it is stale. */
  touch(frame: number): void {
    if (this.#watched[frame] === 0) return;
    this.#watched[frame] = 0;
    this.generation[frame]!++;
    this.codeWrites++;
    this.tlbs.forgetFetches(frame);
  }

  /** The TLB learns that the frame may be written without asking. */
  markWritable(frame: number): void {
    this.#writable[frame] = 1;
  }

  #grow(count: number): boolean {
    const most = this.#limit + RESERVABLE;
    const wanted = Math.min(Math.max(this.#capacity * 2, this.#next + count), most);
    const capacity = Math.ceil(wanted / FRAMES_PER_STEP) * FRAMES_PER_STEP;
    if (this.#next + count > capacity) return false;
    const buffer = this.#growBuffer(capacity);
    if (!buffer) return false;
    this.u8 = new Uint8Array(buffer);
    this.u16 = new Uint16Array(buffer);
    this.i32 = new Int32Array(buffer);
    this.generation = grown(this.generation, new Uint32Array(capacity));
    this.#references = grown(this.#references, new Int32Array(capacity));
    this.#watched = grown(this.#watched, new Uint8Array(capacity));
    this.#writable = grown(this.#writable, new Uint8Array(capacity));
    this.#capacity = capacity;
    return true;
  }

  #growBuffer(capacity: number): ArrayBuffer | undefined {
    if (!this.memory) {
      const buffer = new ArrayBuffer(capacity << PAGE_SHIFT);
      new Uint8Array(buffer).set(this.u8);
      return buffer;
    }
    try {
      this.memory.grow((capacity - this.#capacity) / FRAMES_PER_STEP);
      return this.memory.buffer;
    } catch {
      return undefined;
    }
  }
}

function grown<A extends { set(from: A): void }>(old: A, larger: A): A {
  larger.set(old);
  return larger;
}
