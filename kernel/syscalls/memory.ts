/** Handlers of the calls about memory: argument checking above `memory/address-space.ts`. */
import { ERRNO } from "../../target/errno.ts";
import { getBacking } from "../files/backing.ts";
import { Regular } from "../files/inode.ts";
import { PAGE_SIZE } from "../memory/frames.ts";
import { address, int, type SyscallTable } from "../syscall-context.ts";
import { fileOf } from "./user.ts";

const PROT = { PROT_READ: 1, PROT_WRITE: 2, PROT_EXEC: 4 } as const;
// biome-ignore format: table
const MAP = { MAP_SHARED: 1, MAP_PRIVATE: 2, MAP_SHARED_VALIDATE: 3, MAP_TYPE: 0xf, MAP_FIXED: 0x10, MAP_ANONYMOUS: 0x20, MAP_FIXED_NOREPLACE: 0x10_0000 } as const;
const MREMAP = { MREMAP_MAYMOVE: 1, MREMAP_FIXED: 2 } as const;
const MADV_DONTNEED = 4;

export const memory: SyscallTable = {
  brk(c, wanted) {
    const { heap } = c.task.process;
    const end = address(wanted!);
    if (end < heap.start) return heap.end;
    const old = roundUp(heap.end);
    const next = roundUp(end);
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
    const type = f & MAP.MAP_TYPE;
    if (type < MAP.MAP_SHARED || type > MAP.MAP_SHARED_VALIDATE) return -ERRNO.EINVAL;
    const start = address(hint!);
    let fixed: "keep" | "replace" | undefined;
    if ((f & MAP.MAP_FIXED_NOREPLACE) !== 0) fixed = "keep";
    else if ((f & MAP.MAP_FIXED) !== 0) fixed = "replace";
    const request = {
      length: address(length!),
      ...protection(prot!),
      shared: type !== MAP.MAP_PRIVATE,
      ...(fixed !== undefined && { fixed }),
      ...(start !== 0 && { start }),
    };
    if ((f & MAP.MAP_ANONYMOUS) !== 0) return c.mm.map(request);
    const file = fileOf(c, fd!);
    if (typeof file === "number") return file;
    if (!(file.inode instanceof Regular)) return -ERRNO.ENODEV;
    const sharedWrite = request.shared && request.writable;
    if (!file.readable || (sharedWrite && !file.writable)) return -ERRNO.EACCES;
    return c.mm.map({ ...request, file: getBacking(file.inode, file.path), offset: address(offset!) });
  },

  munmap: (c, start, length) => c.mm.unmap(address(start!), address(length!)),
  mprotect: (c, start, length, prot) => c.mm.protect(address(start!), address(length!), protection(prot!)),
  msync: (c, start, length) => c.mm.sync(address(start!), address(length!)),

  mremap(c, start, oldSize, newSize, flags, target) {
    const f = int(flags!);
    const to = (f & MREMAP.MREMAP_FIXED) !== 0 ? address(target!) : undefined;
    if (to !== undefined && (f & MREMAP.MREMAP_MAYMOVE) === 0) return -ERRNO.EINVAL;
    const mayMove = (f & MREMAP.MREMAP_MAYMOVE) !== 0;
    return c.mm.remap(address(start!), address(oldSize!), address(newSize!), mayMove, to);
  },

  /** Advice may be ignored, but MADV_DONTNEED promises zeroes. */
  madvise(c, start, length, advice) {
    if (int(advice!) !== MADV_DONTNEED) return 0;
    const from = address(start!);
    const end = from + roundUp(address(length!));
    for (const area of c.mm.areas().filter((a) => a.start < end && a.end > from)) {
      if (area.file || area.shared) continue;
      const low = Math.max(area.start, from);
      const { readable, writable, executable, name } = area;
      const request = {
        readable,
        writable,
        executable,
        fixed: "replace",
        ...(name !== undefined && { name }),
      } as const;
      c.mm.map({ start: low, length: Math.min(area.end, end) - low, ...request });
    }
    return 0;
  },
};

function protection(prot: bigint): { readable: boolean; writable: boolean; executable: boolean } {
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
