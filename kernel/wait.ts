/**
 * wait4 and waitid: what happened to the children.
 *
 * `findChild` looks for a child that ended, stopped or went on, in order of creation; the handler in
 * syscalls/process.ts sleeps on `childChanged` while there is none.
 */
import { ERRNO } from "../target/errno.ts";
import type { Process } from "./process.ts";

export const WAIT = { WNOHANG: 1, WUNTRACED: 2, WEXITED: 4, WCONTINUED: 8, WNOWAIT: 0x0100_0000 } as const;

export interface ChildChange {
  readonly child: Process;
  /** Wait status. */
  readonly status: number;
}

/** `which`: -1 any child, 0 those of our process group, -pgid, or a pid. Undefined when none changed yet. */
export function findChild(parent: Process, which: number, options: number): ChildChange | number | undefined {
  let any = false;
  for (const child of parent.children) {
    if (!matches(parent, child, which)) continue;
    any = true;
    if (child.zombie && (options & WAIT.WEXITED) !== 0) return { child, status: child.exitCode };
    if (child.unreportedStop && (options & WAIT.WUNTRACED) !== 0) {
      return { child, status: (child.stopSignal << 8) | 0x7f };
    }
    if (child.unreportedContinue && (options & WAIT.WCONTINUED) !== 0) return { child, status: 0xffff };
  }
  return any ? undefined : -ERRNO.ECHILD;
}

export function isStopped(status: number): boolean {
  return (status & 0xff) === 0x7f && status !== 0xffff;
}

function matches(parent: Process, child: Process, which: number): boolean {
  if (which === -1) return true;
  if (which === 0) return child.pgid === parent.pgid;
  return which > 0 ? child.pid === which : child.pgid === -which;
}
