/**
 * Runs a program and writes a line for each hit of the places that a test names: `1000: sched_process_fork child_pid=1001`.
 *
 * A place is the name of an event, `->NAME` of a function that is called or `<-NAME` of one that returns, and then the values
 * to show, paths like `p->cred->uid->val`.
 */
import { expect } from "vitest";
import type { Main } from "../../kernel/scripted/program.ts";
import { RESUME } from "../../target/events.ts";
import { type KernelEvent, type KernelPlace, type KernelValue, kernelEvents } from "../../target/kernel-points.ts";
import type { TargetHooks } from "../../target/target.ts";
import { startModel, type TestModelOptions } from "../../testing/start-model.ts";

export const hooks: TargetHooks = {
  event: () => RESUME,
  nextTimer: () => Number.POSITIVE_INFINITY,
  timer: () => {},
  poll: () => "run",
};

/** The pid of the first process; later ones are counted on from it. */
export const MAIN = 1000;

export function trace(
  main: Main,
  places: readonly string[],
  options: Partial<TestModelOptions> = {},
): readonly string[] {
  const { model, errors } = startModel({ ...options, program: { main } });
  const lines: string[] = [];
  for (const text of places) {
    const [name = "", ...paths] = text.split(" ");
    model.watchKernel!(placeOf(name), (event) => {
      const values = paths.map((path) => ` ${path}=${show(follow(event, path))}`);
      lines.push(`${event.task?.tid ?? "idle"}: ${name}${values.join("")}`);
    });
  }
  model.run(hooks);
  // A program may fault; it must not be wrong.
  expect(errors.filter((error) => !(error instanceof Error && error.name === "MemoryFault"))).toEqual([]);
  return lines;
}

export function placeOf(name: string): KernelPlace {
  if (name.startsWith("->")) return { kind: "call", name: name.slice(2) };
  if (name.startsWith("<-")) return { kind: "return", name: name.slice(2) };
  const event = kernelEvents("riscv64").find((point) => point.name.endsWith(`:${name}`));
  if (!event) throw new Error(`no event ${name}`);
  return { kind: "trace", name: event.name };
}

function follow(event: KernelEvent, path: string): KernelValue {
  const [first = "", ...members] = path.split("->");
  return members.reduce((at, member) => {
    if (typeof at !== "object" || !("member" in at)) throw new Error(`${path}: nothing has the member ${member}`);
    return at.member(member);
  }, event.value(first));
}

function show(value: KernelValue): string {
  if (typeof value !== "object") return String(value);
  return "member" in value ? `*${value.handle}` : `[${value.join()}]`;
}
