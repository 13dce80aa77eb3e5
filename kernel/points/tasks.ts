/** What is told of the lives of tasks: how they begin, are woken, wait for others and end. */
import type { EventValues } from "../../target/kernel-points.ts";
import type { Task } from "../process/task.ts";
import type { Point } from "./point.ts";
import type { Bprm } from "./structures.ts";
import { bprmStruct, filenameStruct } from "./structures.ts";
import { prioOf, taskStruct } from "./task-struct.ts";

/** The child can be found and has not run. */
export function tellFork(parent: Task, child: Task): void {
  const { sched_process_fork } = parent.machine.points.events;
  if (!sched_process_fork.watched) return;
  sched_process_fork.fire(parent, {
    parent: taskStruct(parent),
    child: taskStruct(child),
    parent_comm: parent.execname,
    parent_pid: parent.tid,
    child_comm: child.execname,
    child_pid: child.tid,
  });
}

/** The scheduler knows the task from now on. */
export function tellNew(task: Task): void {
  const { sched_wakeup_new } = task.machine.points.events;
  if (sched_wakeup_new.watched) tellWakeup(sched_wakeup_new, task);
}

/** A task that slept or was stopped can run again. */
export function tellWoken(task: Task): void {
  const { sched_waking, sched_wakeup } = task.machine.points.events;
  if (!sched_waking.watched && !sched_wakeup.watched) return;
  // Who is still on the CPU has only been about to sleep; who stands for another reason stays.
  if (task === task.machine.current || !task.runnable) return;
  for (const point of [sched_waking, sched_wakeup]) if (point.watched) tellWakeup(point, task);
}

function tellWakeup(point: Point<EventValues<"sched_wakeup">>, task: Task): void {
  point.fire(task.machine.current, { ...about(task), target_cpu: task.cpu });
}

/** try_to_wake_up and wake_up_process: `wake` does it. */
export function wakeUp(task: Task, name: "try_to_wake_up" | "wake_up_process", wake: () => void): void {
  const { current, points } = task.machine;
  const point = points.functions[name];
  const slept = task.sleep !== undefined;
  if (point.call.watched) point.call.fire(current, { p: taskStruct(task) });
  wake();
  if (point.return.watched) point.return.fire(current, { p: taskStruct(task), return: slept ? 1 : 0 });
}

/** `id` is what the call waits for: a pid, a group, 0 for any child. */
export function tellWait(task: Task, id: number): void {
  if (task.call?.tried) return;
  task.machine.points.events.sched_process_wait.fire(task, { comm: task.execname, pid: id, prio: prioOf(task) });
}

/** bprm_execve: `replace` does it. */
export function bprmExecve(task: Task, bprm: Bprm, replace: () => number): number {
  const { functions, handles } = task.machine.points;
  const { bprm_execve } = functions;
  if (!bprm_execve.watched) return replace();
  const values = { bprm: bprmStruct(handles, bprm), filename: filenameStruct(handles, bprm) };
  bprm_execve.call.fire(task, values);
  const error = replace();
  // Of the new program there is nobody left whom the end of .bss has killed.
  if (task.life === "alive") bprm_execve.return.fire(task, { ...values, return: error });
  return error;
}

export function tellExec(task: Task, oldPid: number, bprm: Bprm): void {
  const { events, handles } = task.machine.points;
  if (!events.sched_process_exec.watched) return;
  events.sched_process_exec.fire(task, {
    p: taskStruct(task),
    old_pid: oldPid,
    bprm: bprmStruct(handles, bprm),
    filename: bprm.filename,
    pid: task.tid,
  });
}

export function tellExit(task: Task): void {
  const { sched_process_exit } = task.machine.points.events;
  if (sched_process_exit.watched) sched_process_exit.fire(task, about(task));
}

/** Of the events of one task: the parameter and the fields of their class. */
function about(p: Task) {
  return { p: taskStruct(p), comm: p.execname, pid: p.tid, prio: prioOf(p) };
}
