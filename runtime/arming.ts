/**
 * Which probes of a session are armed: all of them from the end of the begin probes on, but for those whose condition
 * does not hold.
 *
 * Owned by the session. A condition is asked when the probes are armed, and again whenever a handler has run that may
 * have changed it; a probe that is not armed costs the traced processes nothing.
 */
import type { ProbeSpec, ResolvedProbe } from "../abi/manifest.ts";
import { bug } from "../base/assert.ts";
import type { Disposition, TaskEvent } from "../target/events.ts";
import type { Target, Task } from "../target/target.ts";
import type { OpenReturns } from "./backtrace/replaced-returns.ts";
import type { MakeBinder, ProbeBinder, ProbeHost } from "./binder.ts";
import { KernelProbes } from "./kernel-probes.ts";
import type { Lifetime } from "./lifetime.ts";
import { Timers } from "./timers.ts";

export interface ArmingParts {
  readonly target: Target;
  readonly probes: readonly ResolvedProbe[];
  readonly lifetime: Lifetime;
  readonly host: ProbeHost;
  readonly attach: MakeBinder | undefined;
  conditionHolds(probe: number): boolean;
  /** A handler is running. */
  isBusy(): boolean;
}

export class Arming {
  readonly #parts: ArmingParts;
  readonly #timers: Timers;
  readonly #kernel: KernelProbes;
  readonly #disarmed = new Set<number>();
  #binder: ProbeBinder | undefined;

  constructor(parts: ArmingParts) {
    this.#parts = parts;
    this.#timers = new Timers((n) => parts.target.random(n));
    this.#kernel = new KernelProbes({ ...parts, isArmed: (probe) => this.isArmed(probe) });
  }

  /** Its condition holds, or it has none. */
  isArmed(probe: number): boolean {
    return !this.#disarmed.has(probe);
  }

  askConditions(): void {
    for (const [index, { spec }] of this.#parts.probes.entries()) if (spec.kind === "condition") this.ask(index);
  }

  /** Puts the probes of processes and of the kernel in. */
  bind(): void {
    this.#kernel.bind();
    const { probes, host, target, attach } = this.#parts;
    const bound = probes.flatMap((probe, index) =>
      isBound(probe.spec) ? [{ index, probe, enabled: this.isArmed(index) }] : [],
    );
    if (bound.length === 0) return;
    if (!attach) bug("runtime/arming", "probes of processes and nobody to attach them");
    this.#binder = attach(host, target);
    this.#binder.arm(bound);
  }

  startTimers(): void {
    const now = this.#parts.target.monotonicNs();
    this.#parts.probes.forEach(({ spec }, index) => {
      if (spec.kind === "timer" && this.isArmed(index)) this.#timers.start(index, spec, now);
    });
  }

  /** Asks a probe of kind `condition`, and arms or disarms those that depend on it. */
  ask(condition: number): void {
    const holds = this.#parts.conditionHolds(condition);
    this.#parts.probes.forEach((probe, index) => {
      if (probe.condition !== condition || this.isArmed(index) === holds) return;
      if (holds) this.#disarmed.delete(index);
      else this.#disarmed.add(index);
      if (this.#parts.lifetime.is("running")) this.#setArmed(index, probe.spec, holds);
    });
  }

  #setArmed(index: number, spec: ProbeSpec, armed: boolean): void {
    if (spec.kind === "kernel") this.#kernel.armedChanged(index);
    else if (spec.kind !== "timer") this.#binder?.setEnabled(index, armed);
    else if (armed) this.#timers.start(index, spec, this.#parts.target.monotonicNs());
    else this.#timers.cancel(index);
  }

  /** Takes everything out. */
  disarm(): void {
    this.#timers.stop();
    this.#kernel.disarm();
    this.#binder?.disarm();
    this.#binder = undefined;
  }

  get nextTimer(): number {
    return this.#timers.next();
  }

  takeDueTimers(now: number): readonly number[] {
    return this.#timers.takeDue(now);
  }

  event(event: TaskEvent): Disposition | undefined {
    return this.#binder?.event(event);
  }

  openReturns(task: Task): OpenReturns | undefined {
    return this.#binder?.openReturns?.(task);
  }

  /** Memory as the task sees it itself, breakpoints hidden. */
  readMemory(task: Task, address: number, size: number): Uint8Array | undefined {
    return this.#binder ? this.#binder.readMemory(task, address, size) : readAddressSpace(task, address, size);
  }
}

function isBound({ kind }: ProbeSpec): boolean {
  return kind === "process" || kind === "uprobe";
}

function readAddressSpace(task: Task, address: number, size: number): Uint8Array | undefined {
  const bytes = task.mm.read(address, size);
  return bytes instanceof Uint8Array ? bytes : undefined;
}
