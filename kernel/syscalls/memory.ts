/** Handlers of the calls that map memory: argument checking above `memory/mappings.ts`. Locking is in `residency.ts`. */
import { ERRNO } from "../../target/errno.ts";
import { getBacking } from "../files/backing.ts";
import { type Inode, Regular } from "../files/inode.ts";
import { advise } from "../memory/advice.ts";
import { VM } from "../memory/area.ts";
import { PAGE_SIZE } from "../memory/frames.ts";
import { type MapRequest, type Protection, USER_END } from "../memory/mappings.ts";
import { remap } from "../memory/remap.ts";
import { RLIMIT } from "../process/process.ts";
import { address, int, type SyscallTable } from "../syscall-context.ts";
import { mayLock } from "./residency.ts";
import { fileOf } from "./user.ts";

// biome-ignore format: table
const PROT = { PROT_READ: 1, PROT_WRITE: 2, PROT_EXEC: 4, PROT_SEM: 8, PROT_GROWSDOWN: 0x0100_0000, PROT_GROWSUP: 0x0200_0000 } as const;
const PROTECTIONS = Object.values(PROT).reduce((all, bit) => all | bit, 0);
// biome-ignore format: table
const MAP = {
  MAP_SHARED: 1, MAP_PRIVATE: 2, MAP_SHARED_VALIDATE: 3, MAP_TYPE: 0xf, MAP_FIXED: 0x10, MAP_ANONYMOUS: 0x20, MAP_GROWSDOWN: 0x100,
  MAP_DENYWRITE: 0x800, MAP_EXECUTABLE: 0x1000, MAP_LOCKED: 0x2000, MAP_NORESERVE: 0x4000, MAP_POPULATE: 0x8000, MAP_NONBLOCK: 0x1_0000,
  MAP_STACK: 0x2_0000, MAP_HUGETLB: 0x4_0000, MAP_FIXED_NOREPLACE: 0x10_0000,
} as const;
/** What MAP_SHARED_VALIDATE takes; MAP_SYNC is for files that lie in memory that lasts. */
const VALIDATED = Object.values(MAP).reduce((all, bit) => all | bit, 0) & ~MAP.MAP_FIXED_NOREPLACE;
const MREMAP = { MREMAP_MAYMOVE: 1, MREMAP_FIXED: 2, MREMAP_DONTUNMAP: 4 } as const;
const MS = { MS_ASYNC: 1, MS_INVALIDATE: 2, MS_SYNC: 4 } as const;
const F_SEAL = { F_SEAL_WRITE: 8, F_SEAL_FUTURE_WRITE: 0x10 } as const;
/** vm.mmap_min_addr: below is for root alone, so that null pointers stay what they are. */
const MMAP_MIN_ADDR = 0x1_0000;

