/** process_vm_readv and process_vm_writev: memory of another process, through vectors on both sides. */
import { ERRNO } from "../../target/errno.ts";
import { failed } from "../files/inode.ts";
import type { AddressSpace } from "../memory/address-space.ts";
import { int, type SyscallContext, type SyscallTable } from "../syscall-context.ts";
import { mayInspect } from "./pidfd.ts";
import { iovecs, total, type UserBuffer } from "./user-buffers.ts";

export const processVm: SyscallTable = {
  process_vm_readv: (c, pid, local, locals, remote, remotes, flags) =>
    transfer(c, int(pid!), [local!, locals!], [remote!, remotes!], int(flags!), false),
  process_vm_writev: (c, pid, local, locals, remote, remotes, flags) =>
    transfer(c, int(pid!), [local!, locals!], [remote!, remotes!], int(flags!), true),
};

type Vector = readonly [pointer: bigint, count: bigint];

/** Ends short at the first page that is not there; EFAULT when that is the first of all. */
function transfer(
  c: SyscallContext,
  pid: number,
  local: Vector,
  remote: Vector,
  flags: number,
  writes: boolean,
): number {
  if (flags !== 0) return -ERRNO.EINVAL;
  const here = iovecs(c, ...local);
  if (failed(here)) return here;
  const there = iovecs(c, ...remote);
  if (failed(there)) return there;
  const target = c.task.machine.findTask(pid);
  if (target?.life !== "alive") return total(here) === 0 || total(there) === 0 ? 0 : -ERRNO.ESRCH;
  if (!mayInspect(c, target.process)) return -ERRNO.EPERM;
  const [source, sink] = writes ? [here, there] : [there, here];
  const [from, to]: [AddressSpace, AddressSpace] = writes ? [c.mm, target.mm] : [target.mm, c.mm];
  let done = 0;
  for (const [at, into, count] of pieces(source, sink)) {
    const bytes = from.copyIn(at, count);
    if (!(bytes instanceof Uint8Array) || to.copyOut(into, bytes) !== true) return done > 0 ? done : -ERRNO.EFAULT;
    done += count;
  }
  return done;
}

/** Stretches that lie in one part of either vector. */
function* pieces(
  source: readonly UserBuffer[],
  sink: readonly UserBuffer[],
): Generator<readonly [from: number, to: number, count: number]> {
  let [i, j, x, y] = [0, 0, 0, 0];
  let left = Math.min(total(source), total(sink));
  while (left > 0) {
    const [a, b] = [source[i]!, sink[j]!];
    const count = Math.min(a.length - x, b.length - y, left);
    if (count > 0) yield [a.base + x, b.base + y, count];
    left -= count;
    x += count;
    y += count;
    if (x >= a.length) [i, x] = [i + 1, 0];
    if (y >= b.length) [j, y] = [j + 1, 0];
  }
}
