/**
 * The binder of targets that stop their tasks: process probes over utrace, function probes over uprobes.
 *
 * Given to the session by the composition root; see `binder.ts` for what a session expects.
 */
import type { ResolvedProbe } from "../abi/manifest.ts";
import type { Disposition, TaskEvent } from "../target/events.ts";
import type { Target, Task } from "../target/target.ts";
import type { BoundProbe, Hit, MakeBinder, ProbeBinder, ProbeHost } from "./binder.ts";
import { ProcessProbes, selects } from "./process-probes.ts";
import { type Uprobe, Uprobes } from "./uprobes/uprobes.ts";
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
  return {
    arm(probes: readonly BoundProbe[]): void {
      for (const { index, probe } of probes) {
        const uprobe = toUprobe(host, index, probe);
        if (uprobe) uprobes.register(uprobe);
      }
      const processes = new ProcessProbes(host, utrace, probes);
      for (const task of target.tasks()) {
        uprobes.attach(task);
        processes.attach(task);
      }
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
  };
}) satisfies MakeBinder;

function toUprobe(host: ProbeHost, index: number, probe: ResolvedProbe): Uprobe | undefined {
  const { spec } = probe;
  if (spec.kind !== "uprobe") return undefined;
  const { path, fileOffset, selector } = spec;
  // `path` says which file is probed; a selector by path would only repeat it and miss libraries.
  const wanted = (task: Task): boolean => selector.kind === "path" || selects(selector, task);
  if (!spec.return) {
    return {
      path,
      fileOffset,
      hit: (task, address) => {
        if (wanted(task)) host.fire(index, { task, pc: address, bias: address - spec.address });
      },
    };
  }
  return {
    path,
    fileOffset,
    hit: (task, address) => {
      const bias = address - spec.address;
      return { bias, entryValues: wanted(task) ? host.evaluateEntry(index, { task, pc: address, bias }) : undefined };
    },
    returned: (task, address, remembered) => {
      const { bias, entryValues } = remembered as { bias: number; entryValues: Hit["entryValues"] };
      if (entryValues) host.fire(index, { task, pc: address, bias, entryValues });
    },
  };
}
