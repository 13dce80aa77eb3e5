/**
 * Areas: what is mapped where, before any page exists (Linux' vm_area_struct).
 *
 * An area is an immutable record; `AreaList` keeps them sorted and disjoint, splits them at the edges of a change
 * and joins neighbours that continue one another. The address space above it owns the pages.
 */

/** A file as the memory sees it; the kernel hands out one object per inode, so that shared mappings meet. */
export interface FileBacking {
  /** Canonical path. */
  readonly path: string;
  /** What /proc/PID/maps tells of the file. */
  readonly ino?: number;
  readonly deleted?: boolean;
  /** Bytes in the file now; pages wholly behind it fault with SIGBUS. */
  readonly size: number;
  /** The bytes at a page-aligned offset: 4096 of them, fewer at the end of the file. */
  readPage(offset: number): Uint8Array;
  /** Takes back a page of a shared writable mapping; without it such a mapping is refused with ENODEV. */
  writePage?(offset: number, bytes: Uint8Array): void;
}

/** Pages that several address spaces see as one: a shared anonymous mapping, or the shared mappings of a file. */
export interface SharedPages {
  readonly file: FileBacking | undefined;
  /** By page-aligned offset. */
  readonly frames: Map<number, number>;
  /** Offsets that were made writable; they stay, because a TLB may still write there unseen. */
  readonly dirty: Set<number>;
  /** Address spaces that map it. */
  users: number;
  /** Of anonymous ones, bytes: what mremap adds beyond faults with SIGBUS. */
  readonly size: number;
}

export interface Area {
  readonly start: number;
  readonly end: number;
  readonly readable: boolean;
  readonly writable: boolean;
  readonly executable: boolean;
  readonly file: FileBacking | undefined;
  /** Offset in the file, or in the shared pages, of `start`. */
  readonly offset: number;
  /** Present for MAP_SHARED. */
  readonly shared: SharedPages | undefined;
  /** As /proc/PID/maps shows it: `[heap]`, `[stack]`. */
  readonly name: string | undefined;
  /** Bits of `VM`. */
  readonly flags: number;
}

// biome-ignore format: table
export const VM = {
  /** A touch below makes it grow: stacks, MAP_GROWSDOWN. */ GROWSDOWN:  0x1,
  /** MADV_DONTFORK: children do not have it. */             DONTCOPY:   0x2,
  /** MADV_WIPEONFORK: children find zeroes. */              WIPEONFORK: 0x4,
  /** MADV_DONTDUMP: not in core files. */                   DONTDUMP:   0x8,
  /** mlock. */                                              LOCKED:     0x10,
  /** Of a file that is not open for writing, or sealed. */  NOWRITE:    0x20,
} as const;

export class AreaList {
  #areas: Area[];

  constructor(areas: readonly Area[] = []) {
    this.#areas = [...areas];
  }

  /** In order of address. */
  get all(): readonly Area[] {
    return this.#areas;
  }

  /** The area of an address. */
  find(address: number): Area | undefined {
    const area = this.#areas[this.#indexAfter(address)];
    return area && area.start <= address ? area : undefined;
  }

  /** The first area above an address that has none. */
  above(address: number): Area | undefined {
    return this.#areas[this.#indexAfter(address)];
  }

  /** The last area that ends at the address or below. */
  below(address: number): Area | undefined {
    return this.#areas[this.#indexAfter(address) - 1];
  }

  /** The parts of areas in [start, end), cut at the edges. */
  within(start: number, end: number): Area[] {
    const parts: Area[] = [];
    for (let i = this.#indexAfter(start); i < this.#areas.length; i++) {
      const area = this.#areas[i]!;
      if (area.start >= end) break;
      parts.push(cut(area, Math.max(area.start, start), Math.min(area.end, end)));
    }
    return parts;
  }

  /** Replaces everything in [start, end) by these areas, which lie in it. */
  replace(start: number, end: number, by: readonly Area[]): void {
    const first = this.#indexAfter(start);
    let last = first;
    while (last < this.#areas.length && this.#areas[last]!.start < end) last++;
    const kept: Area[] = [];
    const head = this.#areas[first];
    if (last > first && head && head.start < start) kept.push(cut(head, head.start, start));
    kept.push(...by);
    const tail = this.#areas[last - 1];
    if (last > first && tail && tail.end > end) kept.push(cut(tail, end, tail.end));
    const before = this.#areas[first - 1];
    const after = this.#areas[last];
    const joined = join([...(before ? [before] : []), ...kept, ...(after ? [after] : [])]);
    this.#areas.splice(first - (before ? 1 : 0), last - first + (before ? 1 : 0) + (after ? 1 : 0), ...joined);
  }

  /** Index of the first area that ends after the address. */
  #indexAfter(address: number): number {
    let low = 0;
    let high = this.#areas.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#areas[middle]!.end > address) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

function cut(area: Area, start: number, end: number): Area {
  if (start === area.start && end === area.end) return area;
  return { ...area, start, end, offset: area.offset + (start - area.start) };
}

function join(areas: readonly Area[]): Area[] {
  const joined: Area[] = [];
  for (const area of areas) {
    const last = joined.at(-1);
    if (last && continues(last, area)) joined[joined.length - 1] = { ...last, end: area.end };
    else joined.push(area);
  }
  return joined;
}

function continues(a: Area, b: Area): boolean {
  return (
    a.end === b.start &&
    a.readable === b.readable &&
    a.writable === b.writable &&
    a.executable === b.executable &&
    a.file === b.file &&
    a.shared === b.shared &&
    a.name === b.name &&
    a.flags === b.flags &&
    ((a.file === undefined && a.shared === undefined) || a.offset + (a.end - a.start) === b.offset)
  );
}
