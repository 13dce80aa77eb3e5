/**
 * madvise(2): what each advice does to the areas of a range; one row an advice.
 *
 * Advice on how memory is used changes nothing here. Some of it is no advice: pages go, come, or are kept from children and
 * core files.
 */
import { type Area, VM } from "./area.ts";
import { PAGE_SHIFT, PAGE_SIZE } from "./frames.ts";
import { covers, type Mappings, roundUp } from "./mappings.ts";

const ENOMEM = 12;
const EACCES = 13;
const EFAULT = 14;
const EINVAL = 22;

/** 0, or -errno. */
type Advice = (mm: Mappings, area: Area) => number;

const nothing: Advice = () => 0;
const unlessLocked =
  (advice: Advice): Advice =>
  (mm, area) =>
    (area.flags & VM.LOCKED) !== 0 ? -EINVAL : advice(mm, area);
const flags =
  (set: number, clear: number): Advice =>
  (mm, { start, end }) =>
    mm.changeFlags(start, end, set, clear);
const ofPrivateMemory =
  (advice: Advice): Advice =>
  (mm, area) =>
    area.file || area.shared ? -EINVAL : advice(mm, area);

// biome-ignore format: table
const advices: { readonly [advice: number]: Advice } = {
  /* MADV_NORMAL         */ 0:  nothing,
  /* MADV_RANDOM         */ 1:  nothing,
  /* MADV_SEQUENTIAL     */ 2:  nothing,
  /* MADV_WILLNEED       */ 3:  nothing,
  /* MADV_DONTNEED       */ 4:  unlessLocked(dropPages),
  /* MADV_FREE           */ 8:  ofPrivateMemory(nothing),
  /* MADV_REMOVE         */ 9:  unlessLocked(removePages),
  /* MADV_DONTFORK       */ 10: flags(VM.DONTCOPY, 0),
  /* MADV_DOFORK         */ 11: flags(0, VM.DONTCOPY),
  /* MADV_MERGEABLE      */ 12: nothing,
  /* MADV_UNMERGEABLE    */ 13: nothing,
  /* MADV_HUGEPAGE       */ 14: nothing,
  /* MADV_NOHUGEPAGE     */ 15: nothing,
  /* MADV_DONTDUMP       */ 16: flags(VM.DONTDUMP, 0),
  /* MADV_DODUMP         */ 17: flags(0, VM.DONTDUMP),
  /* MADV_WIPEONFORK     */ 18: ofPrivateMemory(flags(VM.WIPEONFORK, 0)),
  /* MADV_KEEPONFORK     */ 19: flags(0, VM.WIPEONFORK),
  /* MADV_COLD           */ 20: unlessLocked(nothing),
  /* MADV_PAGEOUT        */ 21: unlessLocked(nothing),
  /* MADV_POPULATE_READ  */ 22: (mm, area) => populate(mm, area, "read"),
  /* MADV_POPULATE_WRITE */ 23: (mm, area) => populate(mm, area, "write"),
  /* MADV_DONTNEED_LOCKED*/ 24: dropPages,
};
const STOPS_AT_HOLES: ReadonlySet<number> = new Set([22, 23]);

/** What is mapped of the range is advised even when there are holes, which are -ENOMEM then. */
export function advise(mm: Mappings, start: number, length: number, number: number): number {
  const advice = advices[number];
  const end = start + roundUp(length);
  if (!advice || start % PAGE_SIZE !== 0 || end < start || !(end <= Number.MAX_SAFE_INTEGER)) return -EINVAL;
  const areas = mm.areasWithin(start, end);
  let at = start;
  for (const area of areas) {
    if (STOPS_AT_HOLES.has(number) && area.start !== at) return -ENOMEM;
    const error = advice(mm, area);
    if (error !== 0) return error;
    at = area.end;
  }
  return covers(areas, start, end) ? 0 : -ENOMEM;
}

/** The next touch finds zeroes, or what the file has. */
function dropPages(mm: Mappings, { start, end }: Area): number {
  mm.pageTable.drop(start / PAGE_SIZE, end / PAGE_SIZE);
  return 0;
}

/** A hole in what is shared: everybody finds zeroes. */
function removePages(mm: Mappings, { start, end, shared, file, offset, writable, flags: bits }: Area): number {
  if (!shared) return file ? -EACCES : -EINVAL;
  if (!writable && (bits & VM.NOWRITE) !== 0) return -EACCES;
  for (let at = 0; at < end - start; at += PAGE_SIZE) {
    const frame = shared.frames.get(offset + at);
    if (frame !== undefined) {
      mm.frames.touch(frame);
      mm.frames.u8.fill(0, frame << PAGE_SHIFT, (frame + 1) << PAGE_SHIFT);
    }
    file?.writePage?.(offset + at, new Uint8Array(PAGE_SIZE));
  }
  return 0;
}

function populate(mm: Mappings, area: Area, access: "read" | "write"): number {
  if (access === "write" ? !area.writable : !area.readable) return -EINVAL;
  for (let page = area.start / PAGE_SIZE; page < area.end / PAGE_SIZE; page++) {
    const frame = access === "write" ? mm.pageTable.toWrite(area, page) : mm.pageTable.toRead(area, page);
    if (frame < 0) return -EFAULT;
  }
  return 0;
}
