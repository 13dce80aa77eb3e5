/**
 * Calls about memory staying in memory: mlock and its kin, mincore. Nothing here is ever paged out, so they count what is locked
 * and promise the rest.
 */
import { ERRNO } from "../../target/errno.ts";
import { type Area, VM } from "../memory/area.ts";
import { PAGE_SIZE } from "../memory/frames.ts";
import { RLIMIT } from "../process/process.ts";
import { address, int, type SyscallContext, type SyscallTable } from "../syscall-context.ts";
import { copyOut } from "./user.ts";

const MLOCK_ONFAULT = 1;
const MCL = { MCL_CURRENT: 1, MCL_FUTURE: 2, MCL_ONFAULT: 4 } as const;

export const residency: SyscallTable = {
  mlock: (c, start, length) => lock(c, start!, length!),
  mlock2: (c, start, length, flags) =>
    (int(flags!) & ~MLOCK_ONFAULT) !== 0 ? -ERRNO.EINVAL : lock(c, start!, length!),
  munlock(c, start, length) {
    const [from, to] = pages(start!, length!);
    return c.mm.changeFlags(from, to, 0, VM.LOCKED);
  },
  mlockall(c, rawFlags) {
    const flags = int(rawFlags!);
    const all = MCL.MCL_CURRENT | MCL.MCL_FUTURE | MCL.MCL_ONFAULT;
    if (flags === 0 || flags === MCL.MCL_ONFAULT || (flags & ~all) !== 0) return -ERRNO.EINVAL;
    const limit = lockLimit(c);
    if (limit === 0n) return -ERRNO.EPERM;
    if ((flags & MCL.MCL_CURRENT) !== 0) {
      if (BigInt(sizeOf(c.mm.areas())) > limit) return -ERRNO.ENOMEM;
      for (const { start, end } of [...c.mm.areas()]) c.mm.changeFlags(start, end, VM.LOCKED, 0);
    }
    c.mm.defaultFlags = (flags & MCL.MCL_FUTURE) !== 0 ? VM.LOCKED : 0;
    return 0;
  },
  munlockall(c) {
    for (const { start, end } of [...c.mm.areas()]) c.mm.changeFlags(start, end, 0, VM.LOCKED);
    c.mm.defaultFlags = 0;
    return 0;
  },

  /** Whatever is mapped is in memory. */
  mincore(c, start, length, vector) {
    const from = address(start!);
    if (from % PAGE_SIZE !== 0) return -ERRNO.EINVAL;
    const [, to] = pages(start!, length!);
    if (c.mm.changeFlags(from, to, 0, 0) !== 0) return -ERRNO.ENOMEM;
    return copyOut(c, vector!, new Uint8Array((to - from) / PAGE_SIZE).fill(1));
  },
};

/** Whether so many bytes more may be locked: 0, -EPERM or -ENOMEM. */
export function mayLock(c: SyscallContext, size: number, already: readonly Area[] = []): number {
  const limit = lockLimit(c);
  if (limit === 0n) return -ERRNO.EPERM;
  const locked = sizeOf(c.mm.areas().filter(isLocked)) - sizeOf(already.filter(isLocked));
  return BigInt(locked + size) > limit ? -ERRNO.ENOMEM : 0;
}

function lock(c: SyscallContext, start: bigint, length: bigint): number {
  const [from, to] = pages(start, length);
  return mayLock(c, to - from, c.mm.areasWithin(from, to)) || c.mm.changeFlags(from, to, VM.LOCKED, 0);
}

/** RLIMIT_MEMLOCK binds everybody but root. */
function lockLimit(c: SyscallContext): bigint {
  const { soft } = c.task.process.resourceLimits[RLIMIT.RLIMIT_MEMLOCK]!;
  return c.task.euid === 0 ? BigInt(Number.MAX_SAFE_INTEGER) : soft;
}

function isLocked(area: Area): boolean {
  return (area.flags & VM.LOCKED) !== 0;
}

function sizeOf(areas: readonly Area[]): number {
  return areas.reduce((sum, area) => sum + area.end - area.start, 0);
}

/** The whole pages of a range. */
function pages(start: bigint, length: bigint): readonly [from: number, to: number] {
  const [first, size] = [address(start), address(length)];
  const from = Math.floor(first / PAGE_SIZE) * PAGE_SIZE;
  return [from, Math.ceil((first + size) / PAGE_SIZE) * PAGE_SIZE];
}
