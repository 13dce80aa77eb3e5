/**
 * The binder of targets that stop their tasks: process probes over utrace, function probes over uprobes.
 *
 * Given to the session by the composition root; see `binder.ts` for what a session expects.
 */
import type { ResolvedProbe } from "../abi/manifest.ts";
import type { Disposition, TaskEvent } from "../target/events.ts";
import type { Target, Task } from "../target/target.ts";
import type { BoundProbe, EntryValues, MakeBinder, ProbeBinder, ProbeHost } from "./binder.ts";
import { ProcessProbes, selects } from "./process-probes.ts";
import { readWord, type Uprobe, Uprobes } from "./uprobes/uprobes.ts";
import { Utrace } from "./utrace/utrace.ts";

/** A binder, and the memory of tasks as they see it themselves, without the binder's breakpoints. */
export interface ProcessBinder extends ProbeBinder {
  readMemory(task: Task, address: number, size: number): Uint8Array | undefined;
}

export const makeProcessBinder = ((host: ProbeHost, target: Target): ProcessBinder => {
  const utrace = new Utrace();
  const uprobes = new Uprobes(target, utrace, (message) => {
    host.skip();
    host.warn(message);
  });
  const registered = new Map<number, readonly Uprobe[]>();
  return {
    arm(probes: readonly BoundProbe[]): void {
      for (const { index, probe, enabled } of probes) {
        const made = toUprobes(host, index, probe, target);
        registered.set(index, made);
        for (const uprobe of made) uprobes.register(uprobe, enabled);
      }
      const processes = new ProcessProbes(host, utrace, probes, target);
      for (const task of target.tasks()) {
        uprobes.attach(task);
        processes.attach(task);
      }
    },
    setEnabled(probe, enabled): void {
      for (const uprobe of registered.get(probe) ?? []) uprobes.setEnabled(uprobe, enabled);
    },
    disarm(): void {
      uprobes.removeAll();
      utrace.detachAll();
    },
    event: (event: TaskEvent): Disposition => utrace.report(event),
    readMemory(task, address, size) {
      const bytes = uprobes.readMemory(task, address, size);
      return "kind" in bytes ? undefined : bytes;
    },
    openReturns: (task) => uprobes.openReturns(task),
  };
}) satisfies MakeBinder;

function toUprobes(host: ProbeHost, index: number, probe: ResolvedProbe, { arch }: Target): readonly Uprobe[] {
  const { spec } = probe;
  if (spec.kind !== "uprobe") return [];
  const { path, fileOffset, selector, returnsTo, semaphore } = spec;
  // `path` says which file is probed; a selector by path would only repeat it and miss libraries.
  const wanted = (task: Task, address: number): boolean => {
    if (selector.kind !== "path" && !selects(selector, task)) return false;
    if (!returnsTo) return true;
    const caller = arch.readReturnAddress(task, (at) => readWord(task.mm, at));
    return caller !== undefined && returnsTo.includes(Number(caller) - (address - spec.address));
  };
  if (spec.return) return returnUprobes(host, index, probe, spec, wanted);
  const hit = (task: Task, address: number): void => {
    if (wanted(task, address)) host.fire(index, { task, pc: address, bias: address - spec.address });
  };
  return [{ path, fileOffset, hit, ...(semaphore !== undefined && { semaphore }) }];
}

/** What is known of an open call. */
interface Call {
  readonly bias: number;
  readonly wanted: boolean;
  entryValues?: EntryValues;
}

function returnUprobes(
  host: ProbeHost,
  index: number,
  probe: ResolvedProbe,
  spec: ResolvedProbe["spec"] & { kind: "uprobe" },
  wanted: (task: Task, address: number) => boolean,
): readonly Uprobe[] {
  const { path, fileOffset, entryAt } = spec;
  const keeps = probe.entryPlans.length > 0 || spec.entry !== undefined;
  /** The call that a task entered last: nothing can call between the entry and `entryAt`. */
  const entered = new WeakMap<Task, Call>();
  const keep = (call: Call, task: Task, pc: number): void => {
    call.entryValues = host.evaluateEntry(index, { task, pc, bias: call.bias });
  };
  const entry: Uprobe = {
    path,
    fileOffset,
    hit(task, address) {
      const call: Call = { bias: address - spec.address, wanted: wanted(task, address) };
      if (keeps && call.wanted && !entryAt) keep(call, task, address);
      entered.set(task, call);
      return call;
    },
    returned(task, address, remembered) {
      const { bias, entryValues, wanted: isWanted } = remembered as Call;
      if (isWanted) host.fire(index, { task, pc: address, bias, ...(entryValues && { entryValues }) });
    },
  };
  if (!keeps || !entryAt) return [entry];
  const body: Uprobe = {
    path,
    fileOffset: entryAt.fileOffset,
    hit(task, address) {
      const call = entered.get(task);
      if (call?.wanted && !call.entryValues) keep(call, task, address);
    },
  };
  return [entry, body];
}
