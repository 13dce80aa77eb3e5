/**
 * Getting a task past the instruction that a breakpoint covers, and finding it again when something comes between.
 *
 * Called by `uprobes.ts` after the handlers. An instruction is emulated, or a copy of it runs in a slot of the scratch
 * page; meanwhile the task is "in its slot", at an address the program does not know. Whoever looks at the task then
 * (a signal's delivery, a fork, the end of the session) calls `leave` first.
 */
import type { Arch, OutOfLine } from "../../target/arch.ts";
import { type ResumeAction, UTRACE_RESUME_ACTION } from "../../target/events.ts";
import type { Task } from "../../target/target.ts";
import type { Breakpoint } from "./breakpoints.ts";
import type { ProbedSpace } from "./space.ts";
import { wordsOf } from "./words.ts";

/** A task between the trap and the end of its copied instruction. */
interface Stay {
  readonly space: ProbedSpace;
  readonly breakpoint: Breakpoint;
  readonly plan: OutOfLine;
  readonly slot: number;
  /** Of the scratch register. */
  readonly saved: bigint;
}

/** The instruction at `address` has been reported but not run. */
interface Reported {
  readonly address: number;
  readonly sp: bigint;
}

const { UTRACE_RESUME, UTRACE_SINGLESTEP } = UTRACE_RESUME_ACTION;

export class Stepping {
  readonly #arch: Arch;
  readonly #stays = new Map<Task, Stay>();
  readonly #reported = new Map<Task, Reported>();
  readonly #giveUp: (task: Task, address: number) => void;

  /** `giveUp` is told of breakpoints that had to be removed. */
  constructor(arch: Arch, giveUp: (task: Task, address: number) => void) {
    this.#arch = arch;
    this.#giveUp = giveUp;
  }

  /** True, once, when the task comes back to an instruction whose probes have fired but which it did not run. */
  comesBack(task: Task, address: number): boolean {
    const reported = this.#reported.get(task);
    if (!reported) return false;
    this.#reported.delete(task);
    return reported.address === address && reported.sp === task.readRegister(this.#arch.stackPointer);
  }

  stepPast(task: Task, space: ProbedSpace, breakpoint: Breakpoint): ResumeAction {
    const { plan } = breakpoint;
    if (plan.kind === "out-of-line") return this.#enterSlot(task, space, breakpoint, plan);
    if (plan.run(task, wordsOf(space.mm))) return UTRACE_RESUME;
    return plan.otherwise
      ? this.#enterSlot(task, space, breakpoint, plan.otherwise)
      : this.#runInPlace(task, space, breakpoint);
  }

  /** A trap in the slot: true when it ends the copied instruction. */
  ended(task: Task, reason: "breakpoint" | "step", address: number): boolean {
    const stay = this.#stays.get(task);
    if (!stay) return false;
    const end = stay.slot + stay.plan.copy.length;
    if (reason === "breakpoint" && address !== end) {
      // It left the slot by itself.
      this.#forget(task, stay);
      return false;
    }
    this.#finish(task, stay);
    return true;
  }

  /** Puts a task that is in its slot where the program's own instruction is. */
  leave(task: Task): void {
    const stay = this.#stays.get(task);
    if (!stay) return;
    const { breakpoint, slot, plan } = stay;
    const end = slot + plan.copy.length;
    const trapPc = task.pc;
    if (trapPc === end) this.#finish(task, stay);
    else if (this.#arch.breakpointAddress(trapPc) === end) {
      // The trap at the end is still to be reported, and will be where the task goes on.
      this.#finish(task, stay);
      task.pc += trapPc - end;
    } else if (task.pc === slot) {
      this.#forget(task, stay);
      this.#restoreScratch(task, stay);
      task.pc = breakpoint.address;
      this.#notRun(task, breakpoint.address);
    } else this.#forget(task, stay);
  }

  /** A child that was made by the system call in its parent's slot. */
  follow(task: Task, child: Task): void {
    const stay = this.#stays.get(task);
    if (!stay) return;
    const { breakpoint, slot, plan } = stay;
    if (child.pc === slot + plan.copy.length) child.pc = breakpoint.address + breakpoint.original.length;
  }

  forget(task: Task): void {
    const stay = this.#stays.get(task);
    if (stay) this.#forget(task, stay);
    this.#reported.delete(task);
  }

  #enterSlot(task: Task, space: ProbedSpace, breakpoint: Breakpoint, plan: OutOfLine): ResumeAction {
    const slot = space.takeSlot(this.#contentOf(plan));
    if (slot === undefined) return this.#runInPlace(task, space, breakpoint);
    if (slot === "busy") {
      // Comes straight back here, until somebody else has left his.
      task.pc = breakpoint.address;
      this.#notRun(task, breakpoint.address);
      return UTRACE_RESUME;
    }
    let saved = 0n;
    if (plan.scratch) {
      saved = task.readRegister(plan.scratch.register);
      task.writeRegister(plan.scratch.register, plan.scratch.value);
    }
    space.mm.guard?.outOfLine(
      slot + plan.copy.length,
      breakpoint.address + breakpoint.original.length,
      plan.scratch && { register: plan.scratch.register, original: saved },
    );
    task.pc = slot;
    this.#stays.set(task, { space, breakpoint, plan, slot, saved });
    return this.#arch.slotEnd === "single-step" ? UTRACE_SINGLESTEP : UTRACE_RESUME;
  }

  #contentOf({ copy }: OutOfLine): Uint8Array {
    if (this.#arch.slotEnd === "single-step") return copy;
    const end = this.#arch.breakpoint(this.#arch.maxInstruction);
    const content = new Uint8Array(copy.length + end.length);
    content.set(copy);
    content.set(end, copy.length);
    return content;
  }

  #finish(task: Task, stay: Stay): void {
    const { breakpoint, plan, space } = stay;
    this.#forget(task, stay);
    this.#restoreScratch(task, stay);
    task.pc = breakpoint.address + breakpoint.original.length;
    if (plan.finish && !plan.finish(task, wordsOf(space.mm))) this.#runInPlace(task, space, breakpoint);
  }

  #restoreScratch(task: Task, { plan, saved }: Stay): void {
    if (plan.scratch) task.writeRegister(plan.scratch.register, saved);
  }

  /** The last resort: without the breakpoint the task runs what is there. */
  #runInPlace(task: Task, space: ProbedSpace, { address }: Breakpoint): ResumeAction {
    space.breakpoints.remove(address);
    task.pc = address;
    this.#giveUp(task, address);
    return UTRACE_RESUME;
  }

  #notRun(task: Task, address: number): void {
    this.#reported.set(task, { address, sp: task.readRegister(this.#arch.stackPointer) });
  }

  #forget(task: Task, { space, slot }: Stay): void {
    this.#stays.delete(task);
    space.freeSlot(slot);
  }
}
