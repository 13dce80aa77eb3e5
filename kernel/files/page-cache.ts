/**
 * The page cache of one regular file: its bytes in chunks of 64 KiB.
 *
 * Owned by `ramfs.ts`. A chunk that is not there is a hole, or, when the file has a `source` (a file of the host), is fetched
 * from it on first use. Chunks that were written are dirty and stay; clean ones may be dropped, because they can be
 * fetched again: `FileMemory` decides, and counts what dirty chunks take. 64 KiB is a multiple of every page, so
 * a page of a mapping is a view of one chunk.
 */
import { limits } from "../../base/limits.ts";
import { ERRNO } from "../../target/errno.ts";
import { type Errno, failed } from "./inode.ts";

const CHUNK = 65_536;

/** Where the bytes of an unmodified file come from; the count is short only at the end. */
export type ChunkSource = (offset: number, into: Uint8Array) => number | Errno;

export class PageCache {
  size: number;
  readonly #memory: FileMemory;
  readonly #chunks = new Map<number, Uint8Array>();
  readonly #dirty = new Set<number>();
  #source: ChunkSource | undefined;
  /** The bytes of the source that still belong to the file; what a truncation cut off never comes back. */
  #sourceSize: number;

  constructor(memory: FileMemory, size = 0, source?: ChunkSource) {
    this.#memory = memory;
    this.size = size;
    this.#source = source;
    this.#sourceSize = source ? size : 0;
  }

  read(offset: number, max: number): Uint8Array | Errno {
    const length = Math.max(0, Math.min(max, this.size - offset));
    const index = Math.floor(offset / CHUNK);
    const from = offset - index * CHUNK;
    if (from + length <= CHUNK) {
      if (length === 0) return EMPTY;
      const chunk = this.#chunk(index);
      return failed(chunk) ? chunk : (chunk ?? ZEROES).subarray(from, from + length);
    }
    const bytes = new Uint8Array(length);
    for (let at = 0; at < length; ) {
      const part = this.read(offset + at, Math.min(length - at, CHUNK - ((offset + at) % CHUNK)));
      if (failed(part)) return part;
      bytes.set(part, at);
      at += part.length;
    }
    return bytes;
  }

  write(offset: number, bytes: Uint8Array): 0 | Errno {
    const end = offset + bytes.length;
    if (end > limits.maxFileBytes) return -ERRNO.EFBIG;
    const first = Math.floor(offset / CHUNK);
    const last = Math.ceil(end / CHUNK) - 1;
    for (let index = first; index <= last; index++) {
      const error = this.#makeDirty(index);
      if (error !== 0) return error;
    }
    for (let at = 0; at < bytes.length; ) {
      const index = Math.floor((offset + at) / CHUNK);
      const from = offset + at - index * CHUNK;
      const part = bytes.subarray(at, at + CHUNK - from);
      this.#chunks.get(index)!.set(part, from);
      at += part.length;
    }
    this.size = Math.max(this.size, end);
    return 0;
  }

