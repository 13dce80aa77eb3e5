/**
 * The software TLB: where the CPU finds a page without asking the page table.
 *
 * It lies in the first frames of the pool, so that a CPU in WebAssembly reads it with plain loads. There are a few banks,
 * one for each address space that ran lately; an entry is tagged with the address of its page, so one comparison
 * says whether an address is that of a user page that the entry knows:
 *
 *     +0 tag: address of the page, all ones for none    +8 payload    +12 address of the frame in the pool
 *
 * Each bank has three direct-mapped tables. A read entry says "may be read"; a write entry says more: the frame
 * is ours alone (or shared on purpose) and holds no decoded code. The payload of both is what an address of the
 * page needs added (modulo 2^32) to become an address in the pool. A fetch entry says "may be executed"; its payload belongs
 * to the CPU: where the decoded code of the frame lies, 0 for nowhere.
 */
import type { Frames } from "./frames.ts";
import { PAGE_MASK, PAGE_SHIFT, PAGE_SIZE } from "./page.ts";

/** Bytes at 0 that are left to the CPU. */
export const CPU_BYTES = 4096;

export const ENTRY_BYTES = 16;
export const READ_ENTRIES = 1024;
export const WRITE_ENTRIES = 1024;
export const FETCH_ENTRIES = 256;
/** Offsets of the tables in a bank. */
export const READ_TABLE = 0;
export const WRITE_TABLE = READ_TABLE + READ_ENTRIES * ENTRY_BYTES;
export const FETCH_TABLE = WRITE_TABLE + WRITE_ENTRIES * ENTRY_BYTES;
const BANK_BYTES = FETCH_TABLE + FETCH_ENTRIES * ENTRY_BYTES;

const BANKS = 8;
export const TLB_END = CPU_BYTES + BANKS * BANK_BYTES;

/** Words of an entry. */
const PAYLOAD = 2;
const FRAME = 3;

/** The bank of each address space that has one; the one that was used least lately makes room. */
export class TlbBanks {
  readonly frames: Frames;
  readonly #owners: (Tlb | undefined)[] = new Array(BANKS).fill(undefined);
  /** Banks, the one used last at the end. */
  readonly #order = Array.from({ length: BANKS }, (_, bank) => bank);

  constructor(frames: Frames) {
    this.frames = frames;
  }

  /** Gives a TLB a bank, empty when it is a new one. */
  enter(tlb: Tlb): void {
    const last = this.#order[BANKS - 1]!;
    if (this.#owners[last] === tlb) return;
    const own = this.#owners.indexOf(tlb);
    const bank = own >= 0 ? own : this.#order[0]!;
    this.#order.splice(this.#order.indexOf(bank), 1);
    this.#order.push(bank);
    if (own >= 0) return;
    const former = this.#owners[bank];
    if (former) former.at = -1;
    this.#owners[bank] = tlb;
    tlb.at = CPU_BYTES + bank * BANK_BYTES;
    tlb.flush();
  }

  /** The frame may not be written any more without asking. */
  forgetWrites(frame: number): void {
    this.#forget(frame, WRITE_TABLE, WRITE_ENTRIES);
  }

  /** The code of the frame changed. */
  forgetFetches(frame: number): void {
    this.#forget(frame, FETCH_TABLE, FETCH_ENTRIES);
  }

  #forget(frame: number, table: number, entries: number): void {
    const { i32 } = this.frames;
    for (const owner of this.#owners) {
      if (!owner) continue;
      const first = (owner.at + table) >> 2;
      for (let at = first; at < first + entries * 4; at += 4) {
        if (i32[at + FRAME] === frame << PAGE_SHIFT) forgetEntry(i32, at);
      }
    }
  }
}

/** The TLB of one address space. */
export class Tlb {
  readonly #frames: Frames;
  /** Address of its bank, -1 when it has none now: then nothing is known. */
  at = -1;

  constructor(frames: Frames) {
    this.#frames = frames;
  }

  /** Address in the pool of a user address that may be read; -1 when the TLB does not know. */
  findRead(address: number): number {
    return this.#find(address, READ_TABLE, READ_ENTRIES);
  }

  findWrite(address: number): number {
    return this.#find(address, WRITE_TABLE, WRITE_ENTRIES);
  }

  /** The frame of a page that may be executed; -1 when the TLB does not know. */
  findFetch(address: number): number {
    const at = this.#find(address, FETCH_TABLE, FETCH_ENTRIES);
    return at < 0 ? -1 : at >> PAGE_SHIFT;
  }

  learnRead(page: number, frame: number): void {
    this.#learn(page, frame, READ_TABLE, READ_ENTRIES, (frame << PAGE_SHIFT) - page * PAGE_SIZE);
  }

  learnWrite(page: number, frame: number): void {
    this.#frames.markWritable(frame);
    this.#learn(page, frame, WRITE_TABLE, WRITE_ENTRIES, (frame << PAGE_SHIFT) - page * PAGE_SIZE);
  }

  /** `code`: where the decoded code is, if it is kept in the pool. */
  learnFetch(page: number, frame: number, code = 0): void {
    this.#learn(page, frame, FETCH_TABLE, FETCH_ENTRIES, code);
  }

  flush(): void {
    if (this.at >= 0) this.#frames.i32.fill(-1, this.at >> 2, (this.at + BANK_BYTES) >> 2);
  }

  flushWrites(): void {
    if (this.at >= 0) this.#frames.i32.fill(-1, (this.at + WRITE_TABLE) >> 2, (this.at + FETCH_TABLE) >> 2);
  }

  flushPage(page: number): void {
    if (this.at < 0) return;
    const { i32 } = this.#frames;
    for (const [table, entries] of tables) {
      const at = this.#entry(page, table, entries);
      if (i32[at] === page << PAGE_SHIFT && i32[at + 1] === page >>> 20) forgetEntry(i32, at);
    }
  }

  #find(address: number, table: number, entries: number): number {
    const { i32 } = this.#frames;
    const page = (address / PAGE_SIZE) | 0;
    const at = this.#entry(page, table, entries);
    if (i32[at] !== page << PAGE_SHIFT || i32[at + 1] !== page >>> 20) return -1;
    return i32[at + FRAME]! + (address & PAGE_MASK);
  }

  #learn(page: number, frame: number, table: number, entries: number, payload: number): void {
    const { i32 } = this.#frames;
    const at = this.#entry(page, table, entries);
    i32[at] = page << PAGE_SHIFT;
    i32[at + 1] = page >>> 20;
    i32[at + PAYLOAD] = payload;
    i32[at + FRAME] = frame << PAGE_SHIFT;
  }

  #entry(page: number, table: number, entries: number): number {
    return ((this.at + table) >> 2) + ((page & (entries - 1)) << 2);
  }
}

const tables = [
  [READ_TABLE, READ_ENTRIES],
  [WRITE_TABLE, WRITE_ENTRIES],
  [FETCH_TABLE, FETCH_ENTRIES],
] as const;

function forgetEntry(i32: Int32Array, at: number): void {
  i32[at] = -1;
  i32[at + 1] = -1;
}
