/**
 * Room for a few instructions of ours in a program, for the moment of a system call (`inject.ts`): the zeroes that fill up
 * the last page of its code.
 *
 * The kernel's own code (the vdso) has some hundreds of them in every process; else a library or the program has. What the
 * program itself could ever run or read is not touched.
 */
import type { LiveAddressSpace } from "./address-space.ts";
import type { MapsRow } from "./proc.ts";

const PAGE = 4096;
const VDSO = "[vdso]";
/** Left free behind what is in use. */
const GAP = 16;

export interface CallRoom {
  readonly address: number;
  /** What is there now. */
  readonly original: Uint8Array;
}

/** Undefined when there is none. */
export function callRoom(mm: LiveAddressSpace, size: number): CallRoom | undefined {
  const isCode = (row: MapsRow): boolean =>
    row.executable && !row.shared && (row.label === VDSO || row.file !== undefined);
  const code = mm.rows().filter(isCode);
  for (const row of code.sort((a, b) => rank(a) - rank(b))) {
    const start = row.end - PAGE;
    const bytes = mm.read(start, PAGE);
    if (!(bytes instanceof Uint8Array)) continue;
    const used = 1 + bytes.findLastIndex((byte) => byte !== 0);
    const at = (used + GAP + 15) & ~15;
    if (at + size <= PAGE) return { address: start + at, original: bytes.slice(at, at + size) };
  }
  return undefined;
}

const rank = (row: MapsRow): number => (row.label === VDSO ? 0 : 1);
