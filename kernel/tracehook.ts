/**
 * tracehook: the only door through which tracing enters the kernel.
 *
 * The kernel calls one of these at every safe point that a tracer may care about. Each looks at `task.wanted` first,
 * so an untraced task pays one test; else it builds the event, asks the hooks and carries out the answer:
 *   UTRACE_STOP             the task is not scheduled until `task.resume`
 *   UTRACE_REPORT/INTERRUPT a quiesce event comes before the task is in user mode again
 *   UTRACE_SINGLESTEP       one instruction (a system call counts as one), then a `trap` event; signals wait until then
 *   UTRACE_RESUME/DETACH    goes on
 * A UTRACE_STOP in answer to exit, death or reap has no task left to stop.
 */
import {
  type Disposition,
  RESUME,
  type ResumeAction,
  type TrapReason,
  UTRACE_EVENT,
  UTRACE_RESUME_ACTION,
} from "../target/events.ts";
import type { Mapping, TargetHooks } from "../target/target.ts";
import type { Task } from "./process/task.ts";

export class Tracehook {
  /** Undefined before the run and after "detach". */
  hooks: TargetHooks | undefined;

  /** Whether the call must not run, and what is to be different about it. */
  reportSyscallEntry(task: Task, nr: number, args: readonly bigint[]): Disposition {
    if (!this.#wants(task, UTRACE_EVENT.SYSCALL_ENTRY)) return RESUME;
    return this.#report(task, { kind: "syscall_entry", task, nr, args });
  }

  /** The result to give. */
  reportSyscallExit(task: Task, nr: number, retval: bigint): bigint {
    if (!this.#wants(task, UTRACE_EVENT.SYSCALL_EXIT)) return retval;
    return this.#report(task, { kind: "syscall_exit", task, nr, retval }).retval ?? retval;
  }

  reportExec(task: Task, path: string): void {
    if (this.#wants(task, UTRACE_EVENT.EXEC)) this.#report(task, { kind: "exec", task, path });
  }

  reportClone(task: Task, child: Task, thread: boolean, sharesMemory: boolean): void {
    if (!this.#wants(task, UTRACE_EVENT.CLONE)) return;
    this.#report(task, { kind: "clone", task, child, thread, sharesMemory });
  }

  reportExit(task: Task, code: number): void {
    if (this.#wants(task, UTRACE_EVENT.EXIT)) this.#report(task, { kind: "exit", task, code });
  }

  reportDeath(task: Task, groupDead: boolean, code: number): void {
    if (this.#wants(task, UTRACE_EVENT.DEATH)) this.#report(task, { kind: "death", task, groupDead, code });
  }

  reportReap(task: Task): void {
    if (this.#wants(task, UTRACE_EVENT.REAP)) this.#report(task, { kind: "reap", task });
  }

  /** A tracer wants to see signals that would be dropped as ignored. */
  considerIgnoredSignal(task: Task): boolean {
    return this.#wants(task, UTRACE_EVENT.SIGNAL);
  }

  /** The signal to deliver instead; 0 for none. */
  reportSignal(task: Task, signal: number, code: number): number {
    if (!this.#wants(task, UTRACE_EVENT.SIGNAL)) return signal;
    return this.#report(task, { kind: "signal", task, signal, code }).signal ?? signal;
  }

  notifyJctl(task: Task, signal: number): void {
    if (this.#wants(task, UTRACE_EVENT.JCTL)) this.#report(task, { kind: "jctl", task, signal });
  }

  /** True when the trap was somebody's and must not become SIGTRAP. */
  reportTrap(task: Task, reason: TrapReason, address: number): boolean {
    if (!this.#wants(task, UTRACE_EVENT.TRAP)) return false;
    return this.#report(task, { kind: "trap", task, reason, address }).handled === true;
  }

  reportMapping(task: Task, kind: "map" | "unmap", mapping: Mapping): void {
    if (this.#wants(task, UTRACE_EVENT.MAP)) this.#report(task, { kind, task, mapping });
  }

  reportQuiesce(task: Task): void {
    if (this.#wants(task, UTRACE_EVENT.QUIESCE)) this.#report(task, { kind: "quiesce", task });
  }

  carryOut(task: Task, action: ResumeAction): void {
    if (task.life !== "alive") return;
    switch (action) {
      case UTRACE_RESUME_ACTION.UTRACE_STOP:
        task.held = true;
        break;
      case UTRACE_RESUME_ACTION.UTRACE_REPORT:
      case UTRACE_RESUME_ACTION.UTRACE_INTERRUPT:
        task.requestReport(action === UTRACE_RESUME_ACTION.UTRACE_INTERRUPT);
        break;
      case UTRACE_RESUME_ACTION.UTRACE_SINGLESTEP:
      case UTRACE_RESUME_ACTION.UTRACE_BLOCKSTEP:
        task.stepping = true;
        break;
      case UTRACE_RESUME_ACTION.UTRACE_RESUME:
      case UTRACE_RESUME_ACTION.UTRACE_DETACH:
        break;
    }
  }

  #wants(task: Task, event: number): boolean {
    return (task.wanted & event) !== 0 && this.hooks !== undefined;
  }

  #report(task: Task, event: Parameters<TargetHooks["event"]>[0]): Disposition {
    const answer = this.hooks?.event(event) ?? RESUME;
    this.carryOut(task, answer.action);
    return answer;
  }
}
