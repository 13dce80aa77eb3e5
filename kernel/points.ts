/**
 * Points: the places of the kernel that can be probed, by their names in target/kernel-points.ts.
 *
 * A site tests `watched` and then fires with what it has to tell, so a place to which nobody listens costs one test:
 *
 *     const { sched_process_exit } = machine.points.events;
 *     if (sched_process_exit.watched) sched_process_exit.fire(task, { … });
 *
 * The folder `points/` holds what the sites of one subject share. A listener must not change the machine; `watch.ts` says
 * who listens to what. Copies across the boundary have no point of their own: they are told by `copies.ts`.
 */
import {
  type CallValues,
  type EventName,
  type EventValues,
  eventNames,
  type FunctionName,
  functionNames,
  type KernelValue,
  type ResultValues,
} from "../target/kernel-points.ts";
import type { Machine } from "./machine.ts";
import { pageFaultPoint } from "./points/page-faults.ts";
import { Point } from "./points/point.ts";
import { Handles } from "./points/structures.ts";
import { Switches } from "./points/switches.ts";
import { SyscallPoints } from "./points/syscalls.ts";

/** Both ends of a function. Who returns tells the parameters again. */
export class FunctionPoint<N extends FunctionName = FunctionName> {
  /** Somebody listens to one of them. */
  watched = false;
  readonly call = new Point<CallValues<N>>(() => this.#note());
  readonly return = new Point<CallValues<N> & ResultValues<N> & { readonly return: KernelValue }>(() => this.#note());

  #note(): void {
    this.watched = this.call.watched || this.return.watched;
  }
}

export class Points {
  readonly handles = new Handles();
  readonly syscalls = new SyscallPoints();
  readonly events: { readonly [N in EventName]: Point<EventValues<N>> };
  readonly functions: { readonly [N in FunctionName]: FunctionPoint<N> };
  readonly switches: Switches;

  constructor(machine: Machine) {
    const event = (name: EventName): unknown => {
      if (name === "sys_enter" || name === "sys_exit") return this.syscalls.makePoint();
      return name === "page_fault_user" ? pageFaultPoint(machine) : new Point();
    };
    this.events = table(eventNames.map((name) => [name, event(name)]));
    this.functions = table(functionNames.map((name) => [name, new FunctionPoint()]));
    this.switches = new Switches(this.events, this.handles);
  }
}

/** What the tables promise: a point for every name. */
function table<T>(entries: readonly (readonly [string, unknown])[]): T {
  return Object.fromEntries(entries) as T;
}
