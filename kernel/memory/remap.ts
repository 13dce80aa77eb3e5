/**
 * mremap(2): a mapping becomes longer or shorter, or moves with its pages.
 *
 * Called by the handler in syscalls/memory.ts, which has checked the flags against one another.
 */
import { type Area, VM } from "./area.ts";
import { PAGE_SIZE } from "./frames.ts";
import { isPageRange, type Mappings, roundUp, USER_END } from "./mappings.ts";

const ENOMEM = 12;
const EFAULT = 14;
const EINVAL = 22;

export interface RemapRequest {
  readonly start: number;
  /** 0: a second mapping of the same shared pages. */
  readonly oldLength: number;
  readonly newLength: number;
  readonly mayMove: boolean;
  /** MREMAP_FIXED: there, in any case. */
  readonly to?: number;
  /** MREMAP_DONTUNMAP: the old mapping stays, without its pages. */
  readonly keepsOld?: boolean;
}

/** The new address, or -errno. */
export function remap(mm: Mappings, request: RemapRequest): number {
  const { start, to, mayMove, keepsOld = false } = request;
  const [oldSize, newSize] = [roundUp(request.oldLength), roundUp(request.newLength)];
  if (!(newSize > 0) || !(oldSize >= 0) || !isPageRange(start, start + oldSize)) return -EINVAL;
  if (newSize > USER_END) return -EINVAL;
  if (to !== undefined) {
    const overlaps = to < start + oldSize && start < to + newSize;
    if (!isPageRange(to, to + newSize) || overlaps) return -EINVAL;
  }
  const shrinks = newSize < oldSize && !keepsOld;
  if (to === undefined && newSize <= oldSize && !keepsOld) {
    if (mm.findArea(start) === undefined) return -EFAULT;
    return (shrinks ? mm.unmap(start + newSize, oldSize - newSize) : 0) || start;
  }
  const [area, ...rest] = mm.areasWithin(start, start + (oldSize || PAGE_SIZE));
  if (!area || area.start !== start) return -EFAULT;
  if (oldSize === 0 && !area.shared) return -EINVAL;
  if (oldSize > 0 && (rest.length > 0 || area.end - start !== oldSize) && !(shrinks && area.end - start >= newSize)) {
    return -EFAULT;
  }
  const more = keepsOld || oldSize === 0 ? newSize : Math.max(0, newSize - oldSize);
  const isData = area.writable && !area.shared;
  if (!mm.mayGrow(more, isData)) return -ENOMEM;
  if (to === undefined && oldSize > 0 && !keepsOld && growsInPlace(mm, area, newSize)) return start;
  if (!mayMove) return -ENOMEM;
  if (shrinks) mm.unmap(start + newSize, oldSize - newSize);
  return move(mm, area, Math.min(oldSize, newSize), newSize, to, keepsOld);
}

function growsInPlace(mm: Mappings, area: Area, newSize: number): boolean {
  const end = area.start + newSize;
  if (end > USER_END || mm.areasWithin(area.end, end).length > 0) return false;
  const grown = { ...area, end };
  mm.replace(area.start, end, [grown]);
  mm.tell("map", { ...grown, start: area.end, offset: area.offset + (area.end - area.start) });
  return true;
}

function move(
  mm: Mappings,
  area: Area,
  oldSize: number,
  newSize: number,
  to: number | undefined,
  keepsOld: boolean,
): number {
  const { start } = area;
  const target = to ?? mm.findFree(newSize);
  if (target < 0) return target;
  if (to !== undefined) mm.drop(to, to + newSize);
  const moved = { ...area, start: target, end: target + newSize };
  mm.replace(target, target + newSize, [moved]);
  mm.pageTable.move(start / PAGE_SIZE, oldSize / PAGE_SIZE, target / PAGE_SIZE);
  mm.tell("map", moved);
  if (!keepsOld && oldSize > 0) mm.unmap(start, oldSize);
  else if (keepsOld) mm.changeFlags(start, start + oldSize, 0, VM.LOCKED);
  return target;
}
