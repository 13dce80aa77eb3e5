/**
 * Physical memory: 4 KiB frames with reference counts, one pool per machine.
 *
 * Address spaces own references to frames; the CPU reads and writes frames through the views below. The whole pool
 * is one growing buffer addressed by frame number, as a WebAssembly.Memory is: `alloc` may replace the views, so
 * nobody keeps one across a call that can allocate. Freed frames are reused, so memory stays flat.
 *
 * Decoded code: a CPU that caches what it decoded from a frame calls `watch(frame)`. From then on the frame must not
 * be written but after `touch(frame)`, which gives the frame a new generation: a cache of the old one is stale.
 */
import { limits } from "../../base/limits.ts";

export const PAGE_SHIFT = 12;
export const PAGE_SIZE = 1 << PAGE_SHIFT;
export const PAGE_MASK = PAGE_SIZE - 1;

const FIRST_FRAMES = 1024;

export class Frames {
  /** The pool as bytes, halfwords and words; replaced when the pool grows. */
  u8: Uint8Array;
  u16: Uint16Array;
  i32: Int32Array;
  /** By frame: changes when decoded code becomes stale. */
  generation: Uint32Array;
  /** Changes whenever a frame begins to be watched: cached permissions to write are then void. */
  watchEpoch = 0;

  /** Counts the writes that made decoded code stale. */
  watchedWrites = 0;

  readonly #limit: number;
  #capacity: number;
  #references: Int32Array;
  #watched: Uint8Array;
  #next = 0;
  #used = 0;
  readonly #free: number[] = [];

  constructor(limit: number = limits.maxFrames) {
    this.#limit = limit;
    this.#capacity = Math.min(FIRST_FRAMES, limit);
    const buffer = new ArrayBuffer(this.#capacity << PAGE_SHIFT);
    this.u8 = new Uint8Array(buffer);
    this.u16 = new Uint16Array(buffer);
    this.i32 = new Int32Array(buffer);
    this.generation = new Uint32Array(this.#capacity);
    this.#references = new Int32Array(this.#capacity);
    this.#watched = new Uint8Array(this.#capacity);
  }

  /** Frames in use. */
  get used(): number {
    return this.#used;
  }

  /** A zeroed frame with one reference, or -1 when the limit is reached. */
  alloc(): number {
    let frame = this.#free.pop();
    if (frame === undefined) {
      if (this.#next === this.#capacity && !this.#grow()) return -1;
      frame = this.#next++;
    } else {
      this.u8.fill(0, frame << PAGE_SHIFT, (frame + 1) << PAGE_SHIFT);
    }
    this.#references[frame] = 1;
    this.#used++;
    return frame;
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

  /** Code was decoded from this frame. */
  watch(frame: number): void {
    if (this.#watched[frame] === 1) return;
    this.#watched[frame] = 1;
    this.watchEpoch++;
  }

  isWatched(frame: number): boolean {
    return this.#watched[frame] === 1;
  }

  /** The frame is about to be written (or is gone): what was decoded from it is stale. */
  touch(frame: number): void {
    if (this.#watched[frame] === 0) return;
    this.#watched[frame] = 0;
    this.generation[frame]!++;
    this.watchedWrites++;
  }

  #grow(): boolean {
    const capacity = Math.min(this.#capacity * 2, this.#limit);
    if (capacity === this.#capacity) return false;
    const u8 = new Uint8Array(capacity << PAGE_SHIFT);
    u8.set(this.u8);
    this.u8 = u8;
    this.u16 = new Uint16Array(u8.buffer);
    this.i32 = new Int32Array(u8.buffer);
    const generation = new Uint32Array(capacity);
    generation.set(this.generation);
    this.generation = generation;
    const references = new Int32Array(capacity);
    references.set(this.#references);
    this.#references = references;
    const watched = new Uint8Array(capacity);
    watched.set(this.#watched);
    this.#watched = watched;
    this.#capacity = capacity;
    return true;
  }
}
