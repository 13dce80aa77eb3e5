/**
 * Copies across the boundary: what the kernel reads from user memory and writes to it, told to whoever observes.
 *
 * `AddressSpace.copyIn`, `copyOut` and `readCString` are the only ways of a system call to user memory (copy_from_user,
 * copy_to_user, strncpy_from_user), so what is told here is all that a call takes and gives, and exactly that. With
 * nobody observing, `frames.copies` is undefined and a copy costs one test more. What is no copy is not told: the
 * mapping of pages, accesses of the CPU, and those of tracers.
 */
import type { UserCopy } from "../target/target.ts";
import type { Machine } from "./machine.ts";
import type { AddressSpace } from "./memory/address-space.ts";
import type { Task } from "./process/task.ts";

export interface KernelCopy extends UserCopy {
  /** Of a string: how many bytes it might have had. */
  readonly limit?: number;
}

export type KernelCopyObserver = (copy: KernelCopy) => void;

export class Copies {
  readonly #machine: Machine;
  readonly #observers = new Set<KernelCopyObserver>();

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  /** Until what it gives back is called. */
  observe(observer: KernelCopyObserver): () => void {
    // The same function may observe twice.
    const own: KernelCopyObserver = (copy) => observer(copy);
    this.#observers.add(own);
    this.#machine.frames.copies = (mm, direction, address, bytes, limit) => {
      const task = this.#taskOf(mm);
      if (task)
        for (const tell of [...this.#observers])
          tell({ task, direction, address, bytes, ...(limit !== undefined && { limit }) });
    };
    return () => {
      this.#observers.delete(own);
      if (this.#observers.size === 0) this.#machine.frames.copies = undefined;
    };
  }

  /**
   * Nearly always the task that runs. The tid that CLONE_CHILD_SETTID puts into a child's own memory is the child's
   * copy, as in Linux. execve fills memory that is nobody's yet: that is the work of the task that calls it.
   */
  #taskOf(mm: AddressSpace): Task | undefined {
    const { current, processes } = this.#machine;
    if (current?.mm === mm) return current;
    for (const process of processes.values()) if (process.mm === mm) return process.leader;
    return current;
  }
}
