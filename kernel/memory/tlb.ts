/**
 * The software TLB of one address space: where the CPU finds a page without asking the page table.
 *
 * Direct mapped, by the low bits of the page number. A read entry says "may be read, bytes are at base"; a write
 * entry says more: the frame is ours alone (or shared on purpose) and holds no decoded code. The address space
 * flushes what a change makes untrue; the CPU fills. A fetch entry says "may be executed, is this frame".
 */
export const TLB_SIZE = 256;
export const TLB_MASK = TLB_SIZE - 1;

export class Tlb {
  /** Page numbers, -1 for none. */
  readonly readTags = new Int32Array(TLB_SIZE).fill(-1);
  readonly writeTags = new Int32Array(TLB_SIZE).fill(-1);
  /** Byte offset of the frame in the pool. */
  readonly readBases = new Int32Array(TLB_SIZE);
  readonly writeBases = new Int32Array(TLB_SIZE);
  readonly fetchTags = new Int32Array(TLB_SIZE).fill(-1);
  readonly fetchFrames = new Int32Array(TLB_SIZE);

  flush(): void {
    this.readTags.fill(-1);
    this.writeTags.fill(-1);
    this.fetchTags.fill(-1);
  }

  flushWrites(): void {
    this.writeTags.fill(-1);
  }

  flushPage(page: number): void {
    const slot = page & TLB_MASK;
    if (this.readTags[slot] === page) this.readTags[slot] = -1;
    if (this.writeTags[slot] === page) this.writeTags[slot] = -1;
    if (this.fetchTags[slot] === page) this.fetchTags[slot] = -1;
  }
}
