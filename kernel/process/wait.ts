/**
 * wait4 and waitid: what happened to the children.
 *
 * `findChild` looks for a child that ended, stopped or went on, in order of creation; the handlers in
 * syscalls/wait.ts sleep on `childChanged` while there is none.
 */
import { ERRNO } from "../../target/errno.ts";
import { SIG } from "../../target/signals.ts";
import type { Process } from "./process.ts";

// biome-ignore format: table
export const WAIT = {
  WNOHANG: 1, WUNTRACED: 2, WEXITED: 4, WCONTINUED: 8, WNOWAIT: 0x0100_0000,
  __WNOTHREAD: 0x2000_0000, __WALL: 0x4000_0000, __WCLONE: 0x8000_0000 | 0,
} as const;

/** Any child, those of one process group, or one process. */
export type WhichChild = "any" | { readonly group: number } | { readonly pid: number };

export interface ChildChange {
  readonly child: Process;
  /** Wait status. */
  readonly status: number;
  readonly kind: "ended" | "stopped" | "continued";
}

/** Undefined when none changed yet, -ECHILD when there is none to wait for. */
export function findChild(parent: Process, which: WhichChild, options: number): ChildChange | number | undefined {
  for (const child of candidates(parent, which, parent.children.changed)) {
    if (!isAskedFor(child, options)) continue;
    if (child.zombie) {
      if ((options & WAIT.WEXITED) !== 0) return { child, status: child.exitCode, kind: "ended" };
      continue;
    }
    if (child.unreportedStop && (options & WAIT.WUNTRACED) !== 0) {
      return { child, status: (child.stopSignal << 8) | 0x7f, kind: "stopped" };
    }
    if (child.unreportedContinue && (options & WAIT.WCONTINUED) !== 0) {
      return { child, status: 0xffff, kind: "continued" };
    }
  }
  // Nothing more will be heard of one that has ended.
  for (const child of candidates(parent, which, parent.children)) {
    if (isAskedFor(child, options) && !child.zombie) return undefined;
  }
  return -ERRNO.ECHILD;
}

function* candidates(parent: Process, which: WhichChild, among: Iterable<Process>): Iterable<Process> {
  if (typeof which === "object" && "pid" in which) {
    const child = parent.leader.machine.processes.get(which.pid);
    if (child && parent.children.has(child)) yield child;
  } else {
    for (const child of among) if (which === "any" || child.pgid === which.group) yield child;
  }
}

/** A child that sends another signal than SIGCHLD at its end is a "clone child": told with __WCLONE or __WALL only. */
function isAskedFor(child: Process, options: number): boolean {
  if ((options & WAIT.__WALL) !== 0) return true;
  return (child.exitSignal !== SIG.SIGCHLD) === ((options & WAIT.__WCLONE) !== 0);
}
