/** Where the processes of a model are, in words: what a run that had no end was about. Called by `probe`. */
import type { Model } from "../kernel/model.ts";
import type { Task } from "../kernel/process/task.ts";
import { decodeCustom } from "../kernel/scripted/slots.ts";

const MAX_TASKS = 5;

export function describeTasks({ machine }: Model): string {
  const tasks = machine.tasks();
  const lines = tasks.slice(0, MAX_TASKS).map((task) => `process ${task.pid} (${task.execname}) ${describe(task)}`);
  return [...lines, ...(tasks.length > MAX_TASKS ? [`and ${tasks.length - MAX_TASKS} more`] : [])].join("; ");
}

function describe(task: Task): string {
  const bytes = task.mm.read(task.pc, 4);
  const word = bytes instanceof Uint8Array ? new DataView(bytes.buffer, bytes.byteOffset).getInt32(0, true) : 0;
  return decodeCustom(word) ? "is in JavaScript that does not yield" : `is ${task.state}`;
}
