/** `watchKernel` of the model: which point, or which teller, a place of target/kernel-points.ts is. */
import { bug } from "../../base/assert.ts";
import { CALL_PREFIX, type EventName, type FunctionName, type KernelPlace } from "../../target/kernel-points.ts";
import type { Machine } from "../machine.ts";
import { watchCopies } from "./copies.ts";
import type { KernelListener, Point } from "./point.ts";

export function watchKernel(machine: Machine, place: KernelPlace, listener: KernelListener): () => void {
  return (
    watchCopies(machine, place, listener) ??
    findPoint(machine, place)?.watch(listener) ??
    bug("kernel/points", `no place '${place.name}' (${place.kind})`)
  );
}

function findPoint({ points }: Machine, { kind, name }: KernelPlace): Point | undefined {
  const { events, functions, syscalls } = points;
  if (kind === "trace") {
    const [system, short = ""] = name.split(":");
    return system === "syscalls" ? syscalls.find(name, false) : (events[short as EventName] as Point | undefined);
  }
  if (name.startsWith(CALL_PREFIX)) return syscalls.find(name, kind === "return");
  return functions[name as FunctionName]?.[kind] as Point | undefined;
}