export const memory: SyscallTable = {
  brk(c, wanted) {
    const { heap, resourceLimits } = c.task.process;
    const end = address(wanted!);
    if (end < heap.start) return heap.end;
    const old = roundUp(heap.end);
    const next = roundUp(end);
    if (BigInt(end - heap.start) > resourceLimits[RLIMIT.RLIMIT_DATA]!.soft) return heap.end;
    if (next > old) {
      const area = { readable: true, writable: true, executable: false, fixed: "keep", name: "[heap]" } as const;
      if (c.mm.map({ start: old, length: next - old, ...area }) < 0) return heap.end;
    } else if (next < old && c.mm.unmap(next, old - next) < 0) {
      return heap.end;
    }
    heap.end = end;
    return end;
  },

  mmap(c, hint, length, prot, flags, fd, offset) {
    const f = int(flags!);
    if (offset! % BigInt(PAGE_SIZE) !== 0n) return -ERRNO.EINVAL;
    const has = (bit: number): boolean => (f & bit) !== 0;
    const type = f & MAP.MAP_TYPE;
    const isShared = type === MAP.MAP_SHARED || type === MAP.MAP_SHARED_VALIDATE;
    const request: MapRequest = {
      ...placeOf(f, address(hint!)),
      length: address(length!),
      ...protection(prot!),
      shared: isShared,
      flags: (has(MAP.MAP_GROWSDOWN) ? VM.GROWSDOWN : 0) | (has(MAP.MAP_LOCKED) ? VM.LOCKED : 0),
    };
    if (request.length === 0 || (request.fixed && hint! % BigInt(PAGE_SIZE) !== 0n)) return -ERRNO.EINVAL;
    if (request.fixed && request.start! >= USER_END) return -ERRNO.ENOMEM;
    if (request.fixed && request.start! < MMAP_MIN_ADDR && c.task.euid !== 0) return -ERRNO.EPERM;
    if (has(MAP.MAP_LOCKED) || (c.mm.defaultFlags & VM.LOCKED) !== 0) {
      const error = mayLock(c, request.length);
      if (error !== 0) return error === -ERRNO.ENOMEM ? -ERRNO.EAGAIN : error;
    }
    if (has(MAP.MAP_ANONYMOUS)) {
      if (has(MAP.MAP_HUGETLB)) return -ERRNO.ENOMEM;
      if (type !== MAP.MAP_SHARED && type !== MAP.MAP_PRIVATE) return -ERRNO.EINVAL;
      return isShared && has(MAP.MAP_GROWSDOWN) ? -ERRNO.EINVAL : c.mm.map(request);
    }
    const file = fileOf(c, fd!);
    if (typeof file === "number") return file;
    if (has(MAP.MAP_HUGETLB) || (!isShared && type !== MAP.MAP_PRIVATE)) return -ERRNO.EINVAL;
    if (type === MAP.MAP_SHARED_VALIDATE && (f & ~VALIDATED) !== 0) return -ERRNO.EOPNOTSUPP;
    const { inode } = file;
    const sharedWrite = isShared && request.writable;
    if (sharedWrite && !file.writable) return -ERRNO.EACCES;
    if (!file.readable) return -ERRNO.EACCES;
    if (!(inode instanceof Regular)) return -ERRNO.ENODEV;
    if (has(MAP.MAP_GROWSDOWN)) return -ERRNO.EINVAL;
    const sealed = isSealed(inode);
    if (sharedWrite && sealed) return -ERRNO.EPERM;
    const kept = isShared && (!file.writable || sealed) ? VM.NOWRITE : 0;
    const backing = getBacking(inode, file.path);
    return c.mm.map({
      ...request,
      flags: request.flags! | kept,
      file: backing,
      offset: Number(BigInt.asUintN(64, offset!)),
    });
  },

  munmap: (c, start, length) => c.mm.unmap(address(start!), address(length!)),

  mprotect(c, start, length, prot) {
    const p = int(prot!);
    const grows = p & (PROT.PROT_GROWSDOWN | PROT.PROT_GROWSUP);
    if ((p & ~PROTECTIONS) !== 0 || grows === (PROT.PROT_GROWSDOWN | PROT.PROT_GROWSUP)) return -ERRNO.EINVAL;
    let from = address(start!);
    let size = address(length!);
    if (grows !== 0 && from % PAGE_SIZE === 0 && size > 0) {
      const area = c.mm.findArea(from);
      if (!area) return -ERRNO.ENOMEM;
      if (grows !== PROT.PROT_GROWSDOWN || (area.flags & VM.GROWSDOWN) === 0) return -ERRNO.EINVAL;
      size += from - area.start;
      from = area.start;
    }
    return c.mm.protect(from, size, protection(prot!));
  },

  msync(c, start, length, flags) {
    const f = int(flags!);
    const both = MS.MS_ASYNC | MS.MS_SYNC;
    if ((f & ~(both | MS.MS_INVALIDATE)) !== 0 || (f & both) === both) return -ERRNO.EINVAL;
    const from = address(start!);
    if (from % PAGE_SIZE !== 0) return -ERRNO.EINVAL;
    const locked = (f & MS.MS_INVALIDATE) !== 0 && c.mm.areasWithin(from, from + address(length!)).some(isLocked);
    return locked ? -ERRNO.EBUSY : c.mm.sync(from, address(length!));
  },

  mremap(c, start, oldSize, newSize, flags, target) {
    const f = int(flags!);
    const has = (bit: number): boolean => (f & bit) !== 0;
    if ((f & ~(MREMAP.MREMAP_MAYMOVE | MREMAP.MREMAP_FIXED | MREMAP.MREMAP_DONTUNMAP)) !== 0) return -ERRNO.EINVAL;
    const mayMove = has(MREMAP.MREMAP_MAYMOVE);
    const keepsOld = has(MREMAP.MREMAP_DONTUNMAP);
    if (f !== MREMAP.MREMAP_MAYMOVE && f !== 0 && !mayMove) return -ERRNO.EINVAL;
    if (keepsOld && oldSize !== newSize) return -ERRNO.EINVAL;
    return remap(c.mm, {
      start: address(start!),
      oldLength: address(oldSize!),
      newLength: address(newSize!),
      mayMove,
      keepsOld,
      ...(has(MREMAP.MREMAP_FIXED) && { to: address(target!) }),
    });
  },

  madvise: (c, start, length, advice) => advise(c.mm, address(start!), address(length!), int(advice!)),
};

function placeOf(flags: number, hint: number): Pick<MapRequest, "start" | "fixed"> {
  if ((flags & MAP.MAP_FIXED_NOREPLACE) !== 0) return { start: hint, fixed: "keep" };
  if ((flags & MAP.MAP_FIXED) !== 0) return { start: hint, fixed: "replace" };
  if (hint === 0) return {};
  return { start: Math.max(Math.floor(hint / PAGE_SIZE) * PAGE_SIZE, MMAP_MIN_ADDR) };
}

function isSealed(inode: Inode & { readonly seals?: number | undefined }): boolean {
  return ((inode.seals ?? 0) & (F_SEAL.F_SEAL_WRITE | F_SEAL.F_SEAL_FUTURE_WRITE)) !== 0;
}

function isLocked(area: { readonly flags: number }): boolean {
  return (area.flags & VM.LOCKED) !== 0;
}

function protection(prot: bigint): Protection {
  const p = int(prot);
  return {
    readable: (p & PROT.PROT_READ) !== 0,
    writable: (p & PROT.PROT_WRITE) !== 0,
    executable: (p & PROT.PROT_EXEC) !== 0,
  };
}

function roundUp(value: number): number {
  return Math.ceil(value / PAGE_SIZE) * PAGE_SIZE;
}
