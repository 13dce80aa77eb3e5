/**
 * Trace events of the model beside those of Linux 6.18: the same program, case by case, recorded on x86-64 with
 * `node tools/record-trace-oracle.mjs` (which says how lines are made) in points-linux.txt.
 *
 * The order is compared in each context by itself: when a task that could go on is preempted depends on the machine. So does
 * what becomes of the first process, whose parent is outside.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { KernelEvent } from "../../target/kernel-points.ts";
import { hooks, placeOf } from "./points-kit.ts";
import { start } from "./run.ts";

/** The fields of each event, and what the text of Linux calls them where that is shorter. */
const events: { readonly [event: string]: readonly (readonly [field: string, shown: string])[] } = {
  sched_switch: [["prev_state", "prev_state"]],
  sched_waking: [["pid", "pid"]],
  sched_wakeup: [["pid", "pid"]],
  sched_wakeup_new: [["pid", "pid"]],
  sched_process_fork: [["child_pid", "child_pid"]],
  sched_process_exec: [["old_pid", "old_pid"]],
  sched_process_exit: [["pid", "pid"]],
  sched_process_wait: [["pid", "pid"]],
  signal_generate: [
    ["sig", "sig"],
    ["errno", "errno"],
    ["code", "code"],
    ["pid", "pid"],
    ["group", "grp"],
    ["result", "res"],
  ],
  signal_deliver: [
    ["sig", "sig"],
    ["errno", "errno"],
    ["code", "code"],
  ],
};

/** Letters of prev_state in the text of Linux; a task that could go on is R. */
const states: ReadonlyMap<unknown, string> = new Map([1, 2, 4, 16, 32].map((bit, i) => [bit, "SDTXZ"[i]!]));

function traced(name: string): readonly string[] {
  const names = new Map<number, string>();
  const called = (pid: number): string => names.get(pid) ?? "-";
  const lines: string[] = [];
  const line = (name: string, event: KernelEvent): void => {
    const context = event.task?.tid ?? 0;
    if (names.size === 0 && context !== 0) names.set(context, "P0");
    if (name === "sched_process_fork") names.set(Number(event.value("child_pid")), `P${names.size}`);
    if (name === "sched_switch" && !states.has(event.value("prev_state"))) return;
    const fields = events[name]!.map(([field, shown]) => {
      const value = event.value(field);
      if (field === "prev_state") return `${shown}=${states.get(value)}`;
      return `${shown}=${field.endsWith("pid") ? called(Number(value)) : value}`;
    });
    lines.push(`${called(context)} ${name} ${fields.join(" ")}`);
  };
  const { model } = start("/traced", { argv: ["/traced", name] });
  for (const event of Object.keys(events)) model.watchKernel!(placeOf(event), (hit) => line(event, hit));
  expect(model.run(hooks).exitCode).toBe(5);
  return lines;
}

/** What is otherwise in the model, by case; undefined is not there at all. */
const otherwise: { readonly [name: string]: { readonly [line: string]: string | undefined } } = {
  // Who has no parent is taken away by init at once, which nobody wakes for it: dead, never a zombie.
  lives: { "P6 sched_switch prev_state=Z": "P6 sched_switch prev_state=X" },
  // The threads of a process that ends do not get a CPU for it: they end where they are.
  threads: {
    "P3 signal_deliver sig=9 errno=0 code=0": undefined,
    "P3 sched_switch prev_state=X": undefined,
    "P4 signal_deliver sig=9 errno=0 code=0": undefined,
    "P4 sched_switch prev_state=X": undefined,
  },
};

function byContext(lines: readonly string[]): { readonly [context: string]: readonly string[] } {
  const contexts = [...new Set(lines.map((line) => line.split(" ")[0]!))].sort();
  return Object.fromEntries(
    contexts.map((context) => {
      const own = lines.filter((line) => line.startsWith(`${context} `));
      return [context, context === "P0" ? own.slice(0, own.indexOf("P0 sched_process_exit pid=P0") + 1) : own];
    }),
  );
}

const recorded = readFileSync(join(import.meta.dirname, "points-linux.txt"), "utf8")
  .split(/^=== /m)
  .slice(1);

test.each(recorded.map((text) => text.trimEnd().split("\n")))("%s", (name, ...lines) => {
  const changes = otherwise[name!] ?? {};
  const expected = lines.map((line) => (Object.hasOwn(changes, line) ? changes[line] : line));
  expect(byContext(traced(name!))).toEqual(byContext(expected.filter((line) => line !== undefined)));
});
