/**
 * Bytes in and out of an address space, page by page: copy_from_user, copy_to_user and what a tracer reads and writes.
 *
 * `force` ignores protections, as a debugger does.
 */
import { type Access, type Fault, fault } from "./fault.ts";
import { type Frames, PAGE_MASK, PAGE_SHIFT, PAGE_SIZE } from "./frames.ts";

/** What it copies from or to. */
export interface Pages {
  readonly frames: Frames;
  translate(page: number, access: Access, force?: boolean): number;
}

export function copyFrom(mm: Pages, address: number, size: number, force: boolean): Uint8Array | Fault {
  const first = Math.floor(address / PAGE_SIZE);
  const last = Math.floor((address + size - 1) / PAGE_SIZE);
  // All pages first: they may be many, and the pool bounds them before the result is made.
  for (let page = first; page <= last; page++) {
    const frame = mm.translate(page, "read", force);
    if (frame < 0) return fault(Math.max(address, page * PAGE_SIZE), "read", frame);
  }
  const bytes = new Uint8Array(size);
  for (let done = 0; done < size; ) {
    const at = address + done;
    const page = Math.floor(at / PAGE_SIZE);
    const from = (mm.translate(page, "read", force) << PAGE_SHIFT) + (at - page * PAGE_SIZE);
    const count = Math.min(size - done, (page + 1) * PAGE_SIZE - at);
    bytes.set(mm.frames.u8.subarray(from, from + count), done);
    done += count;
  }
  return bytes;
}

/** After a fault the bytes before it are written. */
export function copyTo(mm: Pages, address: number, bytes: Uint8Array, force: boolean): true | Fault {
  for (let done = 0; done < bytes.length; ) {
    const at = address + done;
    const page = Math.floor(at / PAGE_SIZE);
    const frame = mm.translate(page, "write", force);
    if (frame < 0) return fault(at, "write", frame);
    const count = Math.min(bytes.length - done, (page + 1) * PAGE_SIZE - at);
    mm.frames.u8.set(bytes.subarray(done, done + count), (frame << PAGE_SHIFT) + (at & PAGE_MASK));
    done += count;
  }
  return true;
}

/** A string without its NUL, latin-1; one of `limit` bytes had none so far. */
export function copyString(mm: Pages, address: number, limit: number): string | Fault {
  let text = "";
  for (let at = address; text.length < limit; ) {
    const page = Math.floor(at / PAGE_SIZE);
    const frame = mm.translate(page, "read");
    if (frame < 0) return fault(at, "read", frame);
    const end = Math.min((page + 1) * PAGE_SIZE, at + limit - text.length);
    const base = (frame << PAGE_SHIFT) - page * PAGE_SIZE;
    for (; at < end; at++) {
      const byte = mm.frames.u8[base + at]!;
      if (byte === 0) return text;
      text += String.fromCharCode(byte);
    }
  }
  return text;
}
