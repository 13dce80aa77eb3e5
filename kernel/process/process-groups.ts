/**
 * Process groups and sessions: who is in which, and what job control asks about them.
 *
 * `machine.groups` is kept by `machine.addProcess` and `forgetProcess`; setpgid(2) and setsid(2) move processes. A group lives
 * as long as one of its processes, a zombie included, and its number is no pid as long.
 */
import type { Process } from "./process.ts";

export class ProcessGroups {
  readonly #groups = new Map<number, Set<Process>>();
  /** Processes of each session. */
  readonly #sessions = new Map<number, number>();
  readonly #stopped = new Set<Process>();

  add(process: Process): void {
    const group = this.#groups.get(process.pgid) ?? new Set();
    this.#groups.set(process.pgid, group.add(process));
    this.#sessions.set(process.sid, (this.#sessions.get(process.sid) ?? 0) + 1);
  }

  remove(process: Process): void {
    const group = this.#groups.get(process.pgid);
    if (!group?.delete(process)) return;
    if (group.size === 0) this.#groups.delete(process.pgid);
    const left = this.#sessions.get(process.sid)! - 1;
    if (left > 0) this.#sessions.set(process.sid, left);
    else this.#sessions.delete(process.sid);
  }

  move(process: Process, pgid: number, sid = process.sid): void {
    this.remove(process);
    process.pgid = pgid;
    process.sid = sid;
    this.add(process);
  }

  /** In the order they joined; a copy. */
  members(pgid: number): readonly Process[] {
    return [...(this.#groups.get(pgid) ?? [])];
  }

  exists(pgid: number): boolean {
    return this.#groups.has(pgid);
  }

  /** The number of a group or a session. */
  inUse(id: number): boolean {
    return this.#groups.has(id) || this.#sessions.has(id);
  }

  /** Nobody outside of the group but in its session is the parent of a member: no shell would continue it. */
  isOrphaned(pgid: number, without?: Process): boolean {
    for (const member of this.#groups.get(pgid) ?? []) {
      if (member === without || member.zombie) continue;
      const { parent } = member;
      if (parent && parent.pgid !== pgid && parent.sid === member.sid) return false;
    }
    return true;
  }

  /** Job control stops a process, or with 0 lets it go on. */
  setStopped(process: Process, signal: number): void {
    process.stopSignal = signal;
    if (signal === 0) this.#stopped.delete(process);
    else this.#stopped.add(process);
  }

  hasStopped(pgid: number): boolean {
    for (const process of this.#stopped) if (process.pgid === pgid) return true;
    return false;
  }
}
