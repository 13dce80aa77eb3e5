/**
 * Other tasks of the target than the one of the hit.
 *
 * Scripts hold a task as a number that they only pass on; here it is the number of its thread, 0 for none. A task
 * that is not there any more has no name and only zeros. In a probe in the kernel 0 is the idle task.
 */
import type { BuiltinHost, BuiltinTable, BuiltinTask } from "../abi/builtins.ts";
import type { Long } from "../base/int64.ts";
import { IDLE } from "./context.ts";

/** What the kernel calls these states, TASK_RUNNING to TASK_DEAD. */
// biome-ignore format: table
const states: { readonly [state: string]: number } = {
  running: 0, sleeping: 1, stopped: 4, "tracing-stop": 8, dead: 16, zombie: 32,
};

// biome-ignore format: table
export const tasks = {
  pid2execname:    (c, pid: Long) => c.findTask(pid)?.execname ?? "",
  pid2task:        (c, pid: Long) => c.findTask(pid)?.tid ?? 0,
  task_cpu:        (c, task: Long) => of(c, task)?.cpu ?? 0,
  task_current:    (c) => c.task?.tid ?? 0,
  task_egid:       (c, task: Long) => of(c, task)?.egid ?? 0,
  task_euid:       (c, task: Long) => of(c, task)?.euid ?? 0,
  task_execname:   (c, task: Long) => of(c, task)?.execname ?? (task === 0 && c.inKernel ? IDLE : ""),
  task_gid:        (c, task: Long) => of(c, task)?.gid ?? 0,
  task_parent:     (c, task: Long) => c.findTask(of(c, task)?.ppid ?? 0)?.tid ?? 0,
  task_pid:        (c, task: Long) => of(c, task)?.pid ?? 0,
  task_start_time: (c, tid: Long) => of(c, tid)?.startTime ?? 0,
  task_state:      (c, task: Long) => states[of(c, task)?.state ?? "running"] ?? 0,
  task_tid:        (c, task: Long) => of(c, task)?.tid ?? 0,
  task_uid:        (c, task: Long) => of(c, task)?.uid ?? 0,
} satisfies BuiltinTable;

function of(c: BuiltinHost, task: Long): BuiltinTask | undefined {
  return task === 0 ? undefined : c.findTask(task);
}
