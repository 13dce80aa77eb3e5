/**
 * Decoded code in the pool: blocks of records, one for each frame that runs.
 *
 * A block is right as long as its frame has the generation that it had when the block was begun and is watched
 * (`memory/frames.ts`). Records are written when the interpreter first comes to them.
 */
import { limits } from "../../../base/limits.ts";
import { type Frames, PAGE_SHIFT, PAGE_SIZE } from "../../memory/frames.ts";
import type { Core } from "../core.ts";
import { decode } from "../instructions.ts";
import { BLOCK_BYTES, RECORD_BYTES } from "./layout.ts";
import { NEXT_PAGE } from "./operations.ts";
import { writeRecord } from "./records.ts";

interface CodeBlock {
  /** Address in the pool. */
  readonly at: number;
  frame: number;
  generation: number;
}

/** Frames that are reserved at a time, and blocks that they hold. */
const CHUNK_FRAMES = 32;
const CHUNK_BLOCKS = Math.floor((CHUNK_FRAMES * PAGE_SIZE) / BLOCK_BYTES);
/** Instructions decoded at a time. */
const RUN = 24;

export class CodeCache {
  readonly #frames: Frames;
  readonly #blocks: CodeBlock[] = [];
  readonly #byFrame = new Map<number, CodeBlock>();
  /** The next block to be given to another frame, once there are enough. */
  #hand = 0;

  constructor(frames: Frames) {
    this.#frames = frames;
  }

  /** Makes the page of `c.pc` known to the TLB; may fault. */
  enter(c: Core): void {
    const frame = c.fetchFrame(c.pc);
    const { generation } = this.#frames;
    let found = this.#byFrame.get(frame);
    if (!found || found.generation !== generation[frame] || !this.#frames.isWatched(frame)) {
      found ??= this.#take(frame);
      found.generation = generation[frame]!;
      this.#frames.watch(frame);
      this.#clear(found);
      c.memoryChanged();
    }
    c.mm.tlb.learnFetch(c.base / PAGE_SIZE, frame, found.at);
  }

  /** Writes records from `c.pc` on. */
  decode(c: Core): void {
    const frame = c.fetchFrame(c.pc);
    const found = this.#byFrame.get(frame)!;
    for (let offset = c.offset, count = 0; offset < PAGE_SIZE && count < RUN; count++) {
      const at = found.at + (offset / 2) * RECORD_BYTES;
      // Behind the first instruction nothing may fault, and what is there may be no code at all.
      if (count > 0 && this.#frames.i32[at >> 2] !== 0) return;
      const d = decode(count === 0 ? c.fetchWord(c.pc) : this.#wordAt(frame, offset));
      if (!writeRecord(this.#frames.i32, at, d, offset)) return;
      offset += d.length;
    }
  }

  /** The word at an offset of a frame; the second half of one that lies in two pages is 0. */
  #wordAt(frame: number, offset: number): number {
    const at = ((frame << PAGE_SHIFT) + offset) >> 1;
    const { u16 } = this.#frames;
    const low = u16[at]!;
    return (low & 3) === 3 && offset + 4 <= PAGE_SIZE ? low | (u16[at + 1]! << 16) : low;
  }

  #take(frame: number): CodeBlock {
    if (this.#hand === this.#blocks.length && !this.#addChunk()) this.#hand = 0;
    const block = this.#blocks[this.#hand++]!;
    this.#byFrame.delete(block.frame);
    this.#frames.tlbs.forgetFetches(block.frame);
    block.frame = frame;
    this.#byFrame.set(frame, block);
    return block;
  }

  #addChunk(): boolean {
    if (this.#blocks.length >= limits.maxCodeBlocks) return false;
    const first = this.#frames.reserve(CHUNK_FRAMES);
    if (first < 0) return false;
    for (let i = 0; i < CHUNK_BLOCKS; i++) {
      this.#blocks.push({ at: (first << PAGE_SHIFT) + i * BLOCK_BYTES, frame: -1, generation: 0 });
    }
    return true;
  }

  #clear(block: CodeBlock): void {
    const { i32 } = this.#frames;
    i32.fill(0, block.at >> 2, (block.at + BLOCK_BYTES) >> 2);
    i32[(block.at + BLOCK_BYTES - RECORD_BYTES) >> 2] = NEXT_PAGE;
  }
}
