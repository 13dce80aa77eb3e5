/**
 * page_fault_user: user code came to a page that its page table does not have, or not for this access. `error_code` is the
 * cause of the exception (scause), as on every riscv.
 *
 * The CPU tells of its own accesses; those of JavaScript programs go through `userPages`.
 */
import type { EventValues } from "../../target/kernel-points.ts";
import type { Machine } from "../machine.ts";
import type { Access } from "../memory/address-space.ts";
import type { Frames } from "../memory/frames.ts";
import { PAGE_SIZE } from "../memory/page.ts";
import type { Pages } from "../memory/user-copy.ts";
import type { Task } from "../process/task.ts";
import { Point } from "./point.ts";

const cause = { fetch: 12, read: 13, write: 15 } as const;

export function pageFaultPoint(machine: Machine): Point<EventValues<"page_fault_user">> {
  const point = new Point<EventValues<"page_fault_user">>((watched) => {
    machine.frames.pageFaults = watched ? tell : undefined;
  });
  const unsigned = (address: number): bigint => BigInt.asUintN(64, BigInt(address));
  const tell: Frames["pageFaults"] = (address, access, pc) =>
    point.fire(machine.current, { address: unsigned(address), ip: unsigned(pc), error_code: cause[access] });
  return point;
}

/** The memory of a task for accesses of its own code from `address` on. */
export function userPages({ mm, machine, pc }: Task, address: number): Pages {
  const { pageFaults } = machine.frames;
  if (!pageFaults) return mm;
  return {
    frames: mm.frames,
    translate(page: number, access: Access, force?: boolean): number {
      if (!mm.isPresent(page, access)) pageFaults(Math.max(address, page * PAGE_SIZE), access, pc);
      return mm.translate(page, access, force);
    },
  };
}
