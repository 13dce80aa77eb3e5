/**
 * Calls about memory staying in memory: mlock and its kin, mincore. Nothing here is ever paged out, so they check and promise.
 */
import { ERRNO } from "../../target/errno.ts";
import { PAGE_SIZE } from "../memory/frames.ts";
import { RLIMIT } from "../process.ts";
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
    return isMapped(c, from, to) ? 0 : -ERRNO.ENOMEM;
  },
  mlockall(c, rawFlags) {
    const flags = int(rawFlags!);
    const all = MCL.MCL_CURRENT | MCL.MCL_FUTURE | MCL.MCL_ONFAULT;
    if (flags === 0 || flags === MCL.MCL_ONFAULT || (flags & ~all) !== 0) return -ERRNO.EINVAL;
    const limit = lockLimit(c);
    if (limit === 0n) return -ERRNO.EPERM;
    const size = c.mm.areas().reduce((sum, area) => sum + area.end - area.start, 0);
    return (flags & MCL.MCL_CURRENT) !== 0 && BigInt(size) > limit ? -ERRNO.ENOMEM : 0;
  },
  munlockall: () => 0,

  /** Whatever is mapped is in memory. */
  mincore(c, start, length, vector) {
    const from = address(start!);
    if (from % PAGE_SIZE !== 0) return -ERRNO.EINVAL;
    const [, to] = pages(start!, length!);
    if (!isMapped(c, from, to)) return -ERRNO.ENOMEM;
    return copyOut(c, vector!, new Uint8Array((to - from) / PAGE_SIZE).fill(1));
  },
};

function lock(c: SyscallContext, start: bigint, length: bigint): number {
  const limit = lockLimit(c);
  if (limit === 0n) return -ERRNO.EPERM;
  const [from, to] = pages(start, length);
  if (BigInt(to - from) > limit) return -ERRNO.ENOMEM;
  return isMapped(c, from, to) ? 0 : -ERRNO.ENOMEM;
}

/** RLIMIT_MEMLOCK binds everybody but root. */
function lockLimit(c: SyscallContext): bigint {
  const { soft } = c.task.process.resourceLimits[RLIMIT.RLIMIT_MEMLOCK]!;
  return c.task.euid === 0 ? BigInt(Number.MAX_SAFE_INTEGER) : soft;
}

/** The whole pages of a range. */
function pages(start: bigint, length: bigint): readonly [from: number, to: number] {
  const [first, size] = [address(start), address(length)];
  const from = Math.floor(first / PAGE_SIZE) * PAGE_SIZE;
  return [from, Math.ceil((first + size) / PAGE_SIZE) * PAGE_SIZE];
}

function isMapped(c: SyscallContext, from: number, to: number): boolean {
  let at = from;
  for (const area of c.mm.areas()) {
    if (area.end <= at) continue;
    if (at >= to || area.start > at) break;
    at = area.end;
  }
  return at >= to;
}
