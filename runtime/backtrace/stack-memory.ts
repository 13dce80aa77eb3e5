/**
 * Memory for one backtrace: whole pages, each read once, because frames are near each other and a read of a live
 * process is dear.
 *
 * Made by `backtraces.ts` for a stopped task, and of no use when it has run on. The number of pages is bounded.
 */
import { limits } from "../../base/limits.ts";
import type { UnwindMemory } from "../../debuginfo/unwind.ts";

const PAGE = 4096;

export class StackMemory implements UnwindMemory {
  readonly #read: (address: number, size: number) => Uint8Array | undefined;
  readonly #pages = new Map<number, DataView | undefined>();

  constructor(read: (address: number, size: number) => Uint8Array | undefined) {
    this.#read = read;
  }

  word(address: bigint): bigint | undefined {
    if (address > Number.MAX_SAFE_INTEGER - PAGE || address < 0n) return undefined;
    const at = Number(address);
    const inPage = at % PAGE;
    if (inPage <= PAGE - 8) return this.#page(at - inPage)?.getBigUint64(inPage, true);
    const bytes = this.bytes(address, 8);
    return bytes && new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
  }

  bytes(address: bigint, size: number): Uint8Array | undefined {
    if (address > Number.MAX_SAFE_INTEGER - size || address < 0n) return undefined;
    const out = new Uint8Array(size);
    for (let done = 0; done < size; ) {
      const at = Number(address) + done;
      const page = this.#page(at - (at % PAGE));
      if (!page) return undefined;
      const part = Math.min(size - done, PAGE - (at % PAGE));
      out.set(new Uint8Array(page.buffer, page.byteOffset + (at % PAGE), part), done);
      done += part;
    }
    return out;
  }

  #page(start: number): DataView | undefined {
    if (this.#pages.has(start)) return this.#pages.get(start);
    if (this.#pages.size >= limits.maxUnwindPages) return undefined;
    const bytes = this.#read(start, PAGE);
    const page = bytes && new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#pages.set(start, page);
    return page;
  }
}
