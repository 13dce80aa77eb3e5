/**
 * The probes on system calls of a session, found by the number of the call.
 *
 * Made by `process-probes.ts` when the session is armed. A hit looks at the probes of its own call only, however many
 * others there are. Where every probe names its calls, the target is told which ones matter.
 */
import type { ProbeSpec, ProcessSelector } from "../abi/manifest.ts";
import { findSyscall, type SyscallArch } from "../target/syscalls.ts";
import type { Target, Task } from "../target/target.ts";
import type { BoundProbe } from "./binder.ts";

export interface SyscallProbe {
  readonly index: number;
  readonly selector: ProcessSelector;
}

type SyscallSpec = ProbeSpec & { readonly kind: "process" };
type Side = "syscall" | "syscall.return";

export class SyscallProbes {
  /** Some return probe wants the arguments of its call, so entries have to be seen too. */
  readonly keepsArguments: boolean;
  readonly #entries = new Lists();
  readonly #returns = new Lists();
  readonly #entered = new WeakMap<Task, readonly bigint[]>();

  constructor(probes: readonly BoundProbe[], target: Target) {
    let keeps = false;
    const named = new Set<number>();
    let isAny = false;
    for (const { index, probe } of probes) {
      const { spec } = probe;
      if (spec.kind !== "process" || !isSyscall(spec)) continue;
      const list = this.#listsOf(spec.event as Side);
      const entry = { index, selector: spec.selector };
      keeps ||= spec.arguments === true;
      if (!spec.calls) {
        list.addToAll(entry);
        isAny = true;
        continue;
      }
      const arch = target.arch.name as SyscallArch;
      const numbers = spec.calls.flatMap((name) => findSyscall(name)?.[arch] ?? []);
      for (const number of numbers) {
        list.add(number, entry);
        named.add(number);
      }
    }
    this.keepsArguments = keeps;
    if (!isAny && this.some) target.observeSyscalls?.(named);
  }

  get some(): boolean {
    return this.has("syscall") || this.has("syscall.return");
  }

  has(side: Side): boolean {
    return this.#listsOf(side).some;
  }

  of(side: Side, number: number): readonly SyscallProbe[] {
    return this.#listsOf(side).of(number);
  }

  #listsOf(side: Side): Lists {
    return side === "syscall" ? this.#entries : this.#returns;
  }

  /** What a task calls with, for the return. */
  enter(task: Task, args: readonly bigint[]): void {
    if (this.keepsArguments) this.#entered.set(task, args);
  }

  argumentsOf(task: Task): readonly bigint[] {
    return this.#entered.get(task) ?? [];
  }
}

function isSyscall({ event }: SyscallSpec): boolean {
  return event === "syscall" || event === "syscall.return";
}

/** Probes by number, in the order in which they came; those of every call are in each list. */
class Lists {
  readonly #byNumber = new Map<number, SyscallProbe[]>();
  readonly #any: SyscallProbe[] = [];

  get some(): boolean {
    return this.#any.length > 0 || this.#byNumber.size > 0;
  }

  add(number: number, probe: SyscallProbe): void {
    const list = this.#byNumber.get(number) ?? [...this.#any];
    list.push(probe);
    this.#byNumber.set(number, list);
  }

  addToAll(probe: SyscallProbe): void {
    for (const list of this.#byNumber.values()) list.push(probe);
    this.#any.push(probe);
  }

  of(number: number): readonly SyscallProbe[] {
    return this.#byNumber.get(number) ?? this.#any;
  }
}