  truncate(size: number): 0 | Errno {
    if (size > limits.maxFileBytes) return -ERRNO.EFBIG;
    if (size < this.size) {
      const edge = Math.floor(size / CHUNK);
      if (size % CHUNK !== 0 && (this.#chunks.has(edge) || edge * CHUNK < this.#sourceSize)) {
        const error = this.#makeDirty(edge);
        if (error !== 0) return error;
        this.#chunks.get(edge)!.fill(0, size - edge * CHUNK);
      }
      for (const index of this.#chunks.keys()) if (index * CHUNK >= size) this.#drop(index);
      this.#sourceSize = Math.min(this.#sourceSize, size);
    }
    this.size = size;
    return 0;
  }

  /** Zeroes in [offset, offset + length); whole chunks become holes again. */
  punch(offset: number, length: number): 0 | Errno {
    const end = Math.min(offset + length, this.size);
    for (let index = Math.floor(offset / CHUNK); index * CHUNK < end; index++) {
      const start = index * CHUNK;
      const [from, to] = [Math.max(offset, start), Math.min(end, start + CHUNK)];
      if (this.nextData(start) >= start + CHUNK) continue;
      const error = this.#makeDirty(index);
      if (error !== 0) return error;
      // What a source lies under stays a chunk of zeroes: the source would shine through a hole.
      if (from === start && to === start + CHUNK && start >= this.#sourceSize) this.#drop(index);
      else this.#chunks.get(index)!.fill(0, from - start, to - start);
    }
    return 0;
  }

  /** Where data begins at `offset` or behind it; `size` when there is none. */
  nextData(offset: number): number {
    if (offset < this.#sourceSize) return offset;
    const here = Math.floor(offset / CHUNK);
    if (this.#chunks.has(here)) return offset;
    let next = Number.POSITIVE_INFINITY;
    for (const index of this.#chunks.keys()) if (index > here) next = Math.min(next, index);
    return Math.min(next * CHUNK, this.size);
  }

  nextHole(offset: number): number {
    let index = Math.floor(offset / CHUNK);
    while (index * CHUNK < this.size && (this.#chunks.has(index) || index * CHUNK < this.#sourceSize)) index++;
    return Math.min(Math.max(index * CHUNK, offset), this.size);
  }

  /** Fetches what is still only in the source, which is about to go away. */
  detach(): 0 | Errno {
    for (let index = 0; index * CHUNK < this.#sourceSize; index++) {
      const error = this.#makeDirty(index);
      if (error !== 0) return error;
    }
    this.#source = undefined;
    return 0;
  }

  /** The file is gone: its memory no longer counts (a mapping may still look at it). */
  forget(): void {
    this.#memory.give(this.#dirty.size * CHUNK);
    this.#dirty.clear();
  }

  /** Called by `FileMemory` for a clean chunk. */
  evict(index: number): void {
    if (!this.#dirty.has(index)) this.#chunks.delete(index);
  }

  /** The bytes of a chunk; undefined for a hole. */
  #chunk(index: number): Uint8Array | undefined | Errno {
    const known = this.#chunks.get(index);
    if (known) return known;
    const start = index * CHUNK;
    if (!this.#source || start >= this.#sourceSize) return undefined;
    const chunk = new Uint8Array(CHUNK);
    const count = this.#source(start, chunk.subarray(0, Math.min(CHUNK, this.#sourceSize - start)));
    if (count < 0) return count;
    this.#chunks.set(index, chunk);
    this.#memory.keep(this, index, CHUNK);
    return chunk;
  }

  #makeDirty(index: number): 0 | Errno {
    if (this.#dirty.has(index)) return 0;
    const chunk = this.#chunk(index);
    if (failed(chunk)) return chunk;
    if (!this.#memory.take(CHUNK)) return -ERRNO.ENOSPC;
    this.#dirty.add(index);
    this.#chunks.set(index, chunk ?? new Uint8Array(CHUNK));
    return 0;
  }

  #drop(index: number): void {
    this.#chunks.delete(index);
    if (this.#dirty.delete(index)) this.#memory.give(CHUNK);
  }
}

const EMPTY = new Uint8Array(0);
const ZEROES = new Uint8Array(CHUNK);

/** What the files of a model take of our memory: dirty bytes are refused beyond a limit, clean chunks are dropped. */
export class FileMemory {
  #dirty = 0;
  #clean = 0;
  readonly #order: { readonly cache: PageCache; readonly index: number; readonly bytes: number }[] = [];
  #oldest = 0;

  take(bytes: number): boolean {
    if (this.#dirty + bytes > limits.maxFileMemory) return false;
    this.#dirty += bytes;
    return true;
  }

  give(bytes: number): void {
    this.#dirty -= bytes;
  }

  get free(): number {
    return limits.maxFileMemory - this.#dirty;
  }

  /** A clean chunk was fetched; the oldest ones make room for it. */
  keep(cache: PageCache, index: number, bytes: number): void {
    this.#order.push({ cache, index, bytes });
    this.#clean += bytes;
    while (this.#clean > limits.maxFileCache) {
      const chunk = this.#order[this.#oldest++]!;
      this.#clean -= chunk.bytes;
      chunk.cache.evict(chunk.index);
    }
    if (this.#oldest > 4096) {
      this.#order.splice(0, this.#oldest);
      this.#oldest = 0;
    }
  }
}
